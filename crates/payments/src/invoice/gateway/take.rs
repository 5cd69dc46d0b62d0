//! Taking the money: credit and the rest are posted together (pod.md 3.0, payment legs).
//!
//! The holds of a card of another bank are posted when its network has answered (`attempt/`); [`record`] writes that payment, too.

use std::sync::Arc;

use ledger::{AccountId, Rial};

use super::shares::Shares;
use super::step::{Step, change_voucher, keep_session};
use crate::invoice::credit::spend::spend;
use crate::invoice::effects::{Taken, moved, paid, post, taken_by_card};
use crate::ops::message::write_call;
use crate::view::View;
use crate::{
    CallAddress, GATEWAY_HOLD, GatewaySession, Invoice, InvoiceRefusal, Means, Now, PartyId, Payment, Receipt, Rules,
    SessionState, Text, VoucherState, VoucherUse, wallet,
};

/// What pays the rest after voucher and credit.
pub(super) struct By {
    /// The account that pays.
    pub from: AccountId,
    /// The means that the payment records.
    pub means: Means,
    /// What the card network owes of the rest, in rials; `None`: the rest is not card money.
    pub owed: Option<Rial>,
}

/// The session, the invoice and the payer of a payment.
pub(super) struct Paying<'a> {
    pub session: &'a GatewaySession,
    pub invoice: &'a Invoice,
    pub payer: Option<PartyId>,
}

/// The account that an invoice's money goes to, and whether the issuer has it at once.
pub(super) fn goes_to(invoice: &Invoice) -> (Taken, AccountId) {
    match invoice.terms.verification_needed {
        true => (Taken::ToBeVerified, GATEWAY_HOLD),
        false => (Taken::ForGood, invoice.open_account()),
    }
}

/// Posts all parts of a payment and ends the session with a receipt. Everything but the money was checked before.
pub(super) fn take(
    step: &Step<'_>,
    (shares, by): (Shares, By),
    callback: Option<&CallAddress>,
    view: &mut View,
    now: &Now,
    rules: Option<&Rules>,
) -> Result<Arc<GatewaySession>, InvoiceRefusal> {
    let Step { session, invoice, visit } = step;
    let (_, to) = goes_to(invoice);
    let by_credit = shares.legs.iter().filter_map(|leg| moved(wallet(leg.delegator), to, leg.amount));
    let steps: Vec<_> = by_credit.chain(moved(by.from, to, shares.rest)).collect();
    post(view, &steps, now, invoice.id)?;
    spend(view, session.holder, &shares.legs);
    let paying = Paying { session, invoice, payer: visit.caller };
    Ok(record(&paying, (shares, by), callback, view, now, rules))
}

/// Writes a payment whose parts were posted, and ends the session with a receipt.
pub(super) fn record(
    paying: &Paying<'_>,
    (shares, by): (Shares, By),
    callback: Option<&CallAddress>,
    view: &mut View,
    now: &Now,
    rules: Option<&Rules>,
) -> Arc<GatewaySession> {
    let Paying { session, invoice, payer } = *paying;
    let Shares { voucher, legs, rest } = shares;
    let (taken, _) = goes_to(invoice);
    let mut vouchers = invoice.vouchers.clone();
    if let Some(code) = &session.voucher {
        change_voucher(session, invoice.issuer, VoucherState::Used(invoice.id), view);
        let (code, at_ms) = (Text::clone(code), now.at_ms);
        vouchers.push(VoucherUse { code, at_ms, amount: voucher, canceled: false });
    }
    let slip = match &by.means {
        Means::Card(slip) => Some(slip.clone()),
        _ => None,
    };
    let credit = legs.iter().try_fold(Rial::ZERO, |sum, leg| sum.checked_add(leg.amount));
    let credit = view.sound(credit, "gateway_session: what credit pays does not fit");
    let receipt = Receipt { at_ms: now.at_ms, slip, voucher, credit, rest };
    let payment = Payment { at_ms: now.at_ms, payer, means: by.means, rest, legs, promised_ms: None };
    let unsettled = match (by.owed, rules) {
        (Some(owed), Some(rules)) => Some(taken_by_card(view, invoice, owed, now, rules)),
        _ => None,
    };
    if let Some(call) = callback {
        write_call(view, invoice.issuer, invoice.id.0, call, now);
    }
    paid(view, &Invoice { unsettled, vouchers, ..Invoice::clone(invoice) }, payment, taken, now);
    keep_session(view, GatewaySession { state: SessionState::Took(receipt), ..GatewaySession::clone(session) })
}
