//! Tokens of users for businesses: consent, a code after a log-in, a token, its refreshes (pod.md 2.2, second-edition.md 4.3).
//!
//! ```text
//! consent ──► code (60 s, once) ──► access (900 s) + refresh (30 days) ──► the next pair of the same family ──► …
//! ```
//! A token depends on four rows: its family, the consent, the user and the client. It is invalid when the family or the consent is gone, when the
//! user has another password or is disabled, or when the client is disabled.
//! Because replies are lost, a used refresh token gives its successor again for a minute; a later use ends the family.
//! Absent: the tokens. Rows hold keyed hashes; the edge derives a new refresh token from the one before it.

mod check;
mod code;
mod consent;
mod exchange_code;
mod family;
mod give_code;
mod grant;
mod refresh;
mod refresh_token;
mod revoke;
mod scope;
mod tokens;
mod withdraw_consent;

pub use code::{SSO_CODE_MS, SsoCode};
pub use consent::{SsoConsent, SsoConsentId, SsoConsentKey, StandingPermission, StandingTerms};
pub use exchange_code::{CodeRefused, ExchangeSsoCode};
pub use family::{SsoFamily, SsoFamilyId};
pub use give_code::{ConsentBasis, GiveSsoCode, NoCode};
pub use grant::SsoGrant;
pub use refresh::{RefreshRefused, RefreshSso};
pub use refresh_token::SsoRefresh;
pub use revoke::RevokeSsoToken;
pub use scope::{Scope, Scopes};
pub(crate) use scope::{named, names_of};
pub use tokens::{NewTokens, SSO_ACCESS_MS, SSO_REFRESH_MS};
pub use withdraw_consent::{NoSuchConsent, WithdrawSsoConsent};
