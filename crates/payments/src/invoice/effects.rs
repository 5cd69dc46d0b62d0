//! What all changes of invoices share: the rows that they touch, and what follows a payment.

use std::sync::Arc;

use ledger::{AccountId, Rial, Step};

use super::find::enabled;
use crate::booking::apply;
use crate::invoice::voucher::holding;
use crate::ops::job::schedule;
use crate::view::{Keys, View};
use crate::{
    BlockedFrom, CARD_NETWORK, CardReceivable, CardReceivableId, GATEWAY_HOLD, Invoice, InvoiceId, InvoiceJob,
    InvoiceRefusal, InvoiceState, Issuance, JobKind, Now, OrderId, PartyId, Payer, Payment, Rules, SUSPENSE, Serial,
    SerialKey, Unsettled, blocked, guild_free, guild_open, wallet,
};

/// How long the gateway's money waits for its verification, in milliseconds: an hour.
pub(super) const VERIFICATION_MS: i64 = 3_600_000;
const SECOND_MS: i64 = 1_000;

/// Whether the issuer has the money of a payment at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Taken {
    /// The issuer has it at once.
    ForGood,
    /// The issuer has to verify the payment first.
    ToBeVerified,
}

/// Whether a payer can pay an invoice now: its state allows it, and its issuer is enabled.
pub(super) fn payable(view: &View, invoice: &Invoice, payer: Payer, now: &Now) -> Result<(), InvoiceRefusal> {
    invoice.state.payable_by(payer, now.at_ms)?;
    enabled(view, invoice.issuer)
}

/// Names all rows that a change of an invoice may touch.
pub(super) fn keys_of(invoice: &Invoice, now: &Now, keys: &mut Keys) {
    keys.accounts.extend([invoice.open_account(), invoice.free_account(), GATEWAY_HOLD, CARD_NETWORK, SUSPENSE]);
    keys.parties.push(invoice.issuer);
    keys.accounts.extend(invoice.customer.map(wallet));
    keys.serials.push(SerialKey::at(invoice.issuer, now));
    keys.pay_codes.push(invoice.id);
    keys.card_receivables.extend(invoice.unsettled.map(|unsettled| unsettled.receivable));
    holding::keys_of(invoice, keys);
    if let Some(payment) = invoice.state.payment() {
        keys.accounts.extend(payment.payer.map(wallet));
        keys.accounts.extend(payment.legs.iter().map(|leg| wallet(leg.delegator)));
        if !payment.legs.is_empty() {
            keys.credit_books.extend(payment.payer);
        }
    }
    match &invoice.state {
        InvoiceState::Future(future) => keys.accounts.extend([blocked(future.by), origin(future.by, &future.from)]),
        InvoiceState::SetOff(source) => {
            keys.invoices.push(source.invoice);
            if let Some(customer) = invoice.customer {
                let guilds = [guild_open(customer, source.guild), guild_free(customer, source.guild)];
                keys.accounts.extend([blocked(customer)].into_iter().chain(guilds));
            }
        }
        _ => {}
    }
}

/// The account that blocked money came from, and returns to.
pub(super) fn origin(party: PartyId, from: &BlockedFrom) -> AccountId {
    match from {
        BlockedFrom::Wallet => wallet(party),
        BlockedFrom::Guild(guild) => guild_free(party, *guild),
    }
}

/// The funds that an account has available, in rials.
pub(super) fn available(view: &View, account: AccountId) -> Rial {
    view.books.account(account).map_or(Rial::ZERO, ledger::Account::available)
}

/// A step that moves money; `None`: the amount is not positive.
pub(super) fn moved(debit: AccountId, credit: AccountId, amount: Rial) -> Option<Step> {
    amount.is_positive().then_some(Step::Post { debit, credit, amount })
}

/// Posts steps for an invoice, all or none. A lack of money is [`InvoiceRefusal::Insufficient`].
pub(super) fn post(view: &mut View, steps: &[Step], now: &Now, invoice: InvoiceId) -> Result<(), InvoiceRefusal> {
    apply(view, steps, now, OrderId(invoice.0)).map(|_| ()).map_err(refused)
}

/// The refusal of a call whose steps the ledger refuses.
pub(super) fn refused(refusal: ledger::Refusal) -> InvoiceRefusal {
    match refusal {
        ledger::Refusal::ExceedsCredits => InvoiceRefusal::Insufficient,
        _ => InvoiceRefusal::Internal,
    }
}

/// Schedules a job of an invoice.
pub(super) fn arm_for(view: &mut View, due_at_ms: i64, job: InvoiceJob, invoice: InvoiceId) {
    schedule(view, due_at_ms, JobKind::Invoice(job, invoice));
}

/// Writes a payment whose money was posted: the invoice is paid, or waits for its verification. Its code ends.
pub(super) fn paid(view: &mut View, invoice: &Invoice, payment: Payment, taken: Taken, now: &Now) -> Arc<Invoice> {
    let paid = match taken {
        Taken::ToBeVerified => {
            arm_for(view, now.at_ms.saturating_add(VERIFICATION_MS), InvoiceJob::VerificationTimeOut, invoice.id);
            invoice.in_state(InvoiceState::Waiting(payment))
        }
        Taken::ForGood => mark_paid(view, invoice, payment, now),
    };
    end_code(invoice.id, view);
    keep(view, paid)
}

/// What the issuer has received for an invoice and still has, in rials.
pub(super) fn received(invoice: &Invoice, view: &mut View) -> Rial {
    view.sound(invoice.received(), "invoice: what was received does not fit its payment")
}

/// Ends the code of an invoice, if it has one.
pub(super) fn end_code(invoice: InvoiceId, view: &mut View) {
    if let Some(code) = view.pay_codes.get(&invoice).map(|code| code.over()) {
        view.pay_codes.put(invoice, code);
    }
}

/// The invoice as paid: it gets its place in the issuer's year, and the job that closes it, if its terms ask for one.
pub(super) fn mark_paid(view: &mut View, invoice: &Invoice, payment: Payment, now: &Now) -> Invoice {
    let key = SerialKey::at(invoice.issuer, now);
    let last = view.serials.get(&key).map_or(0, |serial| serial.last) + 1;
    view.serials.put(key, Serial { key, last });
    if invoice.terms.close_after_s > 0 && !invoice.terms.safe {
        let after_ms = invoice.terms.close_after_s.saturating_mul(SECOND_MS);
        arm_for(view, now.at_ms.saturating_add(after_ms), InvoiceJob::CloseTimeOut, invoice.id);
    }
    Invoice { serial: last, ..invoice.in_state(InvoiceState::Paid(payment)) }
}

/// Writes an invoice, after a check that its sums do not contradict its payment.
pub(super) fn keep(view: &mut View, invoice: Invoice) -> Arc<Invoice> {
    received(&invoice, view);
    let invoice = Arc::new(invoice);
    view.invoices.put(invoice.id, Arc::clone(&invoice));
    invoice
}

/// Writes the receivable of a card payment, and the job that settles it. `owed` is what the network has not paid yet: zero for a hosted card.
pub(super) fn taken_by_card(view: &mut View, invoice: &Invoice, owed: Rial, now: &Now, rules: &Rules) -> Unsettled {
    let (receivable, at_ms) = (CardReceivableId(view.ids.take()), rules.card_settlement_ms(now));
    let Issuance { issuer, guild, .. } = **invoice;
    view.card_receivables
        .put(receivable, CardReceivable { id: receivable, invoice: invoice.id, issuer, guild, amount: owed });
    schedule(view, at_ms, JobKind::SettleCardReceivable(receivable));
    Unsettled { receivable, at_ms }
}
