//! A command that operators run.

use ledger::Rial;

use crate::view::View;
use crate::{AuditEntry, Command, Versioned};

/// A command that operators run and that is audited.
pub trait OperatorCommand: Command {
    /// The audit entry of the command.
    fn entry(&self) -> AuditEntry;

    /// The versioned row that the command replaces; `None`: it replaces none, or the row does not exist.
    fn replaces<'a>(&self, _view: &'a View) -> Option<Versioned<'a>> {
        None
    }

    /// Whether the entry already says what changes. If not, the names of the changed parts are added.
    fn entry_names_changes(&self) -> bool {
        false
    }

    /// The money that the command creates, in rials; zero if it creates none.
    fn creates(&self) -> Rial {
        Rial::ZERO
    }
}
