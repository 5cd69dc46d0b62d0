//! What the platforms do, as pure decisions over loaded rows.
//!
//! Shape: a [`Command`] names the rows it needs ([`Command::keys`], then [`Command::more_keys`]). [`Command::decide`] turns the command and the
//! loaded [`View`] into the caller's result or a refusal, and leaves the changed rows in the view for the store.
//! Absent: clocks, randomness, I/O, SQL, wire names. The same inputs give the same rows.

/// A text that is shared instead of copied: orders echo texts of requests and deposits.
pub type Text = std::sync::Arc<str>;

mod bank;
mod bon_card;
mod booking;
mod calendar;
mod clock;
mod command;
mod deposit;
mod digest;
mod identity;
mod invoice;
mod ops;
mod party;
mod payer_card;
mod phone;
mod ports;
mod refund_amount;
mod report;
mod rules;
mod suspense;
mod transfer;
mod view;
mod window;
mod wrong_tries;

pub use bank::Bank;
pub use bon_card::*;
pub use booking::{BookingRefusal, FEE_INCOME, SUSPENSE, clearing, nostro};
pub use calendar::{CivilDate, Now, PARSE_RANGE, tehran_midnight_ms, tehran_ms};
pub use clock::*;
pub use command::{At, Command, End, Measured};
pub use deposit::*;
pub use digest::Digest;
pub use identity::api_token::*;
pub use identity::bank_user::*;
pub use identity::client::*;
pub use identity::consent::*;
pub use identity::grant::*;
pub use identity::log_in_code::*;
pub use identity::operator::*;
pub use identity::operator_token::*;
pub use identity::second_factor::*;
pub use identity::session::*;
pub use identity::sso::*;
pub use identity::tries::*;
pub use identity::*;
pub use invoice::code::*;
pub use invoice::credit::*;
pub use invoice::gateway::*;
pub use invoice::link::*;
pub use invoice::pay::*;
pub use invoice::pos::*;
pub use invoice::voucher::*;
pub use invoice::*;
pub use ledger::Rial;
pub use ops::alert::*;
pub use ops::approval::*;
pub use ops::audit::*;
pub use ops::job::*;
pub use ops::message::*;
pub use ops::saved_filter::*;
pub use ops::seal::*;
pub use ops::*;
pub use party::*;
pub use payer_card::*;
pub use phone::*;
pub use ports::*;
pub use refund_amount::{RefundAmount, RefundAmountRefusal};
pub use report::*;
pub use rules::*;
pub use suspense::*;
pub use transfer::*;
pub use view::*;
