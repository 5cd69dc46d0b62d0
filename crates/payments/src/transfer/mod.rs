//! Bank transfers.

mod submit;

pub use submit::{Given, NameField, SubmitTransfer};
