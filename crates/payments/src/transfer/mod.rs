//! Bank transfers.

mod submit;

pub use submit::{Ends, Given, NameField, SubmitTransfer};
