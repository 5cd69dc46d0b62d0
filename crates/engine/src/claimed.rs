//! What all have in common who do claimed jobs: how long a claim lasts, and what is told of a job that could not be done.

use std::time::Duration;

use payments::{JobEnd, JobFailure};
use tracing::{error, warn};

/// How long a claim lasts: longer than running takes, shorter than anybody waits for a dead process.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// Tells the operator of a job that could not be done.
pub(crate) fn log_end(end: &JobEnd) {
    let JobEnd::Failed(failure, is_dead) = end else { return };
    let kind = if *is_dead { "dead" } else { "failed" };
    metrics::counter!("daric_jobs_failed_total", "kind" => kind).increment(1);
    let JobFailure { job, error, .. } = &**failure;
    match is_dead {
        true => error!(job = job.0, %error, "a job is dead: an operator has to see to it"),
        false => warn!(job = job.0, %error, "a job could not be done, and is tried again later"),
    }
}
