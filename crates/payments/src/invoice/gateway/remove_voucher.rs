//! Removing the voucher of a session. No money is moved.

use std::convert::Infallible;
use std::sync::Arc;

use super::step::{Step, change_voucher, keep_session};
use crate::view::{Denial, View};
use crate::{At, GatewayCommand, GatewayRefusal, GatewaySession, VoucherState};

/// Removes the session's voucher, which is free again. A session without a voucher stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RemoveVoucher;

impl GatewayCommand for RemoveVoucher {
    type Done = Arc<GatewaySession>;
    type Refusal = Infallible;
    const NAME: &'static str = "RemoveVoucher";

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<Infallible>>> {
        step.payable(view, now)?;
        let Step { session, invoice, .. } = step;
        if session.voucher.is_none() {
            return Ok(session);
        }
        change_voucher(&session, invoice.issuer, VoucherState::Free, view);
        Ok(keep_session(view, GatewaySession { voucher: None, ..GatewaySession::clone(&session) }))
    }
}
