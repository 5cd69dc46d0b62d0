//! What stands in an audit line beside who and when.

use ledger::Rial;

use crate::Text;

/// What stands in an audit line beside who and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// One word.
    pub action: Text,
    /// A number or name.
    pub subject: Text,
    /// No secret, nothing that is hashed.
    pub detail: Text,
}

impl AuditEntry {
    /// An entry of these texts.
    pub fn new(action: &str, subject: &str, detail: &str) -> Self {
        let [action, subject, detail] = [action, subject, detail].map(Text::from);
        Self { action, subject, detail }
    }
}

/// An amount as the audit writes it.
pub(crate) fn rials(amount: Rial) -> String {
    format!("{} IRR", amount.get())
}
