//! A command with a fixed audit line, such as a sign-in.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Text};

/// A command and an audit line in the same commit, such as a sign-in. A refused command leaves no line.
#[derive(Clone, Debug)]
pub struct WithAuditLine<C> {
    /// The author of the line.
    pub by: Text,
    /// The audit entry.
    pub entry: AuditEntry,
    /// The command.
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
