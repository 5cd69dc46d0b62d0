//! Leaving the gateway without having paid.

use std::convert::Infallible;
use std::sync::Arc;

use super::step::{Step, change_voucher, keep_session, leave_card_step};
use crate::view::{Denial, View};
use crate::{At, GatewayCommand, GatewayRefusal, GatewaySession, SessionState, StepBy, VoucherState};

/// The payer leaves without having paid: the session ends, and its voucher and invoice are free again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CancelVisit;

impl GatewayCommand for CancelVisit {
    type Done = Arc<GatewaySession>;
    type Refusal = Infallible;
    const NAME: &'static str = "CancelVisit";
    const BY: StepBy = StepBy::Browser;

    fn decide(
        &self,
        Step { session, invoice, .. }: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<Infallible>>> {
        change_voucher(&session, invoice.issuer, VoucherState::Free, view);
        leave_card_step(&session, &invoice, view, now);
        Ok(keep_session(view, GatewaySession { state: SessionState::Canceled, ..GatewaySession::clone(&session) }))
    }
}
