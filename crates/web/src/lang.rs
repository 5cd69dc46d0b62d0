//! The languages of pages: chosen by `?lang=`, else by a cookie that remembers the choice, else by the browser's `Accept-Language`, else Persian.

use std::fmt;

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use payments::{Bank, MICRO, Now, Rial};

use super::words::Lang;
use edge::form::Query;
use edge::head;
use edge::reply::grouped;

/// The cookie that remembers the choice.
const COOKIE: &str = "daric_lang";

impl Lang {
    fn named(name: &str) -> Option<Self> {
        match name.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("fa") => Some(Self::Fa),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }

    /// The language of the response to a request.
    pub fn of(query: &Query, headers: &HeaderMap) -> Self {
        let asked = query.get("lang").and_then(Self::named);
        let remembered = || super::cookie(headers, COOKIE).and_then(Self::named);
        asked.or_else(remembered).or_else(|| accepted(headers)).unwrap_or(Self::Fa)
    }

    /// The cookie that remembers the choice that this request made.
    pub fn chosen(query: &Query) -> Option<HeaderValue> {
        let lang = query.get("lang").and_then(Self::named)?;
        let cookie = format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", lang.words().code);
        HeaderValue::from_str(&cookie).ok()
    }

    /// A text with its digits in the script of this language.
    pub fn digits(self, text: impl fmt::Display) -> String {
        let text = text.to_string();
        match self {
            Self::En => text,
            Self::Fa => text.chars().map(persian).collect(),
        }
    }

    /// The name of a bank.
    pub fn bank(self, bank: Bank) -> &'static str {
        match self {
            Self::Fa => bank.name(),
            Self::En => bank.english_name(),
        }
    }

    /// A number in groups of three digits.
    pub fn number(self, number: i64) -> String {
        match self {
            Self::En => grouped(number),
            Self::Fa => self.digits(grouped(number)).replace(',', "٬"),
        }
    }

    /// An amount in rials without its unit.
    pub fn rial(self, amount: Rial) -> String {
        self.number(amount.get())
    }

    /// An amount in toman of ten rials each, without its unit; remaining rials are its decimal.
    pub fn toman(self, amount: Rial) -> String {
        let (toman, rest) = (amount.get() / 10, (amount.get() % 10).abs());
        if rest == 0 {
            self.number(toman)
        } else {
            format!("{}{}{}", self.number(toman), self.point(), self.digits(rest))
        }
    }

    /// A quantity given in millionths, without trailing zeros.
    pub fn quantity(self, micro: i64) -> String {
        let (whole, part) = (micro / MICRO, (micro % MICRO).unsigned_abs());
        if part == 0 {
            return self.number(whole);
        }
        let part = format!("{part:06}");
        format!("{}{}{}", self.number(whole), self.point(), self.digits(part.trim_end_matches('0')))
    }

    /// The decimal separator.
    fn point(self) -> char {
        if self == Self::Fa { '٫' } else { '.' }
    }

    /// Date and time in Tehran, in the Jalali calendar.
    pub fn instant(self, at_ms: i64) -> String {
        let Some(now) = Now::at(at_ms) else { return String::new() };
        let (date, second) = (now.date, now.second_of_day);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let text = format!("{}/{:02}/{:02} {hour:02}:{minute:02}:{second:02}", date.year, date.month, date.day);
        match self {
            Self::Fa => self.digits(text),
            // Readers of English may not know the Jalali calendar.
            Self::En => format!("{text} ({})", gregorian(at_ms)),
        }
    }
}

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

impl Lang {
    /// The time of day in Tehran, to the second.
    pub fn time(self, at_ms: i64) -> String {
        let second = Now::at(at_ms).map_or(0, |now| now.second_of_day);
        self.digits(format_args!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60))
    }

    /// The first full minute in Tehran at which an instant is over.
    pub fn minute_after(self, at_ms: i64) -> String {
        let second = Now::at(at_ms.saturating_add(MINUTE_MS - 1)).map_or(0, |now| now.second_of_day);
        self.digits(format_args!("{:02}:{:02}", second / 3_600, second / 60 % 60))
    }
}

/// `2026-11-22`, in Tehran.
fn gregorian(at_ms: i64) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Tehran").unwrap_or(jiff::tz::TimeZone::UTC);
    Timestamp::from_millisecond(at_ms).map(|at| at.to_zoned(zone).date().to_string()).unwrap_or_default()
}

