//! The job that submits an order to its network.
//!
//! A worker of the process that has claimed the job calls the network and reports with [`crate::ReportSubmission`]. The job never runs as a decision.

use super::Work;
use super::work::is_not_run;
use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};
use crate::{At, OrderId, OrderRef};

/// See the module.
pub(super) struct SubmitOrder(pub OrderId);

impl Work for SubmitOrder {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        OrderRef::Number(self.0).keys(keys);
    }

    fn run(&self, _view: &mut View, _at: At<'_>) -> Result<Progress, Fault> {
        Err(is_not_run("a submission"))
    }

    fn is_needed(&self, view: &View) -> bool {
        OrderRef::Number(self.0).order(view).is_some_and(|order| order.state.is_undecided())
    }
}
