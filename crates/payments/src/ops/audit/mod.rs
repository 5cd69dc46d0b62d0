//! Commands of operators: what is done is written with who did it, in one commit.
//!
//! Shape: an [`OperatorCommand`] says what the audit tells of it, which row it replaces and how much money it creates; [`Audited`] runs it for an
//! author and writes the line.
//! Order of refusals: the version of the row, the day's money, the command's own.
//! Absent: lines of what is refused. The caller writes them, since a refusal leaves nothing behind.

mod audited;
mod entry;
mod line;
mod operator_command;
mod with_line;
mod write;

pub use audited::{Audited, AuditedRefusal, Replaced};
pub use entry::AuditEntry;
pub(crate) use entry::rials;
pub use line::{AuditId, AuditLine};
pub use operator_command::OperatorCommand;
pub use with_line::WithAuditLine;
pub use write::WriteAuditLine;
