//! Named tokens of the operators' API.
//!
//! Shape: an [`OperatorToken`] has a role, and a name that is never used again. It may belong to an operator, whose role then bounds its own. It ends
//! at its expiry or when it is revoked. The audit names it `api:` and its name.
//! The author of a token may have kept a copy of it: where two approvals are needed, author and token count as one.
//! Absent: the token itself. It is compared as a keyed hash.

mod issue;
mod make;
mod revoke;
mod row;

pub use issue::OperatorTokenRefusal;
pub use make::MakeOperatorToken;
pub use revoke::{RevokeOperatorToken, RevokeRefusal};
pub use row::{IssueOperatorToken, OperatorToken, TOKEN_AUTHOR};
