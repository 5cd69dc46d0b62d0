//! Deciding a payment by a card of another bank when its outcome is known.

use std::sync::Arc;

use ledger::{Rial, Step as Posting};

use super::row::{CardAttempt, CardAttemptId, CardAttemptState};
use crate::invoice::code::{count_wrong, is_closed};
use crate::invoice::credit::spend::unspend;
use crate::invoice::effects::{keep, moved, post};
use crate::invoice::gateway::shares::Shares;
use crate::invoice::gateway::step::{change_voucher, keep_session};
use crate::invoice::gateway::take::{By, Paying, goes_to, record};
use crate::invoice::gateway::typed_card::counted;
use crate::view::{Keys, View};
use crate::{
    CARD_NETWORK, Declined, GATEWAY_HOLD, GatewaySession, Invoice, InvoiceRefusal, InvoiceState, Leg, Means, Now,
    OtpKey, Rules, SUSPENSE, SerialKey, SessionState, Text, VoucherKey, VoucherState, guild_free, guild_open, wallet,
};

/// The outcome of a payment at its network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// The card's bank has taken the money; the text is the network's reference.
    Approved(Text),
    /// The card's bank has declined.
    Declined(Declined),
    /// No money was taken, and no bank has given a reason.
    NotTaken,
}

impl Outcome {
    /// Whether the outcome contradicts the state that the payment was decided to have.
    pub(super) fn contradicts(&self, state: &CardAttemptState) -> bool {
        match (self, state) {
            (_, CardAttemptState::Asked | CardAttemptState::Unknown)
            | (Self::Approved(_), CardAttemptState::Approved(_))
            | (Self::Declined(_) | Self::NotTaken, CardAttemptState::Declined(_) | CardAttemptState::NotTaken) => false,
            (Self::Approved(_), CardAttemptState::Declined(_) | CardAttemptState::NotTaken)
            | (Self::Declined(_) | Self::NotTaken, CardAttemptState::Approved(_)) => true,
        }
    }
}

/// Names the rows that a decision of a loaded payment changes.
pub(super) fn decision_keys(id: CardAttemptId, view: &View, now: &Now, keys: &mut Keys) {
    let Some(attempt) = view.card_attempts.get(&id) else { return };
    keys.invoices.push(attempt.invoice);
    keys.gateway_sessions.push(attempt.session);
    keys.otps.push(OtpKey::of_session(attempt.card, &attempt.session));
    keys.code_counts.push(counted(&attempt.card));
    let of_issuer = [guild_open(attempt.issuer, attempt.guild), guild_free(attempt.issuer, attempt.guild)];
    keys.accounts.extend(of_issuer.into_iter().chain([GATEWAY_HOLD, CARD_NETWORK, SUSPENSE]));
    keys.accounts.extend(attempt.legs.iter().map(|held| wallet(held.leg.delegator)));
    keys.pendings.extend(attempt.legs.iter().map(|held| held.hold));
    keys.credit_books.extend(attempt.payer);
    keys.serials.push(SerialKey::at(attempt.issuer, now));
    keys.pay_codes.push(attempt.invoice);
    let voucher = |code: &Text| VoucherKey { issuer: attempt.issuer, code: Text::clone(code) };
    keys.vouchers.extend(attempt.voucher.as_ref().map(voucher));
}

/// Decides an undecided payment: what it holds is posted or released.
///
/// # Errors
/// The session or the invoice does not wait for this payment, or the ledger refuses the posting.
pub(super) fn decide(
    attempt: &CardAttempt,
    outcome: Outcome,
    view: &mut View,
    now: &Now,
    rules: &Rules,
) -> Result<Arc<CardAttempt>, InvoiceRefusal> {
    let state = match outcome {
        Outcome::Approved(reference) => {
            take(attempt, view, now, rules)?;
            use_up(attempt, view);
            CardAttemptState::Approved(reference)
        }
        Outcome::Declined(Declined::OtpWrong) => {
            release(attempt, view, now)?;
            let counted = [counted(&attempt.card)];
            count_wrong(&counted, view, now);
            let is_last = is_closed(&counted, view, now);
            CardAttemptState::Declined(if is_last { Declined::OtpWrongAndLocked } else { Declined::OtpWrong })
        }
        Outcome::Declined(why) => {
            release(attempt, view, now)?;
            use_up(attempt, view);
            CardAttemptState::Declined(why)
        }
        Outcome::NotTaken => {
            release(attempt, view, now)?;
            use_up(attempt, view);
            CardAttemptState::NotTaken
        }
    };
    Ok(keep_attempt(view, CardAttempt { state, ..attempt.clone() }))
}

