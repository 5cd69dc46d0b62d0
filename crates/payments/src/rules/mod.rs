//! Dated rules of the rails, from a rule set file. Two sets are compiled in; a file of the same form overrides them.

mod file;
mod known;
mod set;

pub use set::{Limits, PayaCycle, Rules, RulesError};
