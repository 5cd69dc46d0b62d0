//! Removing the credits of a session. No money is moved.

use std::convert::Infallible;
use std::sync::Arc;

use super::step::{Step, keep_session};
use crate::view::{Denial, View};
use crate::{At, GatewayCommand, GatewayRefusal, GatewaySession};

/// Removes the credits that the session spends; the whole amount is left to pay again. A session without a credit stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RemoveCredit;

impl GatewayCommand for RemoveCredit {
    type Done = Arc<GatewaySession>;
    type Refusal = Infallible;
    const NAME: &'static str = "RemoveCredit";

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<Infallible>>> {
        step.payable(view, now)?;
        let Step { session, .. } = step;
        if session.credits.is_empty() {
            return Ok(session);
        }
        Ok(keep_session(view, GatewaySession { credits: Vec::new(), holder: None, ..GatewaySession::clone(&session) }))
    }
}
