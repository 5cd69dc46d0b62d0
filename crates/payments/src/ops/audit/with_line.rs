//! Any command, and a line beside it.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Text};

/// Any command, and a line beside it in the same commit: a sign-in.
#[derive(Clone, Debug)]
pub struct WithAuditLine<C> {
    /// Who.
    pub by: Text,
    /// What is written.
    pub entry: AuditEntry,
    /// What is done.
    pub command: C,
}

impl<C: Command> Command for WithAuditLine<C> {
    type Done = C::Done;
    type Refusal = C::Refusal;
    const NAME: &'static str = C::NAME;

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        self.command.keys(at, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        self.command.more_keys(view, at, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Self::Done, Denial<Self::Refusal>> {
        let done = self.command.decide(view, at)?;
        self.entry.clone().line(&self.by, view, at);
        Ok(done)
    }
}
