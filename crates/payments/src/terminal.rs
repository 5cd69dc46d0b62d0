//! Telephone gateways of merchants: whoever names one is paid through it.

use ledger::{Account, AccountId, AccountKind};

use crate::view::{Keys, View};
use crate::{Outcome, Refusal, Text};

/// A merchant's telephone gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// Its id, which names it in calls: `sequence`.
    pub sequence: Text,
    /// What payers are told whom they pay.
    pub merchant: Text,
    /// The merchant's account in the ledger.
    pub account: AccountId,
    /// Whether it takes payments no more.
    pub disabled: bool,
}

/// Makes a terminal, or changes its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterTerminal {
    /// The record; its account is given when it is made.
    pub terminal: Terminal,
    /// Whether a terminal of that id must, or must not, exist.
    pub replace: bool,
}

impl RegisterTerminal {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.terminals.push(Text::clone(&self.terminal.sequence));
    }

    pub(crate) fn decide(&self, view: &mut View) -> Result<Outcome, Refusal> {
        let known = view.terminals.get(&self.terminal.sequence).map(|terminal| terminal.account);
        let account = match (known, self.replace) {
            (Some(_), false) => return Err(Refusal::TerminalExists),
            (None, true) => return Err(Refusal::TerminalUnknown),
            (Some(account), true) => account,
            (None, false) => {
                let account = AccountId(view.ids.take());
                view.books.open_account(Account::open(account, AccountKind::Merchant));
                account
            }
        };
        let terminal = Terminal { account, ..self.terminal.clone() };
        view.terminals.put(Text::clone(&terminal.sequence), terminal);
        Ok(Outcome::Done)
    }
}
