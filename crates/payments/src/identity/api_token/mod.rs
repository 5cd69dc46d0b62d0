//! Tokens that authenticate a party.

mod issue;
mod revoke;
mod row;

pub use issue::{ApiTokenRefusal, IssueApiToken};
pub use revoke::{ApiTokenUnknown, RevokeApiToken};
pub use row::ApiToken;
