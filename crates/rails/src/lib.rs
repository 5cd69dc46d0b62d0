//! What leaves the process: the payment networks.
//!
//! Shape: implementations of the ports in `payments`. Absent: the store, and what the house does with an answer.

mod ccti;
mod embedded;
mod sms;

pub use ccti::Ccti;
pub use embedded::Embedded;
pub use sms::{Inbox, NoSms};
