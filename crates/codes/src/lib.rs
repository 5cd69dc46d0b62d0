//! The platforms' codes and error rows for refusals.
//!
//! Shape: one file per platform, one exhaustive match per type of refusal. The matches here are those that other crates than the dialect need too:
//! the console, the operator API, the payment page and the sandbox report the same code. A refusal that only a dialect reports is translated in the
//! dialect.
//! Absent: HTTP, the form of replies.

pub mod finnotech;
pub mod paystar;
pub mod pod;
