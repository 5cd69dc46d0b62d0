//! The outcome of a job's run. A job that failed is due again later, or is dead.

use std::fmt::Debug;
use std::sync::Arc;

use crate::view::{Alarm, View};
use crate::{CardAttemptId, Job, JobFailure, NEVER_MS, Now, OrderId, Text};

/// Pause after each failed try of a job, in milliseconds; 26 hours in total. After one more failure the job is dead: it is listed, and an operator
/// retries or closes it.
const RETRY_MS: [i64; 5] = [60_000, 300_000, 3_600_000, 21_600_000, 68_400_000];

/// The outcome of a job's run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JobEnd {
    /// The work is done, and the job is removed.
    Done,
    /// A part of the work is done; the job is still due.
    Begun,
    /// The work failed, for this reason; whether the job is dead now.
    Failed(Arc<JobFailure>, bool),
}

/// The claim does not hold: another process has the job, or has finished it; or the job is not due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobTaken;

/// Why a job failed.
pub(crate) enum Fault {
    /// A retry may succeed.
    ForNow(Text),
    /// A retry cannot succeed: the job is dead at once, and an operator has to act.
    ForGood(Text),
    /// The report contradicts the decision about its subject: the job is dead at once, and an alarm is raised.
    Contradicts(Reported, Text),
}

/// The subject of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reported {
    /// An order.
    Order(OrderId),
    /// A payment by another bank's card.
    Card(CardAttemptId),
}

impl Fault {
    /// The fault for a refusal, as its `Debug` text. Refusals contain only Daric's own codes and numbers, never text from a caller.
    pub(crate) fn of(what: &str, why: &impl Debug) -> Self {
        Self::ForNow(Text::from(format!("{what}: {why:?}")))
    }
}

/// Whether this claim of a job still holds. If the row is gone, the job is finished; if its fence differs, another process has claimed it.
pub(crate) fn is_held(job: &Job, view: &View) -> bool {
    view.jobs.get(&job.id).is_some_and(|known| known.fence == job.fence)
}

/// Records a failed try. The job becomes due again after a pause, or is dead.
pub(crate) fn fail(job: &Job, fault: Fault, view: &mut View, now: &Now) -> JobEnd {
    let tries = job.tries + 1;
    let (error, backoff_ms) = match fault {
        Fault::ForNow(error) => (error, usize::try_from(job.tries).ok().and_then(|at| RETRY_MS.get(at))),
        Fault::ForGood(error) => (error, None),
        Fault::Contradicts(about, text) => {
            view.alarms.push(match about {
                Reported::Order(order) => Alarm::ContradictingReport(order, Text::clone(&text)),
                Reported::Card(attempt) => Alarm::ContradictingAuthorization(attempt, Text::clone(&text)),
            });
            (text, None)
        }
    };
    let (due_at_ms, dead_at_ms) = match backoff_ms {
        Some(backoff_ms) => (now.at_ms.saturating_add(*backoff_ms), None),
        None => (NEVER_MS, Some(now.at_ms)),
    };
    view.jobs.put(job.id, Job { due_at_ms, leased_until_ms: 0, tries, dead_at_ms, ..*job });
    let failure = JobFailure { job: job.id, error, at_ms: now.at_ms };
    view.job_failures.put(job.id, failure.clone());
    JobEnd::Failed(Arc::new(failure), dead_at_ms.is_some())
}
