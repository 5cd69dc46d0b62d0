//! Grants and their tokens.
//!
//! A grant is one issuance of a token with all its refreshes; it holds the rights. Tokens are only keyed hashes here: the row
//! decides, not the claims.

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
