//! Fields of JSON requests, the same for all platforms: texts as they were sent, numbers by their value (second-edition.md 1.1; finnotech.md 1.2,
//! paystar.md 1).

use std::borrow::Cow;

use serde_json::value::RawValue;

use text::number;

use crate::text::is_line;

/// What is wrong with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Absent, null, or blank: `<field> is required`.
    Required(&'static str),
    /// Present, but not of its type or form: `<field> is invalid`.
    Invalid(&'static str),
}

/// The number of digits of a card number.
pub const CARD_DIGITS: usize = 16;

/// Whether a text is a card number: sixteen digits and, where `strict`, a correct check digit.
pub fn is_card(text: &str, strict: bool) -> bool {
    let digits = text.len() == CARD_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (!strict || luhn(text))
}

/// The check of ISO/IEC 7812: every second digit, beginning with the first, is doubled; the sum of the digits is a multiple of ten.
fn luhn(digits: &str) -> bool {
    let doubled = |at: usize, digit: u32| match digit * (2 - u32::from(at % 2 == 1)) {
        sum @ 10.. => sum - 9,
        sum => sum,
    };
    let sum: u32 = digits.bytes().map(|byte| u32::from(byte - b'0')).enumerate().map(|(at, d)| doubled(at, d)).sum();
    sum.is_multiple_of(10)
}

/// A field's value before its type is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value<'a> {
    /// Absent, null, or blank.
    Missing,
    /// A text as it was sent; it is not blank and has no control characters.
    Text(Cow<'a, str>),
    /// A text with control characters.
    Unclean(Cow<'a, str>),
    /// A number as it was written.
    Number(&'a str),
    /// Any other value.
    Malformed,
}

impl<'a> Value<'a> {
    /// Reads a raw JSON value.
    pub fn of(raw: Option<&'a RawValue>) -> Self {
        let Some(raw) = raw.map(RawValue::get) else { return Self::Missing };
        match raw.as_bytes().first() {
            Some(b'"') => match text_of(raw) {
                Some(text) => Self::of_text(text),
                None => Self::Malformed,
            },
            Some(b'-' | b'0'..=b'9') => Self::Number(raw),
            Some(b'n') => Self::Missing,
            _ => Self::Malformed,
        }
    }

    fn of_text(text: Cow<'a, str>) -> Self {
        if text.chars().all(|c| c.is_whitespace() || text::is_direction_mark(c)) {
            Self::Missing
        } else if !text.chars().all(is_line) {
            Self::Unclean(text)
        } else {
            Self::Text(text)
        }
    }

    /// A required text, as it was sent.
    ///
    /// # Errors
    /// It is missing or not a text.
    pub fn text(self, name: &'static str) -> Result<Cow<'a, str>, Fault> {
        self.optional_text(name)?.ok_or(Fault::Required(name))
    }

    /// An optional text, as it was sent.
    ///
    /// # Errors
    /// It is present and not a text.
    pub fn optional_text(self, name: &'static str) -> Result<Option<Cow<'a, str>>, Fault> {
        match self {
            Self::Missing => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Unclean(_) | Self::Number(_) | Self::Malformed => Err(Fault::Invalid(name)),
        }
    }

    /// An optional identifying number, as text or as a JSON integer; an account number keeps its dashes and dots.
    ///
    /// # Errors
    /// The value is present, and is neither a text nor an integer.
    pub fn optional_number(self, name: &'static str) -> Result<Option<Cow<'a, str>>, Fault> {
        match self {
            Self::Missing => Ok(None),
            Self::Text(Cow::Borrowed(text)) => Ok(Some(number::account(text))),
            Self::Text(Cow::Owned(text)) => Ok(Some(Cow::Owned(number::account(&text).into_owned()))),
            Self::Number(digits) if number::is_digits(digits) => Ok(Some(Cow::Borrowed(digits))),
            Self::Unclean(_) | Self::Number(_) | Self::Malformed => Err(Fault::Invalid(name)),
        }
    }

    /// A required identifying number, as [`Value::optional_number`].
    ///
    /// # Errors
    /// It is missing, or as [`Value::optional_number`].
    pub fn number(self, name: &'static str) -> Result<Cow<'a, str>, Fault> {
        self.optional_number(name)?.ok_or(Fault::Required(name))
    }

    /// Optional digits, at most `most`, as text or as a JSON integer.
    ///
    /// # Errors
    /// The value is present, and is neither a text nor an integer, or has too many digits or other characters.
    pub fn optional_digits(self, name: &'static str, most: usize) -> Result<Option<String>, Fault> {
        let Some(text) = self.optional_number(name)? else { return Ok(None) };
        number::digits(&text, most).map(|digits| Some(digits.into_owned())).ok_or(Fault::Invalid(name))
    }

    /// A required mobile number as `09` and nine digits.
    ///
    /// # Errors
    /// It is missing or not a mobile number.
    pub fn mobile(self, name: &'static str) -> Result<String, Fault> {
        number::mobile(&self.number(name)?).ok_or(Fault::Invalid(name))
    }

    /// Required whole rials; the bounds of an amount are not checked.
    ///
    /// # Errors
    /// It is missing or not a whole number.
    pub fn rials(&self, name: &'static str) -> Result<i64, Fault> {
        let rials = match self {
            Self::Missing => return Err(Fault::Required(name)),
            Self::Text(text) => number::rials(text),
            Self::Number(text) => number::rials(text),
            Self::Unclean(_) | Self::Malformed => None,
        };
        rials.ok_or(Fault::Invalid(name))
    }

    /// A required amount in rials, from 1 to [`MAX_AMOUNT`](number::MAX_AMOUNT) (second-edition.md 1.4).
    ///
    /// # Errors
    /// It is missing or not such an amount.
    pub fn amount(self, name: &'static str) -> Result<i64, Fault> {
        let amount = self.rials(name)?;
        if (1..=number::MAX_AMOUNT).contains(&amount) { Ok(amount) } else { Err(Fault::Invalid(name)) }
    }
}

/// The text of a JSON string literal, borrowed when it has no escapes.
fn text_of(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.get(1..raw.len().checked_sub(1)?)?;
    if inner.contains('\\') {
        serde_json::from_str::<String>(raw).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Whether a text has the form of Finnotech's trackId: `[A-Za-z0-9_-]{1,max_len}`.
pub fn is_track_id(text: &str, max_len: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=max_len).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn an_amount_is_a_whole_number_of_rials_however_it_is_written() {
        for (json, expected) in [
            ("50000", Ok(50_000)),
            ("50000.0", Ok(50_000)),
            ("5e4", Ok(50_000)),
            ("500000e-1", Ok(50_000)),
            ("\"50000\"", Ok(50_000)),
            ("\"۵۰۰۰۰\"", Ok(50_000)),
            ("\" 050000 \"", Ok(50_000)),
            ("1000000000000000", Ok(number::MAX_AMOUNT)),
            ("1000000000000001", Err(Fault::Invalid("amount"))),
            ("0", Err(Fault::Invalid("amount"))),
            ("-1", Err(Fault::Invalid("amount"))),
            ("-0.0", Err(Fault::Invalid("amount"))),
            ("0.5", Err(Fault::Invalid("amount"))),
            ("50000.00000000000000001", Err(Fault::Invalid("amount"))),
            ("1e400", Err(Fault::Invalid("amount"))),
            ("1e-400", Err(Fault::Invalid("amount"))),
            ("1e99999999999", Err(Fault::Invalid("amount"))),
            ("99999999999999999999", Err(Fault::Invalid("amount"))),
            ("\"12x\"", Err(Fault::Invalid("amount"))),
            ("\"+5\"", Err(Fault::Invalid("amount"))),
            ("\"5.0\"", Ok(5)),
            ("\"1.0E+7\"", Ok(10_000_000)),
            ("true", Err(Fault::Invalid("amount"))),
            ("[1]", Err(Fault::Invalid("amount"))),
            ("{}", Err(Fault::Invalid("amount"))),
            ("\"\"", Err(Fault::Required("amount"))),
            ("\"  \"", Err(Fault::Required("amount"))),
            ("null", Err(Fault::Required("amount"))),
        ] {
            assert_eq!(Value::of(Some(&raw(json))).amount("amount"), expected, "{json}");
        }
        assert_eq!(Value::of(None).amount("amount"), Err(Fault::Required("amount")));
    }

    #[test]
    fn digits_come_as_text_or_as_a_json_integer() {
        for (json, expected) in [
            ("\"123456\"", Ok(Some("123456".to_owned()))),
            ("123456", Ok(Some("123456".to_owned()))),
            ("\"۱۲\"", Ok(Some("12".to_owned()))),
            ("\" 12-34.5 \"", Ok(Some("12345".to_owned()))),
            ("\"\"", Ok(None)),
            ("12.0", Err(Fault::Invalid("p"))),
            ("-12", Err(Fault::Invalid("p"))),
            ("\"1234567890123456789012345678901\"", Err(Fault::Invalid("p"))),
            ("false", Err(Fault::Invalid("p"))),
        ] {
            assert_eq!(Value::of(Some(&raw(json))).optional_digits("p", 30), expected, "{json}");
        }
    }

    #[test]
    fn texts_are_as_they_were_sent_and_control_characters_refused() {
        // second-edition.md 1.1, 1.2.
        for text in [" فاکتور ۱۲۳ ", "علي كريمي", "\u{200F}a", "٤"] {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(Value::of(Some(&raw(&json))).text("d").unwrap(), text, "{text:?}");
        }
        assert_eq!(Value::of(Some(&raw("\" \\u200f \""))).text("d"), Err(Fault::Required("d")));
        assert_eq!(Value::of(Some(&raw(r#""\u0634\u0631\u062d""#))).text("d").unwrap(), "شرح");
        for json in [r#""a\u0000b""#, r#""a\nb""#, "17", "[]"] {
            assert_eq!(Value::of(Some(&raw(json))).text("d"), Err(Fault::Invalid("d")), "{json}");
        }
    }

    #[test]
    fn check_digits_of_cards_count_only_if_they_shall() {
        // domain.md 2.3.
        for (card, lenient, strict) in [
            ("6362144202902792", true, true),
            ("6104330000000011", true, true),
            ("5022290000000018", true, true),
            ("6362144202902795", true, false),
            ("5022000012340000", true, false),
            ("610433000000001", false, false),
            ("610433000000001x", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_card(card, false), is_card(card, true)), (lenient, strict), "{card}");
        }
    }
}
