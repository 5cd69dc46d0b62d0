//! Clients of the Finnotech dialect.

mod register;
mod row;

pub use register::{ClientRefusal, RegisterClient};
pub use row::{Client, ClientId};
