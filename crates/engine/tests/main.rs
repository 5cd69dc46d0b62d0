//! The engine over each store.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod cards;
mod common;

mod chain_checks;
mod clock;
mod differential;
mod engine;
mod isolation;
mod networks;
mod sealing;
