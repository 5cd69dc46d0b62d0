//! Writing an order's submission, in the commit that accepts the order.

use crate::view::View;
use crate::{Job, JobId, JobKind, NetworkTerms, Now, OrderId, Route, Submission, Text};

/// The terms on which an order is submitted, and the submitting process's lease.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmissionTerms {
    /// The terms that the network sets.
    pub network: NetworkTerms,
    /// The end of the lease of the process that accepts the order, by the machine's clock, in milliseconds of Unix time. Until then no other process
    /// takes its job.
    pub leased_until_ms: i64,
}

impl SubmissionTerms {
    /// These terms, if they apply to the route.
    pub(crate) fn of_route(terms: Option<&Self>, route: Route) -> Option<&Self> {
        terms.filter(|terms| terms.network.routes.contains(&route))
    }

    /// Writes the submission of an order and the claimed job that submits it. Returns the job.
    pub(crate) fn write(&self, order: OrderId, view: &mut View, now: &Now) -> Job {
        let submission = Submission {
            order,
            reference: Text::clone(&self.network.reference),
            settlement: self.network.settlement,
            at_ms: now.at_ms,
            answered_at_ms: None,
            inquiries: 0,
            reported: None,
            network_reference: None,
        };
        view.submissions.put(order, submission);
        let id = JobId(view.ids.take());
        let leased_until_ms = self.leased_until_ms;
        let job = Job { leased_until_ms, fence: 1, ..Job::new(id, now.at_ms, JobKind::SubmitOrder(order)) };
        view.jobs.put(id, job);
        job
    }
}
