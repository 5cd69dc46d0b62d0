//! Creating a telephone gateway, or changing its record.

use ledger::{Account, AccountId, AccountKind};

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, OperatorCommand, Terminal, Text, Versioned};

/// Why a terminal's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TerminalRefusal {
    /// A terminal of that id exists.
    TerminalExists,
    /// There is no such terminal.
    TerminalUnknown,
}

/// Creates a terminal, or changes its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterTerminal {
    /// The record. The account of a new terminal is opened with it; a known terminal keeps its account.
    pub terminal: Terminal,
    /// Whether the terminal must exist already, or must not.
    pub replace: bool,
}

impl Command for RegisterTerminal {
    type Done = ();
    type Refusal = TerminalRefusal;
    const NAME: &'static str = "RegisterTerminal";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.terminals.push(Text::clone(&self.terminal.sequence));
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<TerminalRefusal>> {
        let known = view.terminals.get(&self.terminal.sequence).map(|terminal| terminal.account);
        let account = match (known, self.replace) {
            (Some(_), false) => return Err(TerminalRefusal::TerminalExists.into()),
            (None, true) => return Err(TerminalRefusal::TerminalUnknown.into()),
            (Some(account), true) => account,
            (None, false) => {
                let account = AccountId(view.ids.take());
                view.books.open_account(Account::open(account, AccountKind::Merchant));
                account
            }
        };
        let terminal = Terminal { account, ..self.terminal.clone() };
        view.terminals.put(Text::clone(&terminal.sequence), terminal);
        Ok(())
    }
}

impl OperatorCommand for RegisterTerminal {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("terminal", &self.terminal.sequence, if self.terminal.disabled { "disabled" } else { "" })
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.terminals.get(&self.terminal.sequence).map(|row| Versioned::Terminal(row))
    }
}
