//! Codes that pay an invoice from its customer's wallet: sending by SMS, counting, and paying (pod.md 3.1, 3.4, 3.5, 7).
//!
//! A code has six digits. It cannot be guessed, because tries are counted on rows that a new code, invoice or caller does not reset
//! (second-edition 4.1).

mod code_count;
mod counting;
mod pay;
mod pay_by_sms;
mod pay_code;
mod send;

pub use code_count::{CodeCount, Counted};
pub(crate) use counting::{count_password, count_sending, count_wrong, is_closed, left_of_day, takes_password};
pub use pay::{CodeCall, PayWithCode};
pub use pay_by_sms::PayBySms;
pub use pay_code::{MAX_PAY_CODE_TRIES, PAY_CODE_LIFE_MS, PayCode};
pub use send::{CodeWritten, SendPaymentSms, SmsContent};
