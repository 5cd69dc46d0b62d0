//! Deposits: customers' accounts at the hosted banks, their numbers, and the operators' commands on them.

mod account_number;
mod open;
mod place_hold;
mod release_hold;
mod row;
mod set_account_status;

pub use account_number::{AccountNumber, Destination, Iban};
pub use open::{DepositRefusal, OpenDeposit};
pub use place_hold::{HoldRefusal, PlaceHold};
pub(crate) use release_hold::accounts_of;
pub use release_hold::{HoldUnknown, ReleaseHold};
pub use row::{Deposit, DepositKey, full_name};
pub(crate) use set_account_status::set_account_status;
pub use set_account_status::{AccountStatusRefusal, SetAccountStatus};
