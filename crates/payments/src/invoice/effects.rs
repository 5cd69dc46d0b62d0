//! What all changes of invoices share: the rows that they touch, and what follows from a payment.

use std::sync::Arc;

use ledger::{AccountId, Rial, Step};

use super::accounts::{CARD_NETWORK, GATEWAY_HOLD, blocked, guild_free, guild_open, wallet};
use super::{
    BlockedFrom, CreditBook, GivenBack, Invoice, InvoiceId, InvoiceJob, InvoiceState, NotInvoiced, OnItsWay, PartyId,
    Payer, Payment, Serial, SerialKey, Taking, TakingId, voucher,
};
use crate::booking::{SUSPENSE, apply};
use crate::view::{Keys, View};
use crate::{Job, JobId, JobKind, Now, OrderId, Rules};

/// How long the gateway's money waits for its verification, in milliseconds.
pub(super) const VERIFICATION_MS: i64 = 3_600_000;
const SECOND_MS: i64 = 1_000;

/// Whether what is paid is the issuer's at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Taken {
    /// It is.
    ForGood,
    /// It waits for the issuer to verify it.
    ToBeVerified,
}

/// The invoice of a number.
pub(super) fn invoice(view: &View, id: InvoiceId) -> Result<Arc<Invoice>, NotInvoiced> {
    view.invoices.get(&id).map(Arc::clone).ok_or(NotInvoiced::InvoiceUnknown)
}

/// Whether an invoice can be paid by somebody now.
pub(super) fn payable(view: &View, invoice: &Invoice, payer: Payer, now: &Now) -> Result<(), NotInvoiced> {
    invoice.state.payable_by(payer, now.at_ms)?;
    enabled(view, invoice.issuer)
}

/// Whether a party takes part: what is promised already is kept, but nobody pays it, or from its wallet, any more.
pub(super) fn enabled(view: &View, party: PartyId) -> Result<(), NotInvoiced> {
    let disabled = view.parties.get(&party).is_some_and(|party| party.disabled);
    if disabled { Err(NotInvoiced::Disabled) } else { Ok(()) }
}

