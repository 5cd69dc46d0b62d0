//! The rule sets that are compiled in, and those that are read.

use super::file;
use crate::{Rules, RulesError};

/// What the transferTo page says, and nothing else.
pub(super) const DOCUMENTED: &str = include_str!("../../rules/documented.toml");
/// The rails as far as they are publicly known for 1405 and 1406, and their days off.
const OF_1405: &str = include_str!("../../rules/1405.toml");
const HOLIDAYS_OF_1405: &str = include_str!("../../rules/holidays_1405_1406.csv");

impl Rules {
    /// The rule set `documented`.
    ///
    /// # Errors
    /// None, as long as the file compiled in has the form that its test checks.
    pub fn documented() -> Result<Self, RulesError> {
        Self::parse(DOCUMENTED, |file| Err(format!("{file} is not asked for")))
    }

    /// The rule set `1405`.
    ///
    /// # Errors
    /// As [`Rules::documented`].
    pub fn of_1405() -> Result<Self, RulesError> {
        Self::parse(OF_1405, |_| Ok(HOLIDAYS_OF_1405.to_owned()))
    }

    /// Reads a rule set file; `holidays` reads the table of days off that it names.
    ///
    /// # Errors
    /// The text is not of the form of a rule set.
    pub fn parse(text: &str, holidays: impl FnOnce(&str) -> Result<String, String>) -> Result<Self, RulesError> {
        file::parse(text, holidays)
    }
}
