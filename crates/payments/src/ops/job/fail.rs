//! Recording that a claimed job could not run at all.

use super::outcome::{Fault, fail, is_held};
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Job, JobEnd, JobTaken, Text};

/// Records a failure of a claimed job whose decision has no outcome: it panicked, its rows contradict each other, or the database rejects a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailJob {
    /// The job as it was claimed.
    pub job: Job,
    /// The error, for the operator.
    pub error: Text,
}

impl Command for FailJob {
    type Done = JobEnd;
    type Refusal = JobTaken;
    const NAME: &'static str = "FailJob";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        keys.job_failures.push(self.job.id);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<JobEnd, Denial<JobTaken>> {
        if !is_held(&self.job, view) {
            return Err(JobTaken.into());
        }
        Ok(fail(&self.job, Fault::ForNow(Text::clone(&self.error)), view, at.now))
    }
}
