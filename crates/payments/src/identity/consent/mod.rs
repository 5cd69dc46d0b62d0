//! Consent: a bank user lets a client use deposits, on a page or by a code in an SMS (finnotech.md 2.2–2.4).
//!
//! ```text
//! asked ─┬─(page)─► logged in ──► allowed: a code ──► exchanged: a grant
//!        ├─(SMS)──► verified:    a code ──► exchanged: a grant
//!        └─► denied, out of tries, or out of time: gone
//! ```
//! Everything that a caller could guess is a keyed hash here: request, SMS code, code, cookie. A try of a password is counted before the password is
//! compared, and one of an SMS code in the decision that compares it, so that parallel guesses get no more tries than sequential ones.

mod allow;
mod ask;
mod auth_code;
mod deny;
mod exchange;
mod give_code;
mod living;
mod log_in;
mod row;
mod take_try;
mod verify;

pub use allow::{AllowConsent, NotAllowed};
pub use ask::{AskBySms, AskConsent, NotAsked};
pub use auth_code::AuthCode;
pub use deny::DenyConsent;
pub use exchange::{ExchangeCode, NoBank, NotExchanged};
pub use living::NoConsent;
pub use log_in::{LogIn, LogInLost};
pub use row::{CONSENT_REMEMBERED_MS, Consent, PAGE_LIFE_MS, SMS_LIFE_MS};
pub use take_try::{MAX_PAGE_TRIES, MAX_USER_TRIES, NotTried, TryLogIn};
pub use verify::{MAX_SMS_TRIES, NotVerified, VerifyConsentCode};
