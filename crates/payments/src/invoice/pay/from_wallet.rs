//! A payment from a wallet, for all commands that make one.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::Rial;

use crate::invoice::credit::{available_funds, spent};
use crate::invoice::effects::{Taken, moved, paid, post};
use crate::view::View;
use crate::{Credit, CreditBook, Invoice, InvoiceRefusal, Means, Now, PartyId, Payment, legs, wallet};

/// Pays an invoice: first by credit, then from the payer's wallet. The tuple has the credits to spend in order, the book that they are in, and
/// whether only credit may pay.
pub(crate) fn pay_from_wallet(
    view: &mut View,
    invoice: &Invoice,
    payer: PartyId,
    (candidates, book, forced): (&[&Credit], Option<&CreditBook>, bool),
    now: &Now,
) -> Result<Arc<Invoice>, InvoiceRefusal> {
    let payable = invoice.amounts.payable;
    let wallets: BTreeMap<PartyId, Rial> =
        candidates.iter().map(|credit| (credit.delegator, available_funds(view, credit.delegator))).collect();
    let (legs, rest) = legs(candidates, payable, wallets);
    if forced && rest.is_positive() {
        return Err(InvoiceRefusal::CreditShort);
    }
    let to = invoice.open_account();
    let by_credit = legs.iter().filter_map(|leg| moved(wallet(leg.delegator), to, leg.amount));
    let steps: Vec<_> = by_credit.chain(moved(wallet(payer), to, rest)).collect();
    post(view, &steps, now, invoice.id)?;
    if let (Some(book), false) = (book, legs.is_empty()) {
        let book = spent(book, &legs, view);
        view.credit_books.put(book.holder, book);
    }
    let payment = Payment { at_ms: now.at_ms, payer: Some(payer), means: Means::Wallet, rest, legs, promised_ms: None };
    Ok(paid(view, invoice, payment, Taken::ForGood, now))
}
