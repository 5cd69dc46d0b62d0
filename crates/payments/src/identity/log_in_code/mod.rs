//! Codes that log parties in, sent to their mobile numbers (pod.md 2.2).

mod ask;
mod log_in;
mod row;

pub use ask::AskLogInCode;
pub use log_in::{LogInByCode, NotLoggedIn};
pub use row::{LOG_IN_CODE_MS, LogInCode};
