//! Writing a job in the commit of the fact that makes it due.

use crate::view::View;
use crate::{Job, JobId, JobKind};

/// Writes a job that is due at this instant, in milliseconds of Unix time.
pub(crate) fn schedule(view: &mut View, due_at_ms: i64, kind: JobKind) {
    let id = JobId(view.ids.take());
    view.jobs.put(id, Job::new(id, due_at_ms, kind));
}
