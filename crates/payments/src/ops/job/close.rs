//! Closing a dead job.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Job, OperatorCommand, Text, Versioned};

/// Why a job is not closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseRefusal {
    /// There is no such job.
    JobUnknown,
    /// The job is not dead: it is still tried automatically.
    JobNotDead,
    /// The result of the job is still needed; see [`CloseJob`].
    JobNeeded,
}

/// Removes a dead job, for a reason that is written to the audit.
///
/// A job that is still needed is not closed: one for held money, for an undecided order, or for a queued message with a text, for example. An
/// operator runs it again, or first decides its subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloseJob {
    /// The job as the operator has read it.
    pub job: Job,
    /// Why the job will not run.
    pub reason: Text,
}

impl Command for CloseJob {
    type Done = ();
    type Refusal = CloseRefusal;
    const NAME: &'static str = "CloseJob";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        keys.job_failures.push(self.job.id);
        self.job.kind.work().keys(at, keys);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<CloseRefusal>> {
        let job = **view.jobs.get(&self.job.id).ok_or(CloseRefusal::JobUnknown)?;
        if job.dead_at_ms.is_none() {
            return Err(CloseRefusal::JobNotDead.into());
        }
        if job.kind.work().is_needed(view) {
            return Err(CloseRefusal::JobNeeded.into());
        }
        view.jobs.remove(job.id);
        if view.job_failures.get(&job.id).is_some() {
            view.job_failures.remove(job.id);
        }
        Ok(())
    }
}

impl OperatorCommand for CloseJob {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("close job", &self.job.id.0.to_string(), &self.reason)
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.jobs.get(&self.job.id).map(|row| Versioned::Job(row))
    }
}
