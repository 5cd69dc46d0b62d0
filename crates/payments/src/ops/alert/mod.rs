//! Alerts: conditions of the whole service that need an operator, such as a full disk.
//!
//! ```text
//! none or resolved ──(a look finds the condition)──► raised ──(a look finds that it has ended)──► resolved
//! ```
//! Shape: one [`Alert`] for each [`AlertKind`], the last one. [`NoteAlert`] raises, confirms or resolves it; of several processes that see the same,
//! one does, and a process that cannot know whether the condition has ended does not resolve it.
//! Each change is told by webhook, where one is configured: [`ClaimAlert`] before a try, [`AlertTold`] after one that succeeded.
//! Absent: how conditions are looked for, and their limits.

mod note;
mod row;
mod sender;
mod tell;

pub use note::{AlertChange, AlertRefusal, Finding, NoteAlert, Observation};
pub use row::{Alert, AlertKind};
pub use sender::{AlertMessage, AlertSender, TellingAlert};
pub use tell::{AlertTold, ClaimAlert, NotToTell};
