//! The content of an audit line, without author and time.

use ledger::Rial;

use crate::Text;

/// The content of an audit line, without author and time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// What was done, in a few words, such as `close job`.
    pub action: Text,
    /// What it was done to: a number or a name.
    pub subject: Text,
    /// Details for the reader. Never contains a secret, or a value that is stored only as a hash.
    pub detail: Text,
}

impl AuditEntry {
    /// The same with the reason that an operator gave.
    pub fn because(self, reason: &str) -> Self {
        let detail =
            if self.detail.is_empty() { Text::from(reason) } else { Text::from(format!("{}: {reason}", self.detail)) };
        Self { detail, ..self }
    }

    /// An entry of these texts.
    pub fn new(action: &str, subject: &str, detail: &str) -> Self {
        let [action, subject, detail] = [action, subject, detail].map(Text::from);
        Self { action, subject, detail }
    }
}

/// An amount in the form of audit lines.
pub(crate) fn rials(amount: Rial) -> String {
    format!("{} rials", amount.get())
}
