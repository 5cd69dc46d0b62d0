//! Adding a terminal of a shop that is not there yet.

use super::RegisterPosTerminal;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, PartyUnknown, PosTerminal};

/// Why a terminal is not added, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddPosTerminalRefusal {
    /// There is no such business.
    PartyUnknown,
    /// A terminal of that number exists.
    TerminalExists,
}

/// Adds a terminal; one that is there keeps its business.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddPosTerminal {
    /// The record.
    pub terminal: PosTerminal,
}

impl AddPosTerminal {
    fn register(&self) -> RegisterPosTerminal {
        RegisterPosTerminal { terminal: self.terminal.clone() }
    }
}

impl Command for AddPosTerminal {
    type Done = ();
    type Refusal = AddPosTerminalRefusal;
    const NAME: &'static str = "AddPosTerminal";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        self.register().keys(at, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<AddPosTerminalRefusal>> {
        let exists = view.pos_terminals.get(&self.terminal.number).is_some();
        let unknown = |denial: Denial<PartyUnknown>| denial.map(|PartyUnknown| AddPosTerminalRefusal::PartyUnknown);
        self.register().decide(view, at).map_err(unknown)?;
        if exists { Err(AddPosTerminalRefusal::TerminalExists.into()) } else { Ok(()) }
    }
}
