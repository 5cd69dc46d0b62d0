//! What the platforms call the refusals of decisions: codes and rows of their tables.
//!
//! Shape: one file a platform, one exhaustive match a type of refusal. Here are those that more than their dialect tells: the console, the operator
//! API, the payment page and the sandbox say the same code. What a dialect alone says is translated in the dialect.
//! Absent: HTTP, forms of replies.

pub mod finnotech;
pub mod paystar;
pub mod pod;
