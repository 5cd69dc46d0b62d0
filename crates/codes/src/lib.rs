//! The platforms' codes and error rows for refusals.
//!
//! Shape: one file a platform, one exhaustive match a type of refusal. The matches here are those that others than the dialect need, too: the console,
//! the operator API, the payment page and the sandbox report the same code. A refusal that only a dialect reports is translated in the dialect.
//! Absent: HTTP, the form of replies.

pub mod finnotech;
pub mod paystar;
pub mod pod;
