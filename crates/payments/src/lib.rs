//! What the platforms do, as pure decisions over loaded rows.
//!
//! Shape: a [`Command`] names the rows it needs ([`Command::keys`], then [`Command::more_keys`]), and [`Command::decide`]
//! turns it and the loaded [`View`] into an [`Outcome`] or a [`Refusal`]; changed rows stay in the view for the store.
//! Absent: clocks, randomness, I/O, SQL, wire names. Same inputs, same rows.

/// A text that is shared rather than copied: orders echo what requests and deposits say.
pub type Text = std::sync::Arc<str>;

mod account_number;
mod bank;
mod calendar;
mod client;
mod clock;
mod command;
mod counters;
mod deposit;
mod hold;
mod job;
mod oauth;
mod order;
mod refusal;
mod rules;
mod transfer;
mod view;

pub use account_number::{AccountNumber, Destination, Iban};
pub use bank::Bank;
pub use calendar::{CivilDate, Now, PARSE_RANGE, tehran_midnight_ms, tehran_ms};
pub use client::{Client, ClientId, RegisterClient};
pub use clock::{Back, ClockMode, MoveClock};
pub use command::{Command, Outcome};
pub use counters::{BankDay, BankDayKey, GrantMonth, GrantMonthKey};
pub use deposit::{Deposit, DepositKey, OpenDeposit, SetGate, nostro};
pub use hold::{PlaceHold, ReleaseHold};
pub use job::{Job, JobId, JobKind, RunJob};
pub use oauth::{
    AccessToken, Digest, Grant, GrantId, GrantKind, IssueGrant, RefreshGrant, RefreshToken, RevokeToken, granted_scopes,
};
pub use order::{Order, OrderId, OrderKey, OrderState, Route};
pub use refusal::{Field, Refusal};
pub use rules::{Limits, PayaCycle, Rail, Rules, RulesError};
pub use transfer::{Ends, Given, NameField, SubmitTransfer};
pub use view::{FIRST_ID, Ids, Keys, Rows, View};
