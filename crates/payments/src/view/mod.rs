//! Loaded rows, and the changes that decisions make to them.
//!
//! One line of `tables!` makes a table available to decisions; its columns are declared beside its row (`schema::table!`).

mod alarm;
mod denial;
mod find;
mod ids;
mod rows;
mod savepoint;
mod tables;

pub use alarm::Alarm;
pub use denial::Denial;
pub use find::Find;
pub use ids::{FIRST_ID, Ids};
pub use rows::Rows;
pub use tables::{Keys, View};
