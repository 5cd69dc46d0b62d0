//! Jobs: work that becomes due at a time.
//!
//! A job is a row. It is written in the commit of the fact that makes the work due, and removed in the commit of its result. A process claims a job
//! before it does the work: the claim is a lease for this process, and increments the job's fence. If the lease expires and another process claims
//! the job, the first process finds a different fence and changes nothing.

mod close;
mod fail;
mod kind;
mod outcome;
mod retry;
mod row;
mod run;
mod schedule;

pub use close::{CloseJob, CloseRefusal};
pub use fail::FailJob;
pub(crate) use outcome::{Fault, Reported, fail, is_held};
pub use outcome::{JobEnd, JobTaken};
pub use retry::{RetryJob, RetryRefusal};
pub use row::{Job, JobFailure, JobId, JobKind, NEVER_MS};
pub use run::RunJob;
pub(crate) use schedule::schedule;
