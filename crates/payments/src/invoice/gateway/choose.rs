//! Choosing how to pay, going back: nothing here moves money.

use std::sync::Arc;

use super::take::{Shares, shares};
use super::{
    CARD_MINIMUM, CREDITS, GatewaySession, NotAtGateway, SESSION_MS, SessionState, Step, change_voucher, keep_session,
    leave_card_step,
};
use crate::invoice::effects::keep;
use crate::invoice::{Invoice, InvoiceState, NotInvoiced, Voucher, VoucherKey, VoucherState};
use crate::view::View;
use crate::{Now, Text};

/// Applies one voucher of the issuer, in the place of another.
pub(super) fn use_voucher(
    step: &Step,
    key: VoucherKey,
    view: &mut View,
    now: &Now,
) -> Result<Arc<GatewaySession>, NotAtGateway> {
    step.payable(view, now)?;
    let Step { session, invoice, .. } = step;
    let usable = |voucher: &&Arc<Voucher>| voucher.is_free_for(&session.hash, view, now);
    let voucher = view.vouchers.get(&key).filter(usable).map(|voucher| Voucher::clone(voucher));
    let voucher = voucher.ok_or(NotAtGateway::Voucher)?;
    if session.voucher.as_ref() != Some(&key.code) {
        change_voucher(session, invoice.issuer, VoucherState::Free, view);
    }
    let state = VoucherState::Reserved(session.hash, session.ends_at_ms, invoice.id);
    view.vouchers.put(key.clone(), Voucher { state, ..voucher });
    Ok(keep_session(view, GatewaySession { voucher: Some(key.code), ..GatewaySession::clone(session) }))
}

/// Applies a credit of the payer, beside those that are applied.
pub(super) fn use_credit(
    step: &Step,
    hash: &Text,
    view: &mut View,
    now: &Now,
) -> Result<Arc<GatewaySession>, NotAtGateway> {
    let caller = step.caller.ok_or(NotAtGateway::LogIn)?;
    step.payable(view, now)?;
    let held = view.credit_books.get(&caller).map_or(&[][..], |book| &book.credits);
    let credit = held.iter().find(|credit| credit.hash == *hash && credit.left.is_positive());
    let credit = credit.ok_or(NotAtGateway::Credit)?;
    let mut session = GatewaySession::clone(&step.session);
    if session.holder != Some(caller) {
        session.credits.clear();
    }
    session.holder = Some(caller);
    let chosen = (credit.id, credit.delegator);
    if !session.credits.contains(&chosen) && session.credits.len() < CREDITS {
        session.credits.push(chosen);
    }
    Ok(keep_session(view, session))
}

/// Opens the card step: nobody else can pay meanwhile.
pub(super) fn open_card_step(step: &Step, view: &mut View, now: &Now) -> Result<Arc<GatewaySession>, NotAtGateway> {
    step.payable(view, now)?;
    let Shares { rest, .. } = shares(step, view)?;
    if rest < CARD_MINIMUM {
        return Err(NotInvoiced::BelowCardMinimum.into());
    }
    let Step { session, invoice, .. } = step;
    let until_ms = now.at_ms.saturating_add(SESSION_MS);
    change_voucher(session, invoice.issuer, VoucherState::Reserved(session.hash, until_ms, invoice.id), view);
    keep(view, Invoice { state: InvoiceState::InGateway(until_ms), ..Invoice::clone(invoice) });
    let opened =
        GatewaySession { card_until_ms: Some(until_ms), ends_at_ms: until_ms, ..GatewaySession::clone(session) };
    Ok(keep_session(view, opened))
}

/// The payer goes back without having paid.
pub(super) fn cancel(step: &Step, view: &mut View, now: &Now) -> Arc<GatewaySession> {
    let Step { session, invoice, .. } = step;
    change_voucher(session, invoice.issuer, VoucherState::Free, view);
    leave_card_step(session, invoice, view, now);
    keep_session(view, GatewaySession { state: SessionState::Canceled, ..GatewaySession::clone(session) })
}
