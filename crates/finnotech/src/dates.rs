//! Dates and times in parameters (finnotech.md 1.2), and the periods of reports.

use payments::{CivilDate, Now, tehran_midnight_ms};
use text::date::{self, Date, Times, Years};
use wire::finnotech::errors::{self as table, Failure};

/// Maximum number of days of a statement, counting both ends.
pub const WINDOW_DAYS: i32 = 31;
pub const DAY_SECONDS: i64 = 86_400;
/// Days of a report without dates.
const REPORT_DAYS: i32 = 30;

/// A Jalali date without a time. Two-digit years 50–99 are 13xx, the others 14xx.
pub fn date(text: &str) -> Option<CivilDate> {
    civil(date::date(text, Years::TwoOrFour, Times::Refused)?)
}

fn civil(date: Date) -> Option<CivilDate> {
    CivilDate::new(date.year, date.month, date.day)
}

/// The second of the day in `HHMMSS`, or with `:` between the parts.
pub fn second_of_day(text: &str) -> Option<i64> {
    let is_whole = text.len() == 6 || text.contains(':');
    date::second_of_day(text).filter(|_| is_whole).map(i64::from)
}

/// The days of a statement: both dates or neither, in order, at most [`WINDOW_DAYS`]; without dates, the last [`WINDOW_DAYS`].
///
/// # Errors
/// Names the parameter that is missing or wrong.
pub fn window(from: Option<&str>, to: Option<&str>, now: &Now) -> Result<(CivilDate, CivilDate), Failure> {
    let from = from.map(|text| date(text).ok_or_else(|| table::invalid("fromDate"))).transpose()?;
    let to = to.map(|text| date(text).ok_or_else(|| table::invalid("toDate"))).transpose()?;
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from, to),
        (Some(_), None) => return Err(table::required("toDate")),
        (None, Some(_)) => return Err(table::required("fromDate")),
        (None, None) => (now.date.plus_days(1 - WINDOW_DAYS).unwrap_or(now.date), now.date),
    };
    let days = to.days_since(from).ok_or_else(|| table::invalid("toDate"))?;
    if (0..WINDOW_DAYS).contains(&days) { Ok((from, to)) } else { Err(table::invalid("toDate")) }
}

/// A period in milliseconds of Unix time; its end is excluded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub from_ms: i64,
    pub to_ms: i64,
}

/// Whether the date parameters of a report may have a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Without a time.
    Date,
    /// With a time or without one.
    DateOrTime,
}

/// The period of a report. One date alone leaves the other end open; without dates it is the last thirty days. A date without a time means its whole
/// day.
///
/// # Errors
/// Names the parameter that is wrong.
pub fn span(from: Option<&str>, to: Option<&str>, form: Form, now: &Now) -> Result<Span, Failure> {
    let end = |text: &str, form: Form, name: &'static str, last: bool| {
        let times = if form == Form::DateOrTime { Times::Taken } else { Times::Refused };
        let read = date::date(text, Years::TwoOrFour, times);
        let second = read.map(|read| match read.second {
            Some(second) => i64::from(second) + i64::from(last),
            None if last => DAY_SECONDS,
            None => 0,
        });
        let day = read.and_then(civil);
        let midnight = day.and_then(tehran_midnight_ms);
        midnight.zip(second).map(|(midnight, second)| midnight + second * 1_000).ok_or_else(|| table::invalid(name))
    };
    let from_ms = from.map(|text| end(text, form, "fromDate", false)).transpose()?;
    let to_ms = to.map(|text| end(text, form, "toDate", true)).transpose()?;
    if from_ms.zip(to_ms).is_some_and(|(from_ms, to_ms)| from_ms >= to_ms) {
        return Err(table::invalid("toDate"));
    }
    let default = || now.date.plus_days(1 - REPORT_DAYS).and_then(tehran_midnight_ms).unwrap_or(i64::MIN);
    Ok(Span {
        from_ms: from_ms.unwrap_or_else(|| if to_ms.is_some() { i64::MIN } else { default() }),
        to_ms: to_ms.unwrap_or(i64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_six_and_eight_digits_must_exist_in_the_calendar() {
        // finnotech.md 1.2.
        let found = |text: &str| date(text).map(|date| date.long());
        for (text, expected) in [
            ("050830", Some(14_050_830)),
            ("14050830", Some(14_050_830)),
            ("991229", Some(13_991_229)),
            ("500101", Some(13_500_101)),
            ("490101", Some(14_490_101)),
            ("14041230", None),
            ("14051301", None),
            ("1405083", None),
            ("1405/08/30", Some(14_050_830)),
            ("05-08-30", Some(14_050_830)),
            ("1405.08.30", Some(14_050_830)),
            ("1405-8-30", Some(14_050_830)),
            ("1405/1/1", Some(14_050_101)),
            ("1405 08 30", Some(14_050_830)),
            ("/05/0830", None),
            ("--", None),
            ("20261121", None),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn times_are_six_digits_of_a_day() {
        for (text, expected) in [
            ("110000", Some(39_600)),
            ("235959", Some(86_399)),
            ("23:59:59", Some(86_399)),
            ("240000", None),
            ("116000", None),
            ("1100", None),
            ("11", None),
        ] {
            assert_eq!(second_of_day(text), expected, "{text}");
        }
    }

    #[test]
    fn a_report_s_span_is_whole_days_open_on_the_side_that_is_not_given() {
        // finnotech.md 2.7 and 3.4. 1 Azar 1405 begins at 2026-11-21T20:30:00Z.
        let (day_ms, azar_ms) = (86_400_000, 1_795_293_000_000);
        let now = Now::at(azar_ms + 1).unwrap();
        let of = |from, to, form| span(from, to, form, &now).map(|span| (span.from_ms, span.to_ms));
        let (date, time) = (Form::Date, Form::DateOrTime);
        for (from, to, form, expected) in [
            (None, None, date, Ok((azar_ms - 29 * day_ms, i64::MAX))),
            (Some("050901"), None, date, Ok((azar_ms, i64::MAX))),
            (None, Some("050830"), date, Ok((i64::MIN, azar_ms))),
            (Some("14050901"), Some("14050901"), date, Ok((azar_ms, azar_ms + day_ms))),
            (Some("14050901000001"), Some("14050901000001"), time, Ok((azar_ms + 1_000, azar_ms + 2_000))),
            (Some("14050901000001"), None, date, Err("fromDate is invalid")),
            (Some("1405/09/01 00:00:01"), None, time, Ok((azar_ms + 1_000, i64::MAX))),
            (Some("1405/09/01 00:00:01"), None, date, Err("fromDate is invalid")),
            (Some("050901"), None, time, Ok((azar_ms, i64::MAX))),
            (Some("0509010"), None, time, Err("fromDate is invalid")),
            (Some("14050901"), Some("14050830"), time, Err("toDate is invalid")),
            (None, Some("14050931"), time, Err("toDate is invalid")),
            (None, Some("14050901250000"), time, Err("toDate is invalid")),
        ] {
            let found = of(from, to, form);
            let found = found.as_ref().map(|span| *span).map_err(|failure| &*failure.message);
            assert_eq!(found, expected, "{from:?} {to:?}");
        }
    }
}