/// Writes a payment.
pub(super) fn keep_attempt(view: &mut View, attempt: CardAttempt) -> Arc<CardAttempt> {
    let attempt = Arc::new(attempt);
    view.card_attempts.put(attempt.id, Arc::clone(&attempt));
    attempt
}

/// The session and the invoice, both of which must wait for this payment.
fn waiting(attempt: &CardAttempt, view: &View) -> Result<(Arc<GatewaySession>, Arc<Invoice>), InvoiceRefusal> {
    let session = view.gateway_sessions.get(&attempt.session).map(Arc::clone);
    let session = session.filter(|session| session.state == SessionState::Paying(attempt.id));
    let invoice = view.invoices.get(&attempt.invoice).map(Arc::clone);
    let invoice = invoice.filter(|invoice| invoice.state == InvoiceState::AtNetwork(attempt.id));
    session.zip(invoice).ok_or(InvoiceRefusal::Internal)
}

/// Posts what the payment holds, and the card's part, which the network owes until its settlement.
fn take(attempt: &CardAttempt, view: &mut View, now: &Now, rules: &Rules) -> Result<(), InvoiceRefusal> {
    let (session, invoice) = waiting(attempt, view)?;
    let (_, to) = goes_to(&invoice);
    let captured = attempt.legs.iter().map(|held| Posting::PostPending { pending: held.hold, amount: None });
    let steps: Vec<_> = captured.chain(moved(CARD_NETWORK, to, attempt.rest)).collect();
    post(view, &steps, now, invoice.id)?;
    let shares = Shares { voucher: attempt.voucher_amount, legs: legs(attempt), rest: attempt.rest };
    let by = By { from: CARD_NETWORK, means: Means::Card(attempt.slip.clone()), owed: Some(attempt.rest) };
    let paying = Paying { session: &session, invoice: &invoice, payer: attempt.payer };
    record(&paying, (shares, by), attempt.callback.as_ref(), view, now, Some(rules));
    Ok(())
}

/// Releases what the payment holds. The payer is in the card step again for the rest of its time, which began with its first form (pod.md 5.3).
fn release(attempt: &CardAttempt, view: &mut View, now: &Now) -> Result<(), InvoiceRefusal> {
    let (session, invoice) = waiting(attempt, view)?;
    let freed = attempt.legs.iter().map(|held| Posting::VoidPending { pending: held.hold });
    post(view, &freed.collect::<Vec<_>>(), now, invoice.id)?;
    unspend(view, attempt.payer, &legs(attempt));
    let left = session.card_until_ms.filter(|until_ms| now.at_ms < *until_ms);
    let until_ms = left.unwrap_or(now.at_ms);
    change_voucher(&session, invoice.issuer, VoucherState::Reserved(session.hash, until_ms, invoice.id), view);
    keep(view, Invoice { state: InvoiceState::InGateway(until_ms), ..Invoice::clone(&invoice) });
    let (state, card_until_ms) = (SessionState::Open, Some(until_ms));
    keep_session(
        view,
        GatewaySession { state, card_until_ms, ends_at_ms: until_ms, ..GatewaySession::clone(&session) },
    );
    Ok(())
}

/// Removes the one-time password of the payment.
fn use_up(attempt: &CardAttempt, view: &mut View) {
    let key = OtpKey::of_session(attempt.card, &attempt.session);
    if view.otps.get(&key).is_some() {
        view.otps.remove(key);
    }
}

fn legs(attempt: &CardAttempt) -> Vec<Leg> {
    attempt.legs.iter().map(|held| held.leg).collect()
}

/// What credit and card pay together, in rials; `None`: the sum does not fit.
pub(super) fn paid_in_all(attempt: &CardAttempt) -> Option<Rial> {
    attempt.held()?.checked_add(attempt.rest)
}
