//! The range of time of a report, and how its ends are written.
//!
//! An end is an instant (RFC 3339), or a day or time in Tehran, in the Jalali calendar. A day as the last end is part of the range.

use edge::form::date;
use jiff::Timestamp;
use payments::{HALF_HOUR_MS, day_begin_ms, next_day_ms, tehran_ms};
use text::date::Times;

use crate::reply::Problem;

/// The longest range of a report in days: more than a year.
const MOST_DAYS: i64 = 400;
const DAY_MS: i64 = 86_400_000;
/// How an end may be written.
const FORMS: &str =
    "an instant like 2026-11-21T11:00:00+03:30, or a day or time in Tehran like 1405/08/30 or 1405/08/30 11:00";

/// Why a range cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadPeriod {
    /// The end in this field is neither an instant nor a day.
    Unreadable(&'static str),
    /// The end in this field is not the beginning of a half hour.
    NoHalfHour(&'static str),
    /// It ends before it begins, or where it begins.
    EndsBefore,
    /// It has more days than a report may have.
    TooLong,
}

impl BadPeriod {
    /// The field that is wrong.
    pub fn field(self) -> &'static str {
        match self {
            Self::Unreadable(field) | Self::NoHalfHour(field) => field,
            Self::EndsBefore | Self::TooLong => "to",
        }
    }
}

impl From<BadPeriod> for Problem {
    fn from(why: BadPeriod) -> Self {
        let field = why.field();
        match why {
            BadPeriod::Unreadable(_) => Self::invalid(field, FORMS),
            BadPeriod::NoHalfHour(_) => {
                Self::invalid(field, "the beginning of a half hour: a report counts whole half hours")
            }
            BadPeriod::EndsBefore => Self::invalid(field, "later than `from`"),
            BadPeriod::TooLong => Self::invalid(field, format!("a report is about {MOST_DAYS} days at most")),
        }
    }
}

/// A range of whole half hours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Period {
    /// The first instant, in milliseconds of Unix time.
    pub from_ms: i64,
    /// The first instant that is too late.
    pub to_ms: i64,
}

impl Period {
    /// The range between two ends; without a beginning, today, and without an end, until the end of today or of the first day.
    ///
    /// # Errors
    /// An end cannot be read or is not the beginning of a half hour, or the range is empty or too long.
    pub fn of(from: Option<&str>, to: Option<&str>, now_ms: i64) -> Result<Self, Problem> {
        Self::read(from, to, now_ms).map_err(Problem::from)
    }

    /// The same, with the reason as a value.
    ///
    /// # Errors
    /// See [`BadPeriod`].
    pub fn read(from: Option<&str>, to: Option<&str>, now_ms: i64) -> Result<Self, BadPeriod> {
        let instant_of = |field, text: &str, day| read_instant(text, day).ok_or(BadPeriod::Unreadable(field));
        let today_ms = day_begin_ms(now_ms);
        let from_ms = match from {
            None => today_ms,
            Some(text) => instant_of("from", text, Day::Begins)?,
        };
        let to_ms = match to {
            None => next_day_ms(from_ms.max(today_ms)),
            Some(text) => instant_of("to", text, Day::Ends)?,
        };
        for (field, at_ms) in [("from", from_ms), ("to", to_ms)] {
            if at_ms % HALF_HOUR_MS != 0 {
                return Err(BadPeriod::NoHalfHour(field));
            }
        }
        if to_ms <= from_ms {
            return Err(BadPeriod::EndsBefore);
        }
        if to_ms.saturating_sub(from_ms) > MOST_DAYS * DAY_MS {
            return Err(BadPeriod::TooLong);
        }
        Ok(Self { from_ms, to_ms })
    }

    /// Whether it is not longer than a day.
    pub fn is_day(&self) -> bool {
        self.to_ms <= next_day_ms(self.from_ms)
    }
}

/// What a day stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Day {
    /// Its first instant.
    Begins,
    /// The first instant after it.
    Ends,
}

/// The instant that a text names, in milliseconds of Unix time.
///
/// # Errors
/// The text of this field is neither an instant nor a day.
pub fn instant_of(field: &'static str, text: &str, day: Day) -> Result<i64, Problem> {
    read_instant(text, day).ok_or_else(|| Problem::invalid(field, FORMS))
}

fn read_instant(text: &str, day: Day) -> Option<i64> {
    // In a query, a `+` that is not escaped is a blank.
    let escaped = text.trim().replace(' ', "+");
    if let Ok(at) = escaped.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let (date, second) = date(text, Times::Taken)?;
    let at_ms = tehran_ms(date, second.unwrap_or(0))?;
    Some(if second.is_none() && day == Day::Ends { next_day_ms(at_ms) } else { at_ms })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    /// 30 Aban 1405, midnight in Tehran.
    const MIDNIGHT_MS: i64 = 1_795_246_200_000 - 11 * 3_600_000;

    #[test]
    fn a_range_has_its_last_day_and_begins_and_ends_with_a_half_hour() {
        let now_ms = MIDNIGHT_MS + 11 * 3_600_000 + 17;
        for (from, to, begins_ms, length_ms) in [
            (None, None, 0, DAY_MS),
            (Some("1405/08/30"), Some("1405/08/30"), 0, DAY_MS),
            (Some("14050829"), None, -DAY_MS, 2 * DAY_MS),
            (Some("۱۴۰۵/۰۸/۲۹"), Some("1405-09-01"), -DAY_MS, 3 * DAY_MS),
            (Some("1405/08/30 10:30"), Some("1405/08/30 11:00"), 21 * HALF_HOUR_MS, HALF_HOUR_MS),
            (Some("2026-11-21T00:00:00+03:30"), Some("2026-11-20T21:00:00Z"), 0, HALF_HOUR_MS),
            (Some("2026-11-21T00:00:00 03:30"), None, 0, DAY_MS),
        ] {
            let found = Period::of(from, to, now_ms).unwrap();
            assert_eq!((found.from_ms - MIDNIGHT_MS, found.to_ms - found.from_ms), (begins_ms, length_ms), "{from:?}");
            assert_eq!(found.is_day(), length_ms <= DAY_MS);
        }
        for (from, to, why) in [
            (Some("yesterday"), None, BadPeriod::Unreadable("from")),
            (Some("1405/13/01"), None, BadPeriod::Unreadable("from")),
            (None, Some("tomorrow"), BadPeriod::Unreadable("to")),
            (Some("1405/08/30 10:10"), None, BadPeriod::NoHalfHour("from")),
            (Some("1405/08/30"), Some("1405/08/28"), BadPeriod::EndsBefore),
            (Some("1403/01/01"), Some("1405/08/30"), BadPeriod::TooLong),
            (None, Some("2026-11-21T00:00:01Z"), BadPeriod::NoHalfHour("to")),
        ] {
            assert_eq!(Period::read(from, to, now_ms), Err(why), "{from:?} {to:?}");
            assert_eq!(Period::of(from, to, now_ms).unwrap_err().field(), Some(why.field()));
        }
    }
}
