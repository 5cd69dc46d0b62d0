//! Services that need an invoice in a certain state, or one that fits something else: it is sought among the last ones.

use fastrand::Rng;
use payments::{
    BlockedFrom, CancelInvoice, CloseInvoice, Delegations, Invoice, InvoiceId, InvoiceState, PartyId, PayByCredit,
    PayByPermission, PayInFuture, PayableInvoices, SetOff, SsoConsentKey, VerifyAndCloseInvoice, VerifyInvoice,
};
use store::Page;

use super::invoices::{GUILD, PARTIES, SHOPS, USERS, call};
use super::side::{Side, once_in, pick};

/// How many of the last invoices are looked at.
const LAST: usize = 30;

async fn last(side: &Side, of: &Invoice) -> Vec<Invoice> {
    let mut last = vec![of.clone()];
    last.extend(last_ones(side).await);
    last
}

async fn last_ones(side: &Side) -> Vec<Invoice> {
    side.engine.reader().invoice_page(Page { after: i64::MAX, limit: LAST }).await.unwrap()
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

/// One that can be paid, or at times any. `None`: there is none.
pub async fn mostly_open(side: &Side, random: &mut Rng) -> Option<Invoice> {
    let last = last_ones(side).await;
    let is_any = once_in(random, 3);
    one_of(random, &last, |invoice| is_any || invoice.state == InvoiceState::Issued)
}

/// One whose payment can be refunded, or at times any. `None`: there is none.
pub async fn mostly_paid(side: &Side, random: &mut Rng) -> Option<InvoiceId> {
    let last = last_ones(side).await;
    let is_any = once_in(random, 3);
    one_of(random, &last, |invoice| is_any || invoice.refundable().is_some()).map(|invoice| invoice.id)
}

/// Pays an open invoice by credits alone, which may be less than it costs.
pub async fn pay_by_credit_alone(side: &mut Side, random: &mut Rng, of: Invoice) -> String {
    let last = last(side, &of).await;
    let open = one_of(random, &last, |invoice| is_open(invoice, &PARTIES)).unwrap_or(of);
    let by = open.customer.unwrap_or(open.issuer);
    let held = side.engine.reader().credit_book(by).await.unwrap().map_or_else(Vec::new, |book| book.credits);
    let hashes = random.choice(&held).map(|credit| credit.hash.clone()).into_iter().collect();
    let delegations = Delegations { delegators: vec![], hashes, forced: true };
    call(side, by, PayByCredit { invoice: open.id, delegations, payable_invoices: PayableInvoices::Own }).await.0
}

/// Registers a payment of an open invoice for a day that may be today.
pub async fn pay_in_future(side: &mut Side, random: &mut Rng, (of, by): (Invoice, PartyId)) -> String {
    let last = last(side, &of).await;
    let open = one_of(random, &last, |invoice| is_open(invoice, &PARTIES)).filter(|_| random.bool()).unwrap_or(of);
    let by = pick(random, &[by, open.customer.unwrap_or(by), open.customer.unwrap_or(by)]);
    let (days, from) = (random.i32(0..3), pick(random, &[BlockedFrom::Wallet, BlockedFrom::Guild(GUILD)]));
    let date = side.now().date.plus_days(days).unwrap();
    call(side, by, PayInFuture { invoice: open.id, date, from }).await.0
}

/// Verifies a payment that waits for it, mostly.
pub async fn verify(side: &mut Side, random: &mut Rng, (of, by): (Invoice, PartyId)) -> String {
    let last = last(side, &of).await;
    let waiting = one_of(random, &last, |invoice| matches!(invoice.state, InvoiceState::Waiting(_)));
    let (invoice, by) =
        waiting.filter(|_| !once_in(random, 3)).map_or((of.id, by), |waiting| (waiting.id, waiting.issuer));
    call(side, by, VerifyInvoice { invoice }).await.0
}

/// Closes an invoice that is paid, mostly.
pub async fn close(side: &mut Side, random: &mut Rng, (of, by): (Invoice, PartyId)) -> String {
    let last = last(side, &of).await;
    let paid = one_of(random, &last, |invoice| matches!(invoice.state, InvoiceState::Paid(_)));
    let (invoice, by) = paid.filter(|_| random.bool()).map_or((of.id, by), |paid| (paid.id, paid.issuer));
    let (came, closed) = call(side, by, CloseInvoice { invoice }).await;
    side.known.closed.extend(closed.map(|closed| closed.id));
    came
}

/// Closes an invoice that its issuer may close, mostly.
pub async fn verify_and_close(side: &mut Side, random: &mut Rng, (of, by): (Invoice, PartyId)) -> String {
    let last = last(side, &of).await;
    let is_taken = |invoice: &Invoice| matches!(invoice.state, InvoiceState::Waiting(_) | InvoiceState::Paid(_));
    let closable = |invoice: &Invoice| is_taken(invoice) && !invoice.terms.safe && !invoice.has_open_set_off();
    let taken = one_of(random, &last, closable).filter(|_| !once_in(random, 3));
    let (invoice, by) = taken.map_or((of.id, by), |taken| (taken.id, taken.issuer));
    call(side, by, VerifyAndCloseInvoice { invoice }).await.0
}

/// Cancels an invoice that its issuer may cancel, mostly, and at times once more.
pub async fn cancel(side: &mut Side, random: &mut Rng, (of, by): (Invoice, PartyId)) -> String {
    let last = last(side, &of).await;
    let open = one_of(random, &last, |invoice| invoice.state == InvoiceState::Issued).filter(|_| random.bool());
    let (invoice, by) = open.map_or((of.id, by), |open| (open.id, open.issuer));
    let (came, done) = call(side, by, CancelInvoice { invoice }).await;
    let again = done.is_some() && random.bool();
    if again { call(side, by, CancelInvoice { invoice }).await.0 } else { came }
}

/// Pays an invoice of a user who may have allowed its issuer to do so.
pub async fn pay_by_permission(side: &mut Side, random: &mut Rng, (of, by): (Invoice, PartyId)) -> String {
    let last = last(side, &of).await;
    let mut allowed = Vec::new();
    for invoice in last.iter().filter(|invoice| is_open(invoice, &USERS)) {
        allowed.extend(is_allowed(side, invoice).await.then(|| invoice.clone()));
    }
    let any = one_of(random, &last, |invoice| is_open(invoice, &USERS)).unwrap_or(of);
    let open = random.choice(&allowed).cloned().filter(|_| random.bool()).unwrap_or(any);
    let by = if once_in(random, 4) { by } else { open.issuer };
    call(side, by, PayByPermission { invoice: open.id }).await.0
}

/// Whether its customer lets its issuer be paid.
async fn is_allowed(side: &Side, Invoice { issuance, .. }: &Invoice) -> bool {
    let Some(party) = issuance.customer else { return false };
    let key = SsoConsentKey { party, client: issuance.issuer };
    let consent = side.engine.reader().sso_consent(key).await.unwrap();
    consent.is_some_and(|consent| consent.standing().is_some())
}

/// Sets an invoice off against one that its customer was paid, and another one against the same.
pub async fn set_off(side: &mut Side, random: &mut Rng, of: &Invoice) -> String {
    let last = last(side, of).await;
    let creditor = one_of(random, &last, |invoice| is_open(invoice, &SHOPS)).unwrap_or_else(|| of.clone());
    let by = creditor.customer.filter(|_| !once_in(random, 6)).unwrap_or(of.issuer);
    let covers = |invoice: &Invoice| invoice.amounts.payable >= creditor.amounts.payable;
    let is_paid = |invoice: &Invoice| invoice.issuer == by && matches!(invoice.state, InvoiceState::Paid(_));
    let debtor = one_of(random, &last, |invoice| is_paid(invoice) && covers(invoice)).map_or(of.id, |debtor| debtor.id);
    let (came, done) = call(side, by, SetOff { creditor: creditor.id, debtor }).await;
    let another = one_of(random, &last, |invoice| is_open(invoice, &[by]) && invoice.id != creditor.id);
    match another.filter(|_| done.is_some()) {
        Some(another) => call(side, by, SetOff { creditor: another.id, debtor }).await.0,
        None => came,
    }
}
