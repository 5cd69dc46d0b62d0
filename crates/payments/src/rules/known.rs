//! The compiled-in rule sets, and reading other ones.

use super::file;
use crate::{Rules, RulesError};

/// The rules of the transferTo page, and no others.
pub(super) const DOCUMENTED: &str = include_str!("../../rules/documented.toml");
/// The rules of the rails for 1405 and 1406 as far as they are public, and the holidays of these years.
const OF_1405: &str = include_str!("../../rules/1405.toml");
const HOLIDAYS_OF_1405: &str = include_str!("../../rules/holidays_1405_1406.csv");

impl Rules {
    /// The rule set `documented`.
    ///
    /// # Errors
    /// The compiled-in file is malformed, which a test rules out.
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

    /// Reads a rule set file; `holidays` reads the table of holidays that it names.
    ///
    /// # Errors
    /// The text is not a valid rule set, or the table of holidays cannot be used.
    pub fn parse(text: &str, holidays: impl FnOnce(&str) -> Result<String, String>) -> Result<Self, RulesError> {
        file::parse(text, holidays)
    }
}
