//! Writing a payment by a card of another bank, in the commit before its network is asked.

use std::sync::Arc;

use ledger::{Step as Posting, TransferId};

use super::row::{CardAttempt, CardAttemptId, CardAttemptState, HeldLeg};
use crate::invoice::credit::spend::spend;
use crate::invoice::effects::{keep, refused};
use crate::invoice::gateway::shares::Shares;
use crate::invoice::gateway::step::{Step, change_voucher, keep_session};
use crate::invoice::gateway::take::goes_to;
use crate::view::View;
use crate::{
    CallAddress, CardSlip, Digest, GatewaySession, Invoice, InvoiceRefusal, InvoiceState, Job, JobId, JobKind, Leg,
    NEVER_MS, Now, SessionState, Text, VoucherState, wallet,
};

/// The reference of a payment at its network, and the lease of the process that asks the network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttemptTerms {
    /// The reference at the network. It is durable before the network is asked, so that the payment can always be inquired.
    pub reference: Text,
    /// End of the lease, in milliseconds of machine time since the Unix epoch: until then only the process that writes the payment asks the network.
    pub leased_until_ms: i64,
}

/// What a payment is written with, in addition to its session and shares.
pub(in crate::invoice::gateway) struct Beginning<'a> {
    pub terms: &'a AttemptTerms,
    pub card: Digest,
    pub slip: &'a CardSlip,
    pub callback: Option<&'a CallAddress>,
}

/// Writes the payment and the claimed job that asks its network. Voucher, credit and the delegators' money are held from now on.
pub(in crate::invoice::gateway) fn begin(
    step: &Step<'_>,
    shares: Shares,
    beginning: &Beginning<'_>,
    view: &mut View,
    now: &Now,
) -> Result<(Arc<CardAttempt>, Job), InvoiceRefusal> {
    let Step { session, invoice, visit } = step;
    let Shares { voucher: voucher_amount, legs, rest } = shares;
    let (id, job_id) = (CardAttemptId(view.ids.take()), JobId(view.ids.take()));
    let held = hold(invoice, &legs, view, now)?;
    spend(view, session.holder, &legs);
    change_voucher(session, invoice.issuer, VoucherState::Reserved(session.hash, NEVER_MS, invoice.id), view);
    keep(view, Invoice { state: InvoiceState::AtNetwork(id), ..Invoice::clone(invoice) });
    keep_session(view, GatewaySession { state: SessionState::Paying(id), ..GatewaySession::clone(session) });
    let attempt = Arc::new(CardAttempt {
        id,
        reference: Text::clone(&beginning.terms.reference),
        invoice: invoice.id,
        issuer: invoice.issuer,
        guild: invoice.guild,
        session: session.hash,
        payer: visit.caller,
        card: beginning.card,
        voucher: session.voucher.clone(),
        voucher_amount,
        legs: held,
        rest,
        slip: beginning.slip.clone(),
        callback: beginning.callback.cloned(),
        asked_at_ms: now.at_ms,
        state: CardAttemptState::Asked,
        inquiries: 0,
    });
    view.card_attempts.put(id, Arc::clone(&attempt));
    let leased_until_ms = beginning.terms.leased_until_ms;
    let job = Job { leased_until_ms, fence: 1, ..Job::new(job_id, now.at_ms, JobKind::CardAttempt(id)) };
    view.jobs.put(job_id, job);
    Ok((attempt, job))
}

/// Holds the delegators' money by pending transfers to the account that the payment goes to.
fn hold(invoice: &Invoice, legs: &[Leg], view: &mut View, now: &Now) -> Result<Vec<HeldLeg>, InvoiceRefusal> {
    let (_, to) = goes_to(invoice);
    let pend =
        |leg: &Leg| Posting::Pend { debit: wallet(leg.delegator), credit: to, amount: leg.amount, expires_at_ms: None };
    let (steps, ids) = (legs.iter().map(pend).collect::<Vec<_>>(), &mut view.ids);
    let mut holds = Vec::with_capacity(legs.len());
    let next = || {
        let id = TransferId(ids.take());
        holds.push(id);
        id
    };
    view.books.apply(&steps, now.at_ms, invoice.id.0, next).map_err(refused)?;
    Ok(legs.iter().zip(holds).map(|(leg, hold)| HeldLeg { leg: *leg, hold }).collect())
}
