//! How texts are compared, and how numbers are read that people, phones and other programs have written.

pub mod date;
mod folding;
mod mark;
pub mod number;

pub use folding::{fold, is_direction_mark};
pub use mark::without_mark;
