//! Operations: approval by two operators, versions of changed rows, the audit, the outbox and jobs.

pub(crate) mod approval;
pub(crate) mod audit;
pub(crate) mod job;
pub(crate) mod message;
mod money_day;
mod version;

pub use money_day::{MoneyDay, MoneyOfDayUsedUp};
pub use version::{Part, Parts, Precondition, Version, VersionRefusal, Versioned};
