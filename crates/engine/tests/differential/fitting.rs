//! Ways to pay that need an invoice which fits something else: one that is sought among the last ones.

use fastrand::Rng;
use payments::{Invoice, InvoiceState, PartyId, PayByPermission, SetOff};

use super::invoices::{SHOPS, USERS, call};
use super::side::{Side, once_in};

/// How many of the last invoices are looked at.
const LAST: usize = 30;

async fn last(side: &Side, of: &Invoice) -> Vec<Invoice> {
    let mut last = vec![of.clone()];
    for id in side.known.invoices.iter().rev().take(LAST) {
        last.extend(side.engine.reader().invoice(*id).await.unwrap());
    }
    last
}

fn one_of(random: &mut Rng, last: &[Invoice], fits: impl Fn(&Invoice) -> bool) -> Option<Invoice> {
    let fitting: Vec<&Invoice> = last.iter().filter(|invoice| fits(invoice)).collect();
    random.choice(&fitting).map(|invoice| Invoice::clone(invoice))
}

/// Whether it can be paid, and was issued to one of these.
fn is_open(invoice: &Invoice, customers: &[PartyId]) -> bool {
    let is_theirs = invoice.customer.is_some_and(|customer| customers.contains(&customer));
    invoice.state == InvoiceState::Issued && is_theirs
}

/// Pays an invoice of a user who may have allowed its issuer to do so.
pub async fn pay_by_permission(side: &mut Side, random: &mut Rng, (of, by): (Invoice, PartyId)) -> String {
    let last = last(side, &of).await;
    let open = one_of(random, &last, |invoice| is_open(invoice, &USERS[..2])).unwrap_or(of);
    let by = if once_in(random, 4) { by } else { open.issuer };
    call(side, by, PayByPermission { invoice: open.id }).await.0
}

/// Sets an invoice off against one that its customer was paid.
pub async fn set_off(side: &mut Side, random: &mut Rng, of: &Invoice) -> String {
    let last = last(side, of).await;
    let creditor = one_of(random, &last, |invoice| is_open(invoice, &SHOPS)).unwrap_or_else(|| of.clone());
    let by = creditor.customer.filter(|_| !once_in(random, 6)).unwrap_or(of.issuer);
    let covers = |invoice: &Invoice| invoice.amounts.payable >= creditor.amounts.payable;
    let is_paid = |invoice: &Invoice| invoice.issuer == by && matches!(invoice.state, InvoiceState::Paid(_));
    let debtor = one_of(random, &last, |invoice| is_paid(invoice) && covers(invoice)).map_or(of.id, |debtor| debtor.id);
    call(side, by, SetOff { creditor: creditor.id, debtor }).await.0
}
