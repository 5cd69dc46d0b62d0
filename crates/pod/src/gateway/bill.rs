//! An invoice as payers see it: lines, tax, total, and the parts that voucher and credit pay.

use std::collections::BTreeMap;

use payments::{Credit, GatewaySession, Invoice, Party, PartyId, Rial, VoucherKey, VoucherState, legs, wallet};

use crate::App;
use web::{Lang, isolated};

/// A line of the invoice, as text in the page's language.
#[derive(Debug)]
pub struct Line {
    pub description: String,
    pub quantity: String,
    pub price: String,
    pub discount: Option<String>,
    pub total: String,
}

/// An invoice as a page shows it. Amounts are texts in the page's language, in rials unless the name says toman.
#[derive(Debug)]
pub struct Bill {
    pub shop: String,
    /// The first letter of the shop's name.
    pub initial: String,
    pub number: String,
    pub lines: Vec<Line>,
    pub line_count: String,
    pub total: String,
    pub vat: String,
    pub payable: String,
    pub voucher: Option<String>,
    pub credit: Option<String>,
    pub has_shares: bool,
    pub rest: String,
    pub rest_toman: String,
}

/// How much of an invoice the voucher and the credit of a session would pay now. The decision of the step that pays computes it again.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    pub voucher: Rial,
    pub credit: Rial,
    pub rest: Rial,
}

impl Shares {
    /// # Errors
    /// The store cannot be read.
    pub async fn of(app: &App, session: &GatewaySession, invoice: &Invoice) -> Result<Self, engine::Error> {
        let (reader, payable) = (app.engine.reader(), invoice.amounts.payable);
        let voucher = match &session.voucher {
            None => None,
            Some(code) => reader.voucher(VoucherKey { issuer: invoice.issuer, code: code.clone() }).await?,
        };
        let mine = |state| matches!(state, VoucherState::Reserved(by, ..) if by == session.hash);
        let voucher = voucher.filter(|voucher| mine(voucher.state)).map_or(Rial::ZERO, |v| v.value.min(payable));
        let unsound = || engine::Error::Contradiction("gateway_session: what voucher and credit pay does not fit");
        let still = payable.checked_sub(voucher).ok_or_else(unsound)?;
        let book = match session.holder {
            Some(holder) if !session.credits.is_empty() => reader.credit_book(holder).await?,
            _ => None,
        };
        let held = book.as_ref().map_or(&[][..], |book| &book.credits);
        let chosen = session.credits.iter().filter_map(|(id, _)| held.iter().find(|credit| credit.id == *id));
        let candidates: Vec<&Credit> = chosen.collect();
        let mut wallets: BTreeMap<PartyId, Rial> = BTreeMap::new();
        for credit in &candidates {
            let delegator = app.engine.party(credit.delegator).await?;
            let usable = delegator.is_some_and(|delegator| !delegator.disabled);
            let has = if usable { available(app, credit.delegator).await? } else { Rial::ZERO };
            wallets.insert(credit.delegator, has);
        }
        let (_, rest) = legs(&candidates, still, wallets);
        Ok(Self { voucher, credit: still.checked_sub(rest).ok_or_else(unsound)?, rest })
    }
}

/// The available balance of a party's wallet.
///
/// # Errors
/// The store cannot be read.
pub async fn available(app: &App, party: PartyId) -> Result<Rial, store::Error> {
    let account = app.engine.reader().account(wallet(party)).await?;
    Ok(account.map_or(Rial::ZERO, |account| account.available()))
}

impl Bill {
    /// An invoice as pages in this language show it.
    pub fn of(invoice: &Invoice, issuer: Option<&Party>, shares: Shares, lang: Lang) -> Self {
        let shop = issuer.map(|issuer| isolated(&issuer.name).into_owned()).unwrap_or_default();
        let amounts = &invoice.amounts;
        let line = |line: &payments::InvoiceLine| Line {
            description: line.description.to_string(),
            quantity: lang.quantity(line.amount.quantity_micro),
            price: lang.rial(line.amount.price),
            discount: line.amount.discount.is_positive().then(|| lang.rial(line.amount.discount)),
            total: line
                .amount
                .total()
                .ok()
                .and_then(|total| total.checked_sub(line.amount.discount))
                .map_or_else(String::new, |total| lang.rial(total)),
        };
        let shown = |share: Rial| share.is_positive().then(|| lang.rial(share));
        Self {
            initial: shop.chars().next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default(),
            shop,
            number: lang.digits(invoice.id.0),
            lines: invoice.lines.iter().map(line).collect(),
            line_count: lang.digits(invoice.lines.len()),
            total: lang.rial(amounts.total),
            vat: lang.rial(amounts.vat),
            payable: lang.rial(amounts.payable),
            voucher: shown(shares.voucher),
            credit: shown(shares.credit),
            has_shares: shares.voucher.is_positive() || shares.credit.is_positive(),
            rest: lang.rial(shares.rest),
            rest_toman: lang.toman(shares.rest),
        }
    }
}
