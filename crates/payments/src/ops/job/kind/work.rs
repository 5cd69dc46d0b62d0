//! What a kind of job states.

use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};
use crate::{At, Text};

/// What a kind of job does.
pub(in crate::ops::job) trait Work {
    /// Names the rows that it needs.
    fn keys(&self, at: At<'_>, keys: &mut Keys);

    /// Names the rows that loaded rows name.
    fn more_keys(&self, _view: &View, _at: At<'_>, _keys: &mut Keys) {}

    /// Does it.
    ///
    /// # Errors
    /// Why it could not be done; what it has written is taken back.
    fn run(&self, view: &mut View, at: At<'_>) -> Result<Progress, Fault>;

    /// Whether something waits for it: a dead job of its subject is not closed then. `daric verify` looks for the jobs of all of this.
    fn is_needed(&self, view: &View) -> bool;
}

/// The fault of a job that a worker does outside of any decision, should it be run all the same.
pub(super) fn is_not_run(what: &str) -> Fault {
    Fault::ForNow(Text::from(format!("{what} is sent, not run")))
}
