//! A step in an open session, and the changes that steps make to session, voucher and invoice.

use std::sync::Arc;

use crate::invoice::effects::keep;
use crate::invoice::{effects, find};
use crate::view::View;
use crate::{
    GatewayRefusal, GatewaySession, Invoice, InvoiceRefusal, InvoiceState, Measured, Now, PartyId, Payer, PayerVisit,
    SessionState, Text, Voucher, VoucherKey, VoucherState,
};

/// Which browsers may take a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepBy {
    /// The session's party only, if the session is bound to one.
    Payer,
    /// Any browser that has the session.
    Browser,
}

impl PayerVisit {
    /// The session and its invoice, if the session is open and the caller may take the step.
    pub(super) fn step<R>(&self, by: StepBy, view: &View, now: &Now) -> Result<Step<'_>, GatewayRefusal<R>> {
        let begins = || self.entered.as_ref().map(|entered| Arc::new(entered.session.clone()));
        let session = view.gateway_sessions.get(&self.session).map(Arc::clone).or_else(begins);
        let ours = |session: &Arc<GatewaySession>| session.hash == self.session && session.invoice == self.invoice.0;
        // A sweep removes such a row at some later time: until then it counts as gone, too.
        let is_kept = |session: &Arc<GatewaySession>| now.at_ms < session.forgotten_at_ms();
        let session = session.filter(ours).filter(is_kept).ok_or(GatewayRefusal::NoSession)?;
        if !session.is_open(now.at_ms) {
            return Err(GatewayRefusal::Ended(session));
        }
        let other = |only: PartyId| self.caller != Some(only);
        if by == StepBy::Payer && session.only.is_some_and(other) {
            return Err(GatewayRefusal::LogIn);
        }
        let invoice = find::invoice(view, session.invoice)?;
        Ok(Step { session, invoice, visit: self })
    }
}

/// The measurement of a session that has taken the money.
pub(super) fn measured(session: &GatewaySession) -> Option<Measured> {
    match &session.state {
        SessionState::Took(receipt) => receipt.rest.checked_add(receipt.credit).map(Measured::done),
        SessionState::Open | SessionState::Paying(_) | SessionState::Canceled => None,
    }
}

/// A step in an open session: the session, its invoice and the visit.
#[derive(Debug)]
pub struct Step<'a> {
    pub(super) session: Arc<GatewaySession>,
    pub(super) invoice: Arc<Invoice>,
    pub(super) visit: &'a PayerVisit,
}

impl Step<'_> {
    /// Checks that the session can pay the invoice now: no other session has it in the gateway, and its issuer is enabled.
    pub(super) fn payable(&self, view: &View, now: &Now) -> Result<(), InvoiceRefusal> {
        match self.session.has_card_step(&self.invoice, now.at_ms) {
            true => find::enabled(view, self.invoice.issuer),
            false => effects::payable(view, &self.invoice, Payer::Gateway, now),
        }
    }
}

/// Writes a session.
pub(super) fn keep_session(view: &mut View, session: GatewaySession) -> Arc<GatewaySession> {
    let session = Arc::new(session);
    view.gateway_sessions.put(session.hash, Arc::clone(&session));
    session
}

/// Changes the state of the voucher that a session has reserved.
pub(super) fn change_voucher(session: &GatewaySession, issuer: PartyId, state: VoucherState, view: &mut View) {
    let key = |code: &Text| VoucherKey { issuer, code: Text::clone(code) };
    let Some(key) = session.voucher.as_ref().map(key) else { return };
    let mine = |voucher: &&Arc<Voucher>| matches!(voucher.state, VoucherState::Reserved(by, ..) if by == session.hash);
    if let Some(voucher) = view.vouchers.get(&key).filter(mine).map(|voucher| Voucher::clone(voucher)) {
        view.vouchers.put(key, Voucher { state, ..voucher });
    }
}

/// Returns an invoice to the issued state, if the card step of this session keeps it in the gateway.
pub(super) fn leave_card_step(session: &GatewaySession, invoice: &Invoice, view: &mut View, now: &Now) {
    if session.has_card_step(invoice, now.at_ms) {
        keep(view, Invoice { state: InvoiceState::Issued, ..invoice.clone() });
    }
}
