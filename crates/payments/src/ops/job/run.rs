//! Running a claimed job as a decision.

use super::outcome::{fail, is_held};
use crate::transfer::Progress;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Job, JobEnd, JobTaken};

/// Runs a claimed job as a decision. A failure is an outcome: it is recorded, and the job is due again later or dead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunJob {
    /// The job as it was claimed.
    pub job: Job,
}

impl Command for RunJob {
    type Done = JobEnd;
    type Refusal = JobTaken;
    const NAME: &'static str = "RunJob";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        keys.job_failures.push(self.job.id);
        self.job.kind.work().keys(at, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        self.job.kind.work().more_keys(view, at, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<JobEnd, Denial<JobTaken>> {
        if self.job.due_at_ms > at.now.at_ms || !is_held(&self.job, view) {
            return Err(JobTaken.into());
        }
        match view.attempt(|view| self.job.kind.work().run(view, at)) {
            Ok(Progress::Done) => {
                view.jobs.remove(self.job.id);
                if view.job_failures.get(&self.job.id).is_some() {
                    view.job_failures.remove(self.job.id);
                }
                Ok(JobEnd::Done)
            }
            Ok(Progress::More) => {
                // The job stays due, and any process may claim it.
                view.jobs.put(self.job.id, Job { leased_until_ms: 0, tries: 0, ..self.job });
                Ok(JobEnd::Begun)
            }
            Err(why) => Ok(fail(&self.job, why, view, at.now)),
        }
    }
}
