//! The POD dialect: its services, the payment gateway's pages, and the log-in service.
//!
//! Shape: [`services`] serves calls of programs; [`gateway`] serves the pages to which payers' links lead; [`sso`] logs users in and issues tokens to
//! businesses. Absent: SQL, outbound HTTP, rules of payments, other dialects.

mod app;
pub mod gateway;
mod payee;
pub mod services;
pub mod sso;
mod struck;

pub use app::{App, Shared};
pub use struck::struck;
