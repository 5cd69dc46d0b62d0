//! Delegated credit: money that other parties let a party spend (pod.md 3.0).

mod book;
mod delegation;
mod give;
pub(crate) mod spend;

pub use book::CreditBook;
pub use delegation::{Credit, CreditId, Delegations, Leg, legs};
pub use give::{CreditRefusal, GiveCredit};
pub(crate) use spend::{available_funds, available_funds_keys, restore_credit, spent};
