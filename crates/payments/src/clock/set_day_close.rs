//! Turning the day close on or off.

use std::convert::Infallible;

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, DayClose, OperatorCommand, Versioned};

/// Turns the day close on or off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetDayClose {
    /// The new state.
    pub to: DayClose,
}

impl Command for SetDayClose {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "SetDayClose";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.day_closes.push(());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<Infallible>> {
        view.day_closes.put((), self.to);
        Ok(())
    }
}

impl OperatorCommand for SetDayClose {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("day close", "", if self.to.on { "on" } else { "off" })
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let row = view.day_closes.get(&()).map_or(DayClose { on: false }, |row| **row);
        Some(Versioned::DayClose(row))
    }
}