fn persian(c: char) -> char {
    c.to_digit(10).filter(|_| c.is_ascii_digit()).and_then(|digit| char::from_u32('۰' as u32 + digit)).unwrap_or(c)
}

/// The supported language that the browser prefers.
fn accepted(headers: &HeaderMap) -> Option<Lang> {
    let wanted = head::text(headers.get(header::ACCEPT_LANGUAGE)?)?;
    let mut best: Option<(f32, Lang)> = None;
    for part in wanted.split(',') {
        let (name, weight) = part.split_once(";q=").unwrap_or((part, "1"));
        let weight: f32 = weight.trim().parse().unwrap_or(0.0);
        if let Some(lang) = Lang::named(name.trim())
            && best.is_none_or(|(known, _)| weight > known)
        {
            best = Some((weight, lang));
        }
    }
    best.filter(|(weight, _)| *weight > 0.0).map(|(_, lang)| lang)
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;

    use super::*;

    #[test]
    fn a_page_is_persian_unless_its_reader_wants_english() {
        for (query, cookie, accept, expected) in [
            ("/", "", "", Lang::Fa),
            ("/?lang=en", "daric_lang=fa", "fa", Lang::En),
            ("/?lang=fa", "daric_lang=en", "en", Lang::Fa),
            ("/?lang=de", "a=b; daric_lang=en", "", Lang::En),
            ("/", "", "en-US,en;q=0.9", Lang::En),
            ("/", "", "de,en;q=0.5,fa-IR;q=0.8", Lang::Fa),
            ("/", "", "en;q=0", Lang::Fa),
            ("/", "", "*", Lang::Fa),
            ("/", "", "é", Lang::Fa),
        ] {
            let query = Query::of(&Uri::from_static(query));
            let mut headers = HeaderMap::new();
            for (name, value) in [(header::COOKIE, cookie), (header::ACCEPT_LANGUAGE, accept)] {
                if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
                    headers.insert(name, value);
                }
            }
            assert_eq!(Lang::of(&query, &headers), expected, "{query:?} {headers:?}");
        }
    }

    #[test]
    fn quantities_are_written_without_zeros_at_their_end() {
        for (micro, fa, en) in [
            (1_000_000, "۱", "1"),
            (100_000, "۰٫۱", "0.1"),
            (1_234_567_000_000, "۱٬۲۳۴٬۵۶۷", "1,234,567"),
            (2_500_001, "۲٫۵۰۰۰۰۱", "2.500001"),
        ] {
            assert_eq!((Lang::Fa.quantity(micro), Lang::En.quantity(micro)), (fa.to_owned(), en.to_owned()));
        }
    }

    #[test]
    fn amounts_and_instants_are_written_as_readers_expect_them() {
        for (rials, fa, toman, en) in [
            (5, "۵", "۰٫۵", "5"),
            (999, "۹۹۹", "۹۹٫۹", "999"),
            (54_500, "۵۴٬۵۰۰", "۵٬۴۵۰", "54,500"),
            (1_000_000_000, "۱٬۰۰۰٬۰۰۰٬۰۰۰", "۱۰۰٬۰۰۰٬۰۰۰", "1,000,000,000"),
            (-990, "-۹۹۰", "-۹۹", "-990"),
            (-110_672, "-۱۱۰٬۶۷۲", "-۱۱٬۰۶۷٫۲", "-110,672"),
        ] {
            let amount = Rial::new(rials);
            assert_eq!(
                (Lang::Fa.rial(amount), Lang::Fa.toman(amount), Lang::En.rial(amount)),
                (fa.into(), toman.into(), en.into())
            );
        }
        // 2026-11-21T11:00:00+03:30.
        assert_eq!(Lang::Fa.instant(1_795_246_200_000), "۱۴۰۵/۰۸/۳۰ ۱۱:۰۰:۰۰");
        assert_eq!(Lang::En.instant(1_795_246_200_000), "1405/08/30 11:00:00 (2026-11-21)");
        for (later_ms, second, minute) in [
            (0, "11:00:00", "11:00"),
            (1, "11:00:00", "11:01"),
            (60_000, "11:01:00", "11:01"),
            (59_999, "11:00:59", "11:01"),
        ] {
            let at_ms = 1_795_246_200_000 + later_ms;
            assert_eq!((Lang::En.time(at_ms), Lang::En.minute_after(at_ms)), (second.to_owned(), minute.to_owned()));
        }
        assert_eq!(Lang::Fa.time(1_795_246_200_000), "۱۱:۰۰:۰۰");
    }
}
