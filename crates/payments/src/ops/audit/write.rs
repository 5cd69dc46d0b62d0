//! Writing an audit line alone, for something that was refused or that another commit has done.

use std::convert::Infallible;

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, AuditId, AuditLine, Command, Text};

impl AuditEntry {
    /// Writes the entry as a line of this author, at the current time.
    pub(super) fn line(self, by: &Text, view: &mut View, at: At<'_>) {
        let (id, Self { action, subject, detail }) = (AuditId(view.ids.take()), self);
        let (at_ms, by) = (at.now.at_ms, Text::clone(by));
        view.audit_lines.put(id, AuditLine { id, at_ms, by, action, subject, detail });
    }
}

/// Writes an audit line alone, for something that was refused or that another commit has done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteAuditLine {
    /// The author of the line.
    pub by: Text,
    /// The audit entry.
    pub entry: AuditEntry,
}

impl Command for WriteAuditLine {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "WriteAuditLine";

    fn keys(&self, _at: At<'_>, _keys: &mut Keys) {}

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<Infallible>> {
        self.entry.clone().line(&self.by, view, at);
        Ok(())
    }
}
