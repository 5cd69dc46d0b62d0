//! The ledger against a model of it.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod model;
mod refusals;
