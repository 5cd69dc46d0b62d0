//! Leaving the card step: other sessions can pay the invoice again, and this one stays open.

use std::convert::Infallible;
use std::sync::Arc;

use super::step::{Step, keep_session, leave_card_step};
use crate::view::{Denial, View};
use crate::{At, GatewayCommand, GatewayRefusal, GatewaySession, StepBy};

/// Leaves the card step of the session, if it is open. A one-time password that was sent stays valid for the session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeaveCardStep;

impl GatewayCommand for LeaveCardStep {
    type Done = Arc<GatewaySession>;
    type Refusal = Infallible;
    const NAME: &'static str = "LeaveCardStep";
    const BY: StepBy = StepBy::Browser;

    fn decide(
        &self,
        Step { session, invoice, .. }: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<Infallible>>> {
        if !session.has_card_step(&invoice, now.at_ms) {
            return Ok(session);
        }
        leave_card_step(&session, &invoice, view, now);
        Ok(keep_session(view, GatewaySession { card_until_ms: None, ..GatewaySession::clone(&session) }))
    }
}
