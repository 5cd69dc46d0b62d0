//! Dated rules of the rails, from a rule set file. Compiled in; a file of the same form overrides them.

use serde::Deserialize;

use crate::{Bank, Now};

/// The rule set that says exactly what the transferTo page says.
const DOCUMENTED: &str = include_str!("../rules/documented.toml");

/// A rule set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Amounts up to and including this go to another bank by paya, above it by satna. Rials.
    pub paya_max: i64,
    closed_internal: Vec<Window>,
}

/// Wall clock times `[from, to)` in seconds of the day at which a destination bank takes no transfers of a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Window {
    bank: Bank,
    from_second: u32,
    to_second: u32,
}

/// A rule set file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Not the form of a rule set; the text names line and key.
    #[error("rule set: {0}")]
    Form(#[from] toml::de::Error),
    /// A value that means nothing.
    #[error("rule set: {key} = {value:?} is not {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What should.
        expected: &'static str,
    },
}

impl Rules {
    /// The rule set `documented`.
    ///
    /// # Errors
    /// None, as long as the file compiled in has the form that its test checks.
    pub fn documented() -> Result<Self, RulesError> {
        Self::parse(DOCUMENTED)
    }

    /// Reads a rule set file.
    ///
    /// # Errors
    /// The text is not of the form of a rule set.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let file: File = toml::from_str(text)?;
        let mut closed_internal = Vec::new();
        for window in file.closed_window.iter().filter(|window| window.service == "internal_transfer") {
            closed_internal.push(Window {
                bank: Bank::from_code(&window.dest_bank).ok_or_else(|| RulesError::Value {
                    key: "dest_bank",
                    value: window.dest_bank.clone(),
                    expected: "a bank code",
                })?,
                from_second: second_of_day("from", &window.from)?,
                to_second: second_of_day("to", &window.to)?,
            });
        }
        Ok(Self { paya_max: file.limits.paya_max, closed_internal })
    }

    /// Whether internal transfers to accounts of `bank` are shut at this moment.
    pub fn internal_is_shut(&self, bank: Bank, now: &Now) -> bool {
        let inside = |window: &Window| (window.from_second..window.to_second).contains(&now.second_of_day);
        self.closed_internal.iter().any(|window| window.bank == bank && inside(window))
    }
}

fn second_of_day(key: &'static str, text: &str) -> Result<u32, RulesError> {
    let wrong = || RulesError::Value { key, value: text.to_owned(), expected: "a time HH:MM up to 24:00" };
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let (hours, minutes): (u32, u32) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
    let seconds = hours * 3600 + minutes * 60;
    if minutes > 59 || seconds > 86_400 { Err(wrong()) } else { Ok(seconds) }
}

/// The parts of a rule set file that decisions use.
#[derive(Deserialize)]
struct File {
    limits: Limits,
    #[serde(default)]
    closed_window: Vec<ClosedWindow>,
}

#[derive(Deserialize)]
struct Limits {
    paya_max: i64,
}

#[derive(Deserialize)]
struct ClosedWindow {
    service: String,
    dest_bank: String,
    from: String,
    to: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_transfers_to_ayandeh_pause_from_2354_to_midnight() {
        // 001_93708b081566bf63.txt: no internal transfers 23:54–00:00.
        let rules = Rules::documented().unwrap();
        let at = |second_of_day| Now { second_of_day, ..Now::at(0).unwrap() };
        for (second, bank, shut) in [
            (23 * 3600 + 53 * 60 + 59, Bank::AYANDEH, false),
            (23 * 3600 + 54 * 60, Bank::AYANDEH, true),
            (24 * 3600 - 1, Bank::AYANDEH, true),
            (0, Bank::AYANDEH, false),
            (23 * 3600 + 54 * 60, Bank::PARSIAN, false),
        ] {
            assert_eq!(rules.internal_is_shut(bank, &at(second)), shut, "{second} {bank}");
        }
        assert_eq!(rules.paya_max, 500_000_000);
    }

    #[test]
    fn a_rule_set_with_a_wrong_time_or_bank_is_refused_by_name() {
        for (from, bank, named) in [("25:00", "062", "from"), ("23:54", "067", "dest_bank"), ("noon", "062", "from")] {
            let text = format!(
                "[limits]\npaya_max = 1\n[[closed_window]]\nservice = \"internal_transfer\"\ndest_bank = \"{bank}\"\nfrom = \"{from}\"\nto = \"24:00\"\n"
            );
            assert!(Rules::parse(&text).unwrap_err().to_string().contains(named));
        }
    }
}
