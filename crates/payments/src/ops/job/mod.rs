//! Due work: what the clock makes happen.
//!
//! A job is a row, written in the commit of the fact that makes it due, and removed in the commit of what it does. A process that runs one
//! claims it first: the claim gives it to one process for a while and moves its fence. A process that comes back late, after its
//! claim has run out and another has taken over, finds another fence and does nothing.

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
