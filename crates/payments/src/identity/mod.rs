//! Clients, users of banks and parties, with their grants, consents, tokens and sessions; operators, with their tokens and second factors; and limits
//! on guessing a secret.

pub(crate) mod api_token;
pub(crate) mod bank_user;
pub(crate) mod client;
pub(crate) mod consent;
pub(crate) mod grant;
pub(crate) mod log_in_code;
pub(crate) mod operator;
pub(crate) mod operator_token;
mod refresh_retry;
pub(crate) mod second_factor;
pub(crate) mod session;
pub(crate) mod sso;
pub(crate) mod tries;

pub use refresh_retry::REFRESH_RETRY_MS;
