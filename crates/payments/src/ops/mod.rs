//! Operations: approval by two operators, versions of changed rows, the audit, saved filters, the outbox, jobs, hash chains and alerts.

pub(crate) mod alert;
pub(crate) mod approval;
pub(crate) mod audit;
pub(crate) mod job;
pub(crate) mod message;
mod money_day;
pub(crate) mod saved_filter;
pub(crate) mod seal;
mod version;

pub use money_day::{MoneyDay, MoneyOfDayUsedUp};
pub use version::{Part, Parts, Precondition, Version, VersionRefusal, Versioned};
