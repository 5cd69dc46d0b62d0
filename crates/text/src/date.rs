//! Dates of the Jalali calendar as people and other programs write them (second-edition.md 1.1); the same for all platforms.
//!
//! Year, month and day stand with `/`, `-`, `.` or blanks between them, or together as eight digits (six with a year of two); apart, months and days
//! have one digit or two. A time stands after a blank (`10`, `10:11`, `10:11:12`, `101112`), or as six digits right after the eight.
//! Absent: the calendar. Whether such a day exists is checked by the caller.

use crate::number::{is_digits, numeral};

/// A day and, optionally, a second of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Date {
    /// The year: 1300 to 1599.
    pub year: i32,
    /// The month, from 1; not checked against the calendar.
    pub month: u8,
    /// The day of the month, from 1; not checked against the calendar.
    pub day: u8,
    /// The second of the day; `None`: no time was given.
    pub second: Option<u32>,
}

/// How many digits a year may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Years {
    /// Four only.
    Four,
    /// Two or four. Of two digits, 50 to 99 mean 13xx, others 14xx.
    TwoOrFour,
}

/// Whether a time may follow a date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Times {
    /// A time is read.
    Taken,
    /// A text with a time is not a date.
    Refused,
}

/// The separators of a date's parts.
const BETWEEN: [char; 3] = ['/', '-', '.'];

/// Reads a date; `None` if the text is not one.
pub fn date(text: &str, years: Years, times: Times) -> Option<Date> {
    let text = numeral(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let parts: Vec<&str> = first.split(BETWEEN).collect();
    let of_one_kind = BETWEEN.iter().filter(|between| first.contains(**between)).count() < 2;
    let ([year, month, day], time) = match (parts.as_slice(), rest) {
        ([year, month, day], time) if of_one_kind => ([*year, *month, *day], time),
        ([digits], time) if is_digits(digits) => match (digits.len(), time) {
            (14, []) => return compact(&digits[..8], Some(&digits[8..]), years, times),
            (6 | 8, []) => return compact(digits, None, years, times),
            (6 | 8, [time]) => return compact(digits, Some(time), years, times),
            (_, [month, day, time @ ..]) => ([*digits, *month, *day], time),
            _ => return None,
        },
        _ => return None,
    };
    let time = match time {
        [] => None,
        [time] => Some(*time),
        _ => return None,
    };
    of_parts([year, month, day], time, years, times)
}

fn compact(digits: &str, time: Option<&str>, years: Years, times: Times) -> Option<Date> {
    let (year, rest) = digits.split_at_checked(digits.len().checked_sub(4)?)?;
    let (month, day) = rest.split_at_checked(2)?;
    of_parts([year, month, day], time, years, times)
}

fn of_parts(parts: [&str; 3], time: Option<&str>, years: Years, times: Times) -> Option<Date> {
    let [year, month, day] = parts;
    let year = match (years, year.len()) {
        (Years::TwoOrFour, 2) => number(year, 2).map(|year| if year >= 50 { 1300 + year } else { 1400 + year })?,
        (_, 4) => number(year, 4)?,
        _ => return None,
    };
    let (month, day) = (number(month, 2)?, number(day, 2)?);
    let second = match (time, times) {
        (None, _) => None,
        (Some(time), Times::Taken) => Some(second_of_day(time)?),
        (Some(_), Times::Refused) => return None,
    };
    let year = i32::try_from(year).ok().filter(|year| (1300..1600).contains(year))?;
    Some(Date { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()?, second })
}

/// The second of the day for `H`, `H:m`, `H:m:s` or `HHMMSS`; `None` for other texts.
pub fn second_of_day(time: &str) -> Option<u32> {
    let parts: Vec<&str> = match time.len() {
        6 if is_digits(time) => vec![&time[..2], &time[2..4], &time[4..]],
        _ => time.split(':').collect(),
    };
    let units = [(24, 3600), (60, 60), (60, 1)];
    if parts.len() > units.len() {
        return None;
    }
    let seconds = parts
        .iter()
        .zip(units)
        .map(|(part, (bound, seconds))| number(part, 2).filter(|part| *part < bound).map(|part| part * seconds));
    seconds.sum()
}

fn number(text: &str, most: usize) -> Option<u32> {
    if is_digits(text) && text.len() <= most { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// second-edition.md 1.1.
    #[test]
    fn a_date_is_read_however_it_is_written() {
        let day = |second| Some(Date { year: 1405, month: 10, day: 1, second });
        for text in [
            "1405/10/01",
            "1405/10/1",
            "1405-10-01",
            "1405-10-1",
            "1405.10.01",
            "1405.10.1",
            "1405 10 01",
            "1405 10 1",
            "14051001",
            " ۱۴۰۵/۱۰/۰۱ ",
            "۱۴۰۵۱۰۰۱",
            "\u{202b}١٤٠٥-١٠-١\u{202c}",
        ] {
            for (years, times) in [(Years::Four, Times::Refused), (Years::TwoOrFour, Times::Taken)] {
                assert_eq!(date(text, years, times), day(None), "{text:?}");
            }
            for (time, second) in [("10", 36_000), ("9:05", 32_700), ("10:11:12", 36_672), ("101112", 36_672)] {
                let text = format!("{text} {time}");
                assert_eq!(date(&text, Years::Four, Times::Taken), day(Some(second)), "{text:?}");
                assert_eq!(date(&text, Years::Four, Times::Refused), None, "{text:?}");
            }
        }
        assert_eq!(date("14051001101112", Years::Four, Times::Taken), day(Some(36_672)));
        for text in ["051001", "05/10/01", "05-10-1", "05.10.01", "05 10 1"] {
            assert_eq!(date(text, Years::TwoOrFour, Times::Refused), day(None), "{text}");
            assert_eq!(date(text, Years::Four, Times::Refused), None, "{text}");
        }
        let year = |text: &str| date(text, Years::TwoOrFour, Times::Refused).map(|date| date.year);
        assert_eq!((year("991229"), year("500101"), year("490101")), (Some(1399), Some(1350), Some(1449)));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "1405",
            "1405/10",
            "1405/10/",
            "1405/10/1/1",
            "1405/10-1",
            "1405//1",
            "405/08/30",
            "1600/01/01",
            "20261121",
            "1405083",
            "140510011011",
            "14051001246000",
            "1405/08/30 24",
            "1405/08/30 10:60",
            "1405/08/30 10:11:12:13",
            "1405/08/30 10 11",
            "1405 08",
            "1405/300/1",
            "1405/08/300",
            "+1405/08/30",
            "x",
            "--",
            "/05/0830",
        ] {
            assert_eq!(date(text, Years::TwoOrFour, Times::Taken), None, "{text:?}");
        }
    }
}
