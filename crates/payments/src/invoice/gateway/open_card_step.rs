//! Opening the card step: while it is open, no other session can pay the invoice. The session itself can still use every means of payment.

use std::sync::Arc;

use super::shares::{Shares, shares};
use super::step::{Step, change_voucher, keep_session};
use super::visit::CARD_MINIMUM;
use crate::invoice::effects::keep;
use crate::invoice::find;
use crate::view::{Denial, View};
use crate::{
    At, GatewayCommand, GatewayEntry, GatewayRefusal, GatewaySession, Invoice, InvoiceRefusal, InvoiceState, Now,
    SESSION_MS, VoucherGone, VoucherState,
};

/// Opens the card step. If it is open, it stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenCardStep;

impl GatewayCommand for OpenCardStep {
    type Done = Arc<GatewaySession>;
    type Refusal = VoucherGone;
    const NAME: &'static str = "OpenCardStep";

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<VoucherGone>>> {
        Ok(open_card_step(&step, view, now)?)
    }
}

/// Opens the card step of a session. See [`OpenCardStep`].
pub(super) fn open_card_step<R: From<VoucherGone>>(
    step: &Step<'_>,
    view: &mut View,
    now: &Now,
) -> Result<Arc<GatewaySession>, GatewayRefusal<R>> {
    step.payable(view, now)?;
    let Shares { rest, .. } = shares(step, view)?;
    if rest < CARD_MINIMUM {
        return Err(InvoiceRefusal::BelowCardMinimum.into());
    }
    let Step { session, invoice, .. } = step;
    // A step that is open is not extended.
    if session.has_card_step(invoice, now.at_ms) {
        return Ok(Arc::clone(session));
    }
    let until_ms = now.at_ms.saturating_add(SESSION_MS);
    change_voucher(session, invoice.issuer, VoucherState::Reserved(session.hash, until_ms, invoice.id), view);
    keep(view, Invoice { state: InvoiceState::InGateway(until_ms), ..Invoice::clone(invoice) });
    let opened =
        GatewaySession { card_until_ms: Some(until_ms), ends_at_ms: until_ms, ..GatewaySession::clone(session) };
    Ok(keep_session(view, opened))
}

impl Step<'_> {
    /// Checks that the card step of this session is open, and the issuer enabled.
    pub(super) fn in_card_step<R>(&self, view: &View, now: &Now) -> Result<(), GatewayRefusal<R>> {
        if self.session.has_card_step(&self.invoice, now.at_ms) {
            return Ok(find::enabled(view, self.invoice.issuer)?);
        }
        self.payable(view, now)?;
        // The invoice is payable and the card step is not open: it was never opened, or its time is over.
        Err(GatewayRefusal::Ended(Arc::clone(&self.session)))
    }

    /// The step of a form with card data. If the link has opened the page of the card, the session's first form opens the card step.
    pub(super) fn at_card<R: From<VoucherGone>>(self, view: &mut View, now: &Now) -> Result<Self, GatewayRefusal<R>> {
        let visit = self.visit;
        let begins_here = visit.entered.as_ref().is_some_and(|entered| entered.entry_page == GatewayEntry::CardStep);
        if !begins_here || view.gateway_sessions.get(&visit.session).is_some() {
            return Ok(self);
        }
        let session = open_card_step(&self, view, now)?;
        Ok(Self { session, invoice: find::invoice(view, visit.invoice.0)?, visit })
    }
}
