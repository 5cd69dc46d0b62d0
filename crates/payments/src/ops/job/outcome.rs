//! What becomes of a job that was run: it is due again later, or dead.

use std::fmt::Debug;
use std::sync::Arc;

use crate::view::{Alarm, View};
use crate::{CardAttemptId, Job, JobFailure, NEVER_MS, Now, OrderId, Text};

/// How long a job waits that could not be done, in milliseconds, after each try: all of them together take a good day. After the last it is
/// dead: it is listed, and an operator has it run again or closes it.
const RETRY_MS: [i64; 5] = [60_000, 300_000, 3_600_000, 21_600_000, 68_400_000];

/// What became of a job that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JobEnd {
    /// It is done, and gone.
    Done,
    /// It was begun, and is still due.
    Begun,
    /// It could not be done; whether it is dead now.
    Failed(Arc<JobFailure>, bool),
}

/// Another process has the job, or has run it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobTaken;

/// Why a job could not be done.
pub(crate) enum Fault {
    /// Perhaps it can be later.
    ForNow(Text),
    /// It cannot: an operator has to see to it.
    ForGood(Text),
    /// It cannot: the report that it brings says otherwise than its subject was decided. An operator hears of it.
    Contradicts(Reported, Text),
}

/// What a report is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reported {
    /// An order.
    Order(OrderId),
    /// A payment by a card of another bank.
    Card(CardAttemptId),
}

impl Fault {
    /// A refusal of something that a job does. Refusals are codes and numbers of this house: they carry no caller's text.
    pub(crate) fn of(what: &str, why: &impl Debug) -> Self {
        Self::ForNow(Text::from(format!("{what}: {why:?}")))
    }
}

/// Whether a job is there and this claim of it holds. Gone: it ran. Another fence: another process has it.
pub(crate) fn is_held(job: &Job, view: &View) -> bool {
    view.jobs.get(&job.id).is_some_and(|known| known.fence == job.fence)
}

/// A job could not be done: it is due again later, or dead.
pub(crate) fn fail(job: &Job, fault: Fault, view: &mut View, now: &Now) -> JobEnd {
    let tries = job.tries + 1;
    let (error, pause_ms) = match fault {
        Fault::ForNow(error) => (error, usize::try_from(job.tries).ok().and_then(|at| RETRY_MS.get(at))),
        Fault::ForGood(error) => (error, None),
        Fault::Contradicts(about, said) => {
            view.alarms.push(match about {
                Reported::Order(order) => Alarm::ContradictingReport(order, Text::clone(&said)),
                Reported::Card(attempt) => Alarm::ContradictingAuthorization(attempt, Text::clone(&said)),
            });
            (said, None)
        }
    };
    let (due_at_ms, dead_at_ms) = match pause_ms {
        Some(pause_ms) => (now.at_ms.saturating_add(*pause_ms), None),
        None => (NEVER_MS, Some(now.at_ms)),
    };
    view.jobs.put(job.id, Job { due_at_ms, leased_until_ms: 0, tries, dead_at_ms, ..*job });
    let failure = JobFailure { job: job.id, error, at_ms: now.at_ms };
    view.job_failures.put(job.id, failure.clone());
    JobEnd::Failed(Arc::new(failure), dead_at_ms.is_some())
}
