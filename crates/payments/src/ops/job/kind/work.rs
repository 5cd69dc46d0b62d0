//! The interface of a kind of job.

use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};
use crate::{At, Text};

/// The work of a kind of job.
pub(in crate::ops::job) trait Work {
    /// Names the rows that the work needs.
    fn keys(&self, at: At<'_>, keys: &mut Keys);

    /// Names further rows, which depend on the rows loaded first.
    fn more_keys(&self, _view: &View, _at: At<'_>, _keys: &mut Keys) {}

    /// Does the work.
    ///
    /// # Errors
    /// Why the work could not be done. Its writes are rolled back.
    fn run(&self, view: &mut View, at: At<'_>) -> Result<Progress, Fault>;

    /// Whether the work is still needed: then a dead job of this kind is not closed. `daric verify` reports needed jobs that are missing, except
    /// those that close a cycle or inquire an order.
    fn is_needed(&self, view: &View) -> bool;
}

/// The fault of a job that only a worker does, if it is run as a decision by mistake.
pub(super) fn is_not_run(what: &str) -> Fault {
    Fault::ForNow(Text::from(format!("{what} is sent, not run")))
}
