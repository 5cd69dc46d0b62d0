//! Asking the network of other banks' cards about a payment.
//!
//! A worker that claims this job does it, and reports with [`crate::ReportAuthorization`]: it is never run.

use super::Work;
use super::work::is_not_run;
use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};
use crate::{At, CardAttemptId};

/// See the module.
pub(super) struct CardAttemptWork(pub CardAttemptId);

impl Work for CardAttemptWork {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.card_attempts.push(self.0);
    }

    fn run(&self, _view: &mut View, _at: At<'_>) -> Result<Progress, Fault> {
        Err(is_not_run("a card payment"))
    }

    fn is_needed(&self, view: &View) -> bool {
        view.card_attempts.get(&self.0).is_some_and(|attempt| attempt.state.is_undecided())
    }
}
