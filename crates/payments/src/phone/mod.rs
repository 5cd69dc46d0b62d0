//! Payments by telephone: a card, a one-time password, a merchant's order (paystar.md).
//!
//! `order`, `otp_request` and `terminal` have the rows; `merchant` is the port to the systems that know a caller's bill. Each command has a file.

mod ask;
mod inquire;
mod merchant;
mod order;
mod otp_request;
mod pay;
mod refund;
mod register_terminal;
mod shared;
mod terminal;

pub use ask::{AskPhoneOtp, Asked};
pub use inquire::InquirePhoneOrder;
pub use merchant::{BillSource, FutureBill, NoBill, PhoneBill, PhoneCall};
pub use order::{AskedFor, PHONE_ORDER_KEPT_MS, PhoneEnd, PhoneOrder, PhoneOrderId, PhoneOrderKey, PhonePayment};
pub use otp_request::{PhoneOtpRequest, PhoneOtpRequestId};
pub use pay::{PayByPhone, Payee};
pub use refund::{RefundPhonePayment, RefundPhoneRefusal};
pub use register_terminal::{RegisterTerminal, TerminalRefusal};
pub use terminal::Terminal;
