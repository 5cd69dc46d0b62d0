//! Dated rules of the rails, read from a rule set file. Two rule sets are compiled in; an operator can use a file of the same format instead.

mod file;
mod known;
mod set;

pub use set::{Limits, PayaCycle, Rules, RulesError};
