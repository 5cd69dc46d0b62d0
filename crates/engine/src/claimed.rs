//! What the workers of claimed jobs share: the length of a lease, and the log lines and metrics of failed jobs.

use std::time::Duration;

use payments::{JobEnd, JobFailure};
use tracing::{error, warn};

/// Length of a lease: longer than a job runs, and short enough that the jobs of a dead process are soon claimed by another.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// Logs and counts a job that could not be done.
pub(crate) fn log_end(end: &JobEnd) {
    let JobEnd::Failed(failure, is_dead) = end else { return };
    let kind = if *is_dead { "dead" } else { "failed" };
    metrics::counter!("daric_jobs_failed_total", "kind" => kind).increment(1);
    let JobFailure { job, error, .. } = &**failure;
    match is_dead {
        true => error!(job = job.0, %error, "a job is dead: an operator must retry or close it"),
        false => warn!(job = job.0, %error, "a job could not be done, and is tried again later"),
    }
}