/// Names everything that a change of an invoice may touch.
pub(super) fn keys_of(invoice: &Invoice, now: &Now, keys: &mut Keys) {
    keys.accounts.extend([invoice.open_account(), invoice.free_account(), GATEWAY_HOLD, CARD_NETWORK, SUSPENSE]);
    keys.parties.push(invoice.issuer);
    keys.accounts.extend(invoice.customer.map(wallet));
    keys.serials.push(SerialKey::at(invoice.issuer, now));
    keys.pay_codes.push(invoice.id);
    keys.takings.extend(invoice.on_its_way.map(|on_its_way| on_its_way.taking));
    voucher::keys_of(invoice, keys);
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

/// Where blocked money was.
pub(super) fn origin(party: PartyId, from: &BlockedFrom) -> AccountId {
    match from {
        BlockedFrom::Wallet => wallet(party),
        BlockedFrom::Guild(guild) => guild_free(party, *guild),
    }
}

/// What an account has to spend.
pub(super) fn available(view: &View, account: AccountId) -> Rial {
    view.books.account(account).map_or(Rial::ZERO, ledger::Account::available)
}

/// Names what says how much a delegator's credit can pay.
pub(super) fn purse_keys(delegators: impl Iterator<Item = PartyId>, keys: &mut Keys) {
    for delegator in delegators {
        keys.accounts.push(wallet(delegator));
        keys.parties.push(delegator);
    }
}

/// What a delegator's wallet has for the credit that it gave: nothing, while it is disabled.
pub(super) fn purse(view: &View, delegator: PartyId) -> Rial {
    match enabled(view, delegator) {
        Ok(()) => available(view, wallet(delegator)),
        Err(_) => Rial::ZERO,
    }
}

/// A step that moves money, if there is any.
pub(super) fn moved(debit: AccountId, credit: AccountId, amount: Rial) -> Option<Step> {
    amount.is_positive().then_some(Step::Post { debit, credit, amount })
}

/// Posts a chain for an invoice. What could be short was looked at before.
pub(super) fn post(view: &mut View, steps: &[Step], now: &Now, invoice: InvoiceId) -> Result<(), NotInvoiced> {
    apply(view, steps, now, OrderId(invoice.0)).map(|_| ()).map_err(|refusal| match refusal {
        ledger::Refusal::ExceedsCredits => NotInvoiced::Insufficient,
        _ => NotInvoiced::Internal,
    })
}

/// Has a job run at an instant.
pub(super) fn arm(view: &mut View, due_at_ms: i64, kind: JobKind) {
    let id = JobId(view.ids.take());
    view.jobs.put(id, Job::new(id, due_at_ms, kind));
}

pub(super) fn arm_for(view: &mut View, due_at_ms: i64, job: InvoiceJob, invoice: InvoiceId) {
    arm(view, due_at_ms, JobKind::Invoice(job, invoice));
}

/// Notes a payment whose money was posted.
pub(super) fn paid(view: &mut View, invoice: &Invoice, payment: Payment, taken: Taken, now: &Now) -> Arc<Invoice> {
    let paid = match taken {
        Taken::ToBeVerified => {
            arm_for(view, now.at_ms.saturating_add(VERIFICATION_MS), InvoiceJob::VerificationTimeOut, invoice.id);
            Invoice { state: InvoiceState::Waiting(payment), ..invoice.clone() }
        }
        Taken::ForGood => payed(view, invoice.clone(), payment, now),
    };
    end_code(invoice.id, view);
    keep(view, paid)
}

/// What the issuer of an invoice has of it.
pub(super) fn received(invoice: &Invoice, view: &mut View) -> Rial {
    view.sound(invoice.received(), "invoice: what was received does not fit its payment")
}

/// Ends an invoice's code, if there is one.
pub(super) fn end_code(invoice: InvoiceId, view: &mut View) {
    if let Some(code) = view.pay_codes.get(&invoice).map(|code| code.over()) {
        view.pay_codes.put(invoice, code);
    }
}

/// An invoice that counts as paid from now on.
pub(super) fn payed(view: &mut View, invoice: Invoice, payment: Payment, now: &Now) -> Invoice {
    let key = SerialKey::at(invoice.issuer, now);
    let last = view.serials.get(&key).map_or(0, |serial| serial.last) + 1;
    view.serials.put(key, Serial { key, last });
    if invoice.terms.close_after_s > 0 && !invoice.terms.safe {
        let after_ms = invoice.terms.close_after_s.saturating_mul(SECOND_MS);
        arm_for(view, now.at_ms.saturating_add(after_ms), InvoiceJob::CloseTimeOut, invoice.id);
    }
    Invoice { state: InvoiceState::Payed(payment), serial: last, ..invoice }
}

/// Writes an invoice, which agrees with itself.
pub(super) fn keep(view: &mut View, invoice: Invoice) -> Arc<Invoice> {
    received(&invoice, view);
    let invoice = Arc::new(invoice);
    view.invoices.put(invoice.id, Arc::clone(&invoice));
    invoice
}

/// Notes that the card network has to settle what a card has paid: `owed` of it is not here yet.
pub(super) fn taken_by_card(view: &mut View, invoice: &Invoice, owed: Rial, now: &Now, rules: &Rules) -> OnItsWay {
    let (taking, at_ms) = (TakingId(view.ids.take()), rules.card_settlement_ms(now));
    let Invoice { id, issuer, guild, .. } = *invoice;
    view.takings.put(taking, Taking { id: taking, invoice: id, issuer, guild, amount: owed });
    arm(view, at_ms, JobKind::SettleTaking(taking));
    OnItsWay { taking, at_ms }
}

/// The steps that give money back from an account: the rest to whoever paid it, credit to its delegators.
pub(super) fn refund_steps(invoice: &Invoice, back: &GivenBack, from: AccountId) -> Vec<Step> {
    let rest = moved(from, refund_target(invoice), back.rest);
    let legs = back.legs.iter().filter_map(|leg| moved(from, wallet(leg.delegator), leg.amount));
    rest.into_iter().chain(legs).collect()
}

/// Where the rest of a payment goes back to.
pub(super) fn refund_target(invoice: &Invoice) -> AccountId {
    let payer = invoice.state.payment().and_then(|payment| payment.payer);
    payer.or(invoice.customer).map_or(SUSPENSE, wallet)
}

/// Gives credit its limit back.
pub(super) fn restore_credit(view: &mut View, invoice: &Invoice, back: &GivenBack) {
    let payer = invoice.state.payment().and_then(|payment| payment.payer);
    let Some(book) = payer.and_then(|payer| view.credit_books.get(&payer).cloned()) else { return };
    let mut book = CreditBook::clone(&book);
    for leg in &back.legs {
        if let Some(credit) = book.credits.iter_mut().find(|credit| credit.id == leg.credit) {
            credit.left = view.sound(credit.left.checked_add(leg.amount), "credit_book: a limit does not fit");
        }
    }
    if !back.legs.is_empty() {
        view.credit_books.put(book.holder, book);
    }
}
