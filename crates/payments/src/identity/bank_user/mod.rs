//! Users of banks, who log in on the consent page and consent there.

mod register;
mod row;

pub use register::{RegisterUser, UserRefusal};
pub use row::BankUser;
