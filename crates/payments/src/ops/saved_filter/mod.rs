//! Filters of lists that an operator has saved.
//!
//! Shape: a [`SavedFilter`] is the query string of a list under a name that its operator has chosen. It changes nothing for others, so saving is not in
//! the audit.
//! Absent: what a query means (`admin/lists/`). A filter that cannot be read any more is refused when it is used.

mod drop;
mod row;
mod save;

pub use drop::DropFilter;
pub use row::{SavedFilter, SavedFilterKey};
pub use save::SaveFilter;
