//! An invoice as payers see it: lines, tax, total, and the parts that voucher and credit pay.

use std::collections::BTreeMap;

use payments::{Credit, GatewaySession, Invoice, PartyId, Rial, VoucherKey, VoucherState, legs, wallet};

use crate::App;
use crate::payee::Payee;
use web::{Lang, isolated};

/// Characters of a description that are shown at once; the rest unfolds.
const ABOUT: usize = 200;

/// A line of the invoice, as text in the page's language.
#[derive(Debug)]
pub struct Line {
    pub description: String,
    pub quantity: String,
    pub price: String,
    pub discount: Option<String>,
    pub total: String,
}

/// The description of an invoice.
#[derive(Debug)]
pub struct About {
    /// Its beginning.
    pub begins: String,
    /// The whole text; `None`: the beginning is the whole.
    pub whole: Option<String>,
}

impl About {
    fn of(text: &str) -> Self {
        let whole = isolated(text).into_owned();
        match text.char_indices().nth(ABOUT) {
            None => Self { begins: whole, whole: None },
            Some((end, _)) => Self { begins: isolated(&text[..end]).into_owned() + "…", whole: Some(whole) },
        }
    }
}

/// An invoice as a page shows it. Amounts are texts in the page's language, in rials unless the name says toman.
#[derive(Debug)]
pub struct Bill {
    pub payee: Payee,
    pub number: String,
    /// The shop's own number of the invoice, as the shop has written it.
    pub bill_number: Option<String>,
    pub about: Option<About>,
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
    /// The words of the button that pays the rest, and of the one that sends a password for it.
    pub pay_rest: String,
    pub otp_for_rest: String,
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
    /// An invoice of this shop as pages in this language show it.
    pub fn of(invoice: &Invoice, payee: Payee, shares: Shares, lang: Lang) -> Self {
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
        let (w, rest) = (lang.words(), lang.rial(shares.rest));
        let about = invoice.terms.description.as_deref().filter(|text| !text.trim().is_empty());
        Self {
            payee,
            bill_number: invoice.bill_number.as_deref().map(|number| isolated(number).into_owned()),
            about: about.map(About::of),
            pay_rest: w.pay_sum.replace("{}", &rest),
            otp_for_rest: w.send_otp_for.replace("{}", &rest),
            number: lang.digits(invoice.id.0),
            lines: invoice.lines.iter().map(line).collect(),
            line_count: lang.digits(invoice.lines.len()),
            total: lang.rial(amounts.total),
            vat: lang.rial(amounts.vat),
            payable: lang.rial(amounts.payable),
            voucher: shown(shares.voucher),
            credit: shown(shares.credit),
            has_shares: shares.voucher.is_positive() || shares.credit.is_positive(),
            rest,
            rest_toman: lang.toman(shares.rest),
        }
    }
}
