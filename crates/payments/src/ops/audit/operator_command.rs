//! A command that operators run.

use ledger::Rial;

use crate::view::View;
use crate::{AuditEntry, Command, Versioned};

/// A command that operators run.
pub trait OperatorCommand: Command {
    /// What the audit says of it.
    fn entry(&self) -> AuditEntry;

    /// The row that it replaces, if it is there; it has a version.
    fn replaces<'a>(&self, _view: &'a View) -> Option<Versioned<'a>> {
        None
    }

    /// Whether its entry says by itself what changes. Otherwise the names of the changed parts are added.
    fn tells_changes(&self) -> bool {
        false
    }

    /// The money that it creates.
    fn creates(&self) -> Rial {
        Rial::ZERO
    }
}
