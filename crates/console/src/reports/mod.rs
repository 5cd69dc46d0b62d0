//! `/console/reports`: days, settlements, success, age, and the trial balance, with their files. Viewers may read all of them.

mod ageing;
mod days;
mod files;
mod settlements;
mod success;
mod trial_balance;

pub use ageing::show as ageing;
pub use days::show as days;
pub use files::{csv, ndjson};
pub use settlements::show as settlements;
pub use success::show as success;
pub use trial_balance::show as trial_balance;
