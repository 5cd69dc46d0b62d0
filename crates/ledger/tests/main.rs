//! Tests of the ledger: a table of refusals, and random sequences against a model.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod changes;
mod model;
mod refusals;
