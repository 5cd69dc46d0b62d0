//! POD's dialect: its services, the payment gateway's pages, and the log-in service.
//!
//! Shape: [`services`] are calls of programs, one file a service; [`gateway`] is where payers' links lead; [`sso`] logs users in and gives businesses
//! their tokens. Absent: SQL, outbound HTTP, rules of payments, other dialects.

mod app;
pub mod gateway;
pub mod services;
pub mod sso;

pub use app::{App, Shared};
