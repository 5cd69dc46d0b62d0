//! Loaded rows, and what decisions changed in them.
//!
//! One line of `tables!` declares a table to decisions; the store declares its columns.

mod alarm;
mod attempt;
mod denial;
mod find;
mod ids;
mod rows;
mod tables;

pub use alarm::Alarm;
pub use denial::Denial;
pub use find::Find;
pub use ids::{FIRST_ID, Ids};
pub use rows::Rows;
pub use tables::{Keys, View};
