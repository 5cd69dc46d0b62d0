//! Which rows are removed when a world is replaced by another one.

use payments::AuditLine;
use schema::Table;

use crate::table_names::{SHORT_LIVED, tables};

/// Which rows are removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wipe {
    /// All rows.
    Everything,
    /// All rows but the audit.
    AllButAudit,
}

impl Wipe {
    /// The tables whose rows are removed.
    pub(crate) fn tables(self) -> impl Iterator<Item = &'static str> {
        tables().chain(SHORT_LIVED).filter(move |table| self == Self::Everything || *table != AuditLine::NAME)
    }
}
