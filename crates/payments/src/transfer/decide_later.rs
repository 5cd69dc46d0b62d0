//! The job that decides an order when its network is known to answer.

use crate::view::View;
use crate::{Job, JobId, JobKind, Later, Now, OrderId};

/// Has an order decided when its network is known to answer.
pub(crate) fn decide_later(order: OrderId, later: Option<Later>, view: &mut View, now: &Now) {
    if let Some(Later { after_ms: Some(after_ms), verdict }) = later {
        let id = JobId(view.ids.take());
        let due_at_ms = now.at_ms.saturating_add(after_ms);
        view.jobs.put(id, Job::new(id, due_at_ms, JobKind::Decide(order, verdict)));
    }
}
