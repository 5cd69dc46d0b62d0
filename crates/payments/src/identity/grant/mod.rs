//! Grants and their access and refresh tokens.
//!
//! A grant is one issuance of tokens with all its refreshes, and holds the rights. A token's row is its keyed hash and the number of its grant:
//! rights are read from the rows, not from the claims in the token.

mod issue;
mod pair;
mod refresh;
mod revoke;
mod row;
mod terms;
mod token;

pub use issue::{IssueGrant, NotIssued};
pub(crate) use pair::put_pair;
pub use refresh::{NotRenewed, RefreshGrant};
pub use revoke::{NoLiveToken, RevokeToken};
pub use row::{Grant, GrantId, GrantKind, TOKENS_REMEMBERED_MS};
pub use terms::{granted_scopes, life_ms, limit_within};
pub use token::{AccessToken, RefreshToken};
