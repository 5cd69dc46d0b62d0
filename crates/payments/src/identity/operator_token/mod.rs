//! Named tokens of the operator's API.
//!
//! Shape: an [`OperatorToken`] has a name for ever and a role; it may belong to an operator, whose role bounds its own. It ends by itself, or is
//! revoked. In the audit it is `api:` and its name.
//! Who has made a token may have kept it: the two are one where two are needed, for as long as the token lives.
//! Absent: the token itself. It is compared as a hash.

mod issue;
mod make;
mod revoke;
mod row;

pub use issue::OperatorTokenRefusal;
pub use make::MakeOperatorToken;
pub use revoke::{RevokeOperatorToken, RevokeRefusal};
pub use row::{IssueOperatorToken, OperatorToken, TOKEN_AUTHOR};
