//! What operators do and what leaves the process: approvals by two, versions of what is changed, the audit, messages and due work.

pub(crate) mod approval;
pub(crate) mod audit;
pub(crate) mod job;
pub(crate) mod message;
mod money_day;
mod version;

pub use money_day::{MoneyDay, MoneyOfDayUsedUp};
pub use version::{Part, Parts, Precondition, Version, VersionRefusal, Versioned};
