//! Banks' users, who can log in and consent.

mod register;
mod row;

pub use register::{RegisterUser, UserRefusal};
pub use row::BankUser;
