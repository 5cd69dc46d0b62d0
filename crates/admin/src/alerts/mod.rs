//! Alerts: looking for conditions of the whole service that need an operator, and telling of them.
//!
//! Shape: `limits.rs` has the limits, `look.rs` looks for each condition, `watch.rs` repeats the looks, raises, resolves and tells, `list.rs` shows
//! alerts.

mod limits;
mod list;
mod look;
mod watch;

pub use limits::AlertLimits;
pub(crate) use list::routes;
pub use watch::watch;
