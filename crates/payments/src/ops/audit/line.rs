//! The row of a line of the audit.

use schema::table;

use crate::Text;

/// An audit line's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AuditId(pub i64);

/// Something that an operator did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditLine {
    /// Its number.
    pub id: AuditId,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Who.
    pub by: Text,
    /// What, in one word.
    pub action: Text,
    /// With what: a number or name.
    pub subject: Text,
    /// More, for the reader; no secret.
    pub detail: Text,
}

table! {
    AuditLine = "audit_line",
    key |k: AuditId| { id: *k },
    of |r| r.id,
    row |r| { id: r.id, at_ms: r.at_ms, operator: r.by, action: r.action, subject: r.subject, detail: r.detail },
    make AuditLine { id, at_ms, by: operator, action, subject, detail }
}
