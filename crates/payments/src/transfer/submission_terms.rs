//! Writing a submission, in the commit that accepts its order.

use crate::view::View;
use crate::{Job, JobId, JobKind, NetworkTerms, Now, OrderId, Route, Submission, Text};

/// How an order will be submitted, and by which process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmissionTerms {
    /// What the network says of it.
    pub network: NetworkTerms,
    /// Until when the process that accepts the order alone submits it, by the machines' time, in milliseconds of Unix time.
    pub leased_until_ms: i64,
}

impl SubmissionTerms {
    /// These terms, if they are for a route.
    pub(crate) fn of_route(terms: Option<&Self>, route: Route) -> Option<&Self> {
        terms.filter(|terms| terms.network.routes.contains(&route))
    }

    /// Writes the submission of an order, and the claimed job that submits it.
    pub(crate) fn write(&self, order: OrderId, view: &mut View, now: &Now) -> Job {
        let submission = Submission {
            order,
            reference: Text::clone(&self.network.reference),
            settlement: self.network.settlement,
            at_ms: now.at_ms,
            answered_at_ms: None,
            inquiries: 0,
            said: None,
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
