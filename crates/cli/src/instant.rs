//! Instants that people write and read: RFC 3339, or dates and times in Tehran, Gregorian or Jalali.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use payments::{CivilDate, Now, PARSE_RANGE, tehran_ms};

/// What an instant may be written as.
pub const FORMS: &str = "an instant like 2026-11-21T11:00:00+03:30, or a time in Tehran like 2026-11-21, '2026-11-21 11:00' or '1405-08-30 11:00'";

/// Reads an instant.
///
/// # Errors
/// It has none of the [`FORMS`].
pub fn read(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    in_tehran(text.trim()).ok_or_else(|| FORMS.to_owned())
}

/// Reads an instant, and writes it in RFC 3339.
///
/// # Errors
/// As [`read`].
pub fn rfc3339(text: &str) -> Result<String, String> {
    read(text).map(|at| at.to_string())
}

/// An instant as date and wall clock in Tehran, in the Jalali calendar: `1405-08-30 11:00:00`. Empty for what is no instant.
pub fn jalali(rfc3339: &str) -> String {
    let at: Option<Timestamp> = rfc3339.parse().ok();
    let Some(Now { date, second_of_day, .. }) = at.and_then(|at| Now::at(at.as_millisecond())) else {
        return String::new();
    };
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    format!("{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}", date.year, date.month, date.day)
}

fn in_tehran(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let mut parts = date.split(['-', '/']);
    let (year, month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    if parts.next().is_some() {
        return None;
    }
    let second = second_of_day(time)?;
    if PARSE_RANGE.contains(&year) {
        let at_ms = tehran_ms(CivilDate::new(year, month, day)?, second)?;
        return Timestamp::from_millisecond(at_ms).ok();
    }
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let wall = date.at(0, 0, 0, 0).checked_add(jiff::SignedDuration::from_secs(i64::from(second))).ok()?;
    Some(wall.to_zoned(TimeZone::get("Asia/Tehran").ok()?).ok()?.timestamp())
}

fn second_of_day(text: &str) -> Option<u32> {
    let mut parts = text.split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    (hour < 24 && minute < 60 && second < 60 && parts.next().is_none()).then_some(hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_in_both_calendars() {
        for text in [
            "2026-11-21T11:00:00+03:30",
            "2026-11-21T07:30:00Z",
            "2026-11-21 11:00",
            "1405-08-30 11:00:00",
            "1405/8/30 11:00",
        ] {
            assert_eq!(rfc3339(text).as_deref(), Ok("2026-11-21T07:30:00Z"), "{text}");
        }
        assert_eq!(rfc3339("1405-08-30").as_deref(), Ok("2026-11-20T20:30:00Z"));
        for text in ["", "now", "1405-13-01", "2026-02-30", "1405-08-30 25:00", "1405-08", "1405-08-30-1"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_instant_is_shown_in_the_jalali_calendar() {
        assert_eq!(jalali("2026-11-21T07:30:00Z"), "1405-08-30 11:00:00");
        assert_eq!(jalali("yesterday"), "");
    }
}
