//! The job of a payment by another bank's card: authorizing it at the network, or inquiring its outcome.
//!
//! A worker of the process that has claimed the job calls the network and reports with [`crate::ReportAuthorization`]. The job never runs as a
//! decision.

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
