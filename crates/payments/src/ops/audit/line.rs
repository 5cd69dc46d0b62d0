//! The row of an audit line (table `audit_line`).

use schema::table;

use crate::Text;

/// An audit line's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AuditId(pub i64);

/// A record of something that an operator or a token did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditLine {
    /// The line's number.
    pub id: AuditId,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The operator or token.
    pub by: Text,
    /// What was done, in a few words, such as `close job`.
    pub action: Text,
    /// What it was done to: a number or a name.
    pub subject: Text,
    /// Details for the reader; never a secret.
    pub detail: Text,
}

table! {
    AuditLine = "audit_line",
    key |k: AuditId| { id: *k },
    of |r| r.id,
    row |r| { id: r.id, at_ms: r.at_ms, operator: r.by, action: r.action, subject: r.subject, detail: r.detail },
    make AuditLine { id, at_ms, by: operator, action, subject, detail }
}
