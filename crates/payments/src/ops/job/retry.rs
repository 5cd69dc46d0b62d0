//! Retrying a dead job.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Job, JobId, OperatorCommand};

/// Why a job is not retried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RetryRefusal {
    /// There is no such job.
    JobUnknown,
    /// The job is not dead: it is still tried automatically.
    JobNotDead,
}

/// Makes a dead job due now, with all its tries again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetryJob {
    /// The job's number.
    pub id: JobId,
}

impl Command for RetryJob {
    type Done = ();
    type Refusal = RetryRefusal;
    const NAME: &'static str = "RetryJob";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.id);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<RetryRefusal>> {
        let job = **view.jobs.get(&self.id).ok_or(RetryRefusal::JobUnknown)?;
        if job.dead_at_ms.is_none() {
            return Err(RetryRefusal::JobNotDead.into());
        }
        view.jobs.put(self.id, Job { due_at_ms: now.at_ms, tries: 0, dead_at_ms: None, leased_until_ms: 0, ..job });
        Ok(())
    }
}

impl OperatorCommand for RetryJob {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("retry job", &self.id.0.to_string(), "")
    }
}
