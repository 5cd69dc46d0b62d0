//! Civil time, where a rule or the wire needs it: time zone Asia/Tehran, Jalali calendar.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use icu_calendar::Date;
use icu_calendar::cal::{Iso, Persian};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

/// The Jalali years that a date on the wire may have: the two-digit years 50–99 are 13xx, the others 14xx.
pub const PARSE_RANGE: RangeInclusive<i32> = 1300..=1499;

/// A Jalali date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CivilDate {
    /// The year, such as 1405.
    pub year: i32,
    /// The month, 1 … 12.
    pub month: u8,
    /// The day of the month, 1 … 31.
    pub day: u8,
}

impl CivilDate {
    /// A date that exists in the calendar, with a year of [`PARSE_RANGE`]; otherwise `None`.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        Self::in_calendar(year, month, day).filter(|date| PARSE_RANGE.contains(&date.year))
    }

    /// As [`CivilDate::new`], for any year of the calendar.
    pub fn in_calendar(year: i32, month: u8, day: u8) -> Option<Self> {
        let date = Self { year, month, day };
        date.gregorian().is_some().then_some(date)
    }

    /// `YYMMDD` as a number, without leading zeros.
    pub fn short(self) -> u32 {
        self.year.rem_euclid(100).unsigned_abs() * 10_000 + u32::from(self.month) * 100 + u32::from(self.day)
    }

    /// `YYYYMMDD` as a number.
    pub fn long(self) -> i64 {
        i64::from(self.year) * 10_000 + i64::from(self.month) * 100 + i64::from(self.day)
    }

    /// `YYYYMM` as a number.
    pub fn year_month(self) -> i64 {
        i64::from(self.year) * 100 + i64::from(self.month)
    }

    /// The date that is `days` days later (earlier if negative); `None` if it is outside the calendar.
    pub fn plus_days(self, days: i32) -> Option<Self> {
        let moved = self.gregorian()?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        jalali(moved)
    }

    /// The number of days from `earlier` to this date; negative if `earlier` is later.
    pub fn days_since(self, earlier: Self) -> Option<i32> {
        let (later, earlier) = (self.gregorian()?, earlier.gregorian()?);
        Some((later - earlier).get_days())
    }

    /// The day of the Iranian week: 0 is Saturday, 6 is Friday.
    pub fn days_since_saturday(self) -> Option<u8> {
        let monday_is_0 = self.gregorian()?.weekday().to_monday_zero_offset().unsigned_abs();
        Some((monday_is_0 + 2) % 7)
    }

    fn gregorian(self) -> Option<civil::Date> {
        let iso = Date::try_new_persian(self.year, self.month, self.day).ok()?.to_calendar(Iso);
        let year = i16::try_from(iso.year().extended_year()).ok()?;
        civil::Date::new(year, i8::try_from(iso.month().ordinal).ok()?, i8::try_from(iso.day_of_month().0).ok()?).ok()
    }
}

fn jalali(date: civil::Date) -> Option<CivilDate> {
    let iso = Date::try_new_iso(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs()).ok()?;
    let persian = iso.to_calendar(Persian);
    Some(CivilDate {
        year: persian.year().extended_year(),
        month: persian.month().ordinal,
        day: persian.day_of_month().0,
    })
}

fn tehran() -> &'static TimeZone {
    static TEHRAN: OnceLock<TimeZone> = OnceLock::new();
    // The zone data is compiled in. If Tehran is missing from it, the offset that has held since 2022 is used.
    TEHRAN.get_or_init(|| {
        TimeZone::get("Asia/Tehran").unwrap_or_else(|_| {
            TimeZone::fixed(jiff::tz::Offset::constant(3).saturating_add(jiff::SignedDuration::from_mins(30)))
        })
    })
}

/// The first instant of a Jalali day in Tehran, in milliseconds of Unix time.
pub fn tehran_midnight_ms(date: CivilDate) -> Option<i64> {
    tehran_ms(date, 0)
}

/// The instant at which the clock in Tehran shows this second of a day, in milliseconds of Unix time.
pub fn tehran_ms(date: CivilDate, second_of_day: u32) -> Option<i64> {
    let midnight = date.gregorian()?.to_datetime(civil::Time::midnight());
    let wall = midnight.checked_add(jiff::SignedDuration::from_secs(i64::from(second_of_day))).ok()?;
    Some(wall.to_zoned(tehran().clone()).ok()?.timestamp().as_millisecond())
}

/// An instant with its date and time of day in Tehran.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    /// Milliseconds of Unix time.
    pub at_ms: i64,
    /// The date in Tehran.
    pub date: CivilDate,
    /// Seconds since midnight in Tehran, by the clock.
    pub second_of_day: u32,
}

impl Now {
    /// The civil time of an instant in milliseconds of Unix time; `None` outside the years −9999 … 9999.
    pub fn at(at_ms: i64) -> Option<Self> {
        let zoned = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(tehran().clone());
        let date = jalali(zoned.date())?;
        let part = |part: i8| u32::from(part.unsigned_abs());
        let second_of_day = part(zoned.hour()) * 3600 + part(zoned.minute()) * 60 + part(zoned.second());
        Some(Self { at_ms, date, second_of_day })
    }

    /// The instant 0 of Unix time.
    pub const fn epoch() -> Self {
        Self { at_ms: 0, date: CivilDate { year: 1348, month: 10, day: 11 }, second_of_day: 12_600 }
    }

    /// `HHMMSS` as a number, without leading zeros.
    pub fn time(&self) -> u32 {
        self.second_of_day / 3600 * 10_000 + self.second_of_day / 60 % 60 * 100 + self.second_of_day % 60
    }

    /// `YYYYMMDDHHMMSS`, the form of `creationDate`.
    pub fn long(&self) -> String {
        format!("{:08}{:06}", self.date.long(), self.time())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(text: &str) -> Now {
        Now::at(text.parse::<Timestamp>().unwrap().as_millisecond()).unwrap()
    }

    #[test]
    fn instants_show_as_tehran_wall_clock_and_jalali_date() {
        for (instant, long) in [
            ("2026-11-21T11:00:00+03:30", "14050830110000"),
            ("2026-11-21T23:59:59+03:30", "14050830235959"),
            ("2026-11-22T00:00:00+03:30", "14050901000000"),
            // Leap day of 1403, and the Nowruz after it, which some crates get wrong.
            ("2025-03-20T12:00:00+03:30", "14031230120000"),
            ("2025-03-21T12:00:00+03:30", "14040101120000"),
            // Summer time was last kept in 2022.
            ("2022-07-01T12:00:00Z", "14010410163000"),
            ("2026-07-01T12:00:00Z", "14050410153000"),
        ] {
            assert_eq!(now(instant).long(), long, "{instant}");
        }
    }

    #[test]
    fn the_epoch_is_what_the_calendar_says() {
        assert_eq!(Now::at(0), Some(Now::epoch()));
    }

    #[test]
    fn days_are_counted_over_month_and_year_ends() {
        let date = |y, m, d| CivilDate::new(y, m, d).unwrap();
        assert_eq!(date(1403, 12, 30).plus_days(1), Some(date(1404, 1, 1)));
        assert_eq!(date(1405, 8, 2).days_since(date(1405, 7, 1)), Some(31));
        assert_eq!(CivilDate::new(1404, 12, 30), None, "1404 is no leap year");
        assert_eq!(CivilDate::new(1405, 13, 1), None);
        assert_eq!(tehran_midnight_ms(date(1405, 8, 30)), Some(now("2026-11-21T00:00:00+03:30").at_ms));
    }
}
