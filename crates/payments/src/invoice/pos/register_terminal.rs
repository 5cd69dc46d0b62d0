//! Registering a terminal of a shop, or moving it to another business.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, OperatorCommand, PartyUnknown, PosTerminal, Text, Versioned};

/// Registers a terminal of a shop, or replaces its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterPosTerminal {
    /// The new record.
    pub terminal: PosTerminal,
}

impl Command for RegisterPosTerminal {
    type Done = ();
    type Refusal = PartyUnknown;
    const NAME: &'static str = "RegisterPosTerminal";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.push(self.terminal.business);
        keys.pos_terminals.push(Text::clone(&self.terminal.number));
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<PartyUnknown>> {
        let business = view.parties.get(&self.terminal.business).and_then(|party| party.business());
        business.ok_or(PartyUnknown)?;
        view.pos_terminals.put(Text::clone(&self.terminal.number), self.terminal.clone());
        Ok(())
    }
}

impl OperatorCommand for RegisterPosTerminal {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("pos terminal", &self.terminal.number, "")
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let row = view.pos_terminals.get(&self.terminal.number);
        Some(Versioned::PosTerminal(row.map(|row| &**row)))
    }
}
