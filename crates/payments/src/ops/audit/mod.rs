//! Operators' commands and their audit lines, written in one commit.
//!
//! Shape: an [`OperatorCommand`] states its audit entry, the row that it replaces and the money that it creates; [`Audited`] runs it for an operator
//! and writes the line.
//! Order of refusals: version of the row, daily limit on created money, the command's own refusals.
//! Absent: lines for refused commands. A refusal writes no rows, so the caller writes such lines with [`WriteAuditLine`].

mod audited;
mod entry;
mod line;
mod operator_command;
mod snapshot;
mod with_line;
mod write;

pub use audited::{Audited, AuditedRefusal, Replaced};
pub use entry::AuditEntry;
pub(crate) use entry::rials;
pub use line::{AuditId, AuditLine};
pub use operator_command::OperatorCommand;
pub use with_line::WithAuditLine;
pub use write::WriteAuditLine;
