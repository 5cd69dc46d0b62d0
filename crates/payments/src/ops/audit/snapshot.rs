//! The audit line of a loaded snapshot of a sandbox's world.
//!
//! The lines of the world that the snapshot has replaced stay in the audit. This line says up to which line the audit is about the loaded world.

use crate::{AuditEntry, AuditId, AuditLine};

const LOADED: &str = "load snapshot";
const UP_TO: &str = "the world of line ";

impl AuditEntry {
    /// A snapshot of this name was loaded; the last line of its world is `up_to`, 0 if it has none.
    pub fn snapshot_loaded(name: &str, up_to: i64) -> Self {
        Self::new(LOADED, name, &format!("{UP_TO}{up_to}"))
    }
}

impl AuditLine {
    /// The last line of the world that this line has loaded; `None`: it has loaded none.
    pub fn loaded_world(&self) -> Option<AuditId> {
        if &*self.action != LOADED {
            return None;
        }
        self.detail.strip_prefix(UP_TO)?.parse().ok().map(AuditId)
    }
}
