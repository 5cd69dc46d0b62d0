//! Comparing texts, isolating their directions, and reading the numbers and dates that people, phones and other programs write.

pub mod date;
mod folding;
mod isolation;
mod mark;
pub mod number;

pub use folding::{fold, is_direction_mark};
pub use isolation::{in_persian, isolated, marked};
pub use mark::without_mark;
