//! Fields of requests: folding and shapes, the same for all platforms (finnotech.md 1.2, paystar.md 1).

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::text::is_line;

/// The largest amount of a request, in rials.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// What is wrong with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Not there, null, or blank: `<field> is required`.
    Required(&'static str),
    /// Not of its shape: `<field> is invalid`.
    Invalid(&'static str),
}

/// Folds a text as it comes in: Persian and Arabic digits to ASCII, `ي`→`ی`, `ك`→`ک`, bidi marks removed, surrounding blanks
/// trimmed.
pub fn fold(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if !trimmed.chars().any(|c| folded(c) != Some(c)) {
        return Cow::Borrowed(trimmed);
    }
    let folded: String = trimmed.chars().filter_map(folded).collect();
    Cow::Owned(folded.trim().to_owned())
}

fn folded(c: char) -> Option<char> {
    let digit = |zero: u32| char::from_u32(u32::from(c) - zero + u32::from('0'));
    match c {
        '\u{06F0}'..='\u{06F9}' => digit(0x06F0),
        '\u{0660}'..='\u{0669}' => digit(0x0660),
        'ي' => Some('ی'),
        'ك' => Some('ک'),
        '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => None,
        other => Some(other),
    }
}

/// Digits of a card's number.
pub const CARD_DIGITS: usize = 16;

/// Whether a text is a card's number: sixteen digits, and its check digit if that counts.
pub fn is_card(text: &str, strict: bool) -> bool {
    let digits = text.len() == CARD_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (!strict || luhn(text))
}

/// ISO/IEC 7812: every second digit from the left doubled, the sum a multiple of ten.
fn luhn(digits: &str) -> bool {
    let doubled = |at: usize, digit: u32| match digit * (2 - u32::from(at % 2 == 1)) {
        sum @ 10.. => sum - 9,
        sum => sum,
    };
    let sum: u32 = digits.bytes().map(|byte| u32::from(byte - b'0')).enumerate().map(|(at, d)| doubled(at, d)).sum();
    sum.is_multiple_of(10)
}

/// `09` and nine digits; a leading `+98`, `0098` or `98` is read as `0`.
pub fn mobile(text: &str) -> Option<String> {
    let text = fold(text);
    let rest = ["+98", "0098", "98", "0"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let shaped = rest.len() == 10 && rest.starts_with('9') && rest.bytes().all(|byte| byte.is_ascii_digit());
    shaped.then(|| format!("0{rest}"))
}

/// A field's value before its shape is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value<'a> {
    /// Not there, null, or blank.
    Missing,
    /// A folded text that is not blank and has no control characters.
    Text(Cow<'a, str>),
    /// A folded text that has control characters.
    Unclean(Cow<'a, str>),
    /// A number, as it was written.
    Number(&'a str),
    /// Anything else.
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
        let folded = match text {
            Cow::Borrowed(text) => fold(text),
            Cow::Owned(text) => Cow::Owned(fold(&text).into_owned()),
        };
        if folded.is_empty() {
            Self::Missing
        } else if !folded.chars().all(is_line) {
            Self::Unclean(folded)
        } else {
            Self::Text(folded)
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// It is missing or no text.
    pub fn text(self, name: &'static str) -> Result<Cow<'a, str>, Fault> {
        self.optional_text(name)?.ok_or(Fault::Required(name))
    }

    /// A text that may be there.
    ///
    /// # Errors
    /// It is no text.
    pub fn optional_text(self, name: &'static str) -> Result<Option<Cow<'a, str>>, Fault> {
        match self {
            Self::Missing => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Unclean(_) | Self::Number(_) | Self::Malformed => Err(Fault::Invalid(name)),
        }
    }

    /// Up to `most` digits, as text or as a JSON integer, that may be there.
    ///
    /// # Errors
    /// It is anything else.
    pub fn optional_digits(self, name: &'static str, most: usize) -> Result<Option<String>, Fault> {
        let digits = match self {
            Self::Missing => return Ok(None),
            Self::Text(text) => text.into_owned(),
            Self::Number(number) => number.to_owned(),
            Self::Unclean(_) | Self::Malformed => return Err(Fault::Invalid(name)),
        };
        let shaped = digits.len() <= most && digits.bytes().all(|byte| byte.is_ascii_digit());
        if shaped { Ok(Some(digits)) } else { Err(Fault::Invalid(name)) }
    }

    /// An amount in rials: an integer, an integral float or a digit string, from 1 to [`MAX_AMOUNT`].
    ///
    /// # Errors
    /// It is missing or no such amount.
    pub fn amount(self, name: &'static str) -> Result<i64, Fault> {
        let amount = match &self {
            Self::Missing => return Err(Fault::Required(name)),
            Self::Text(text) => text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten(),
            Self::Number(number) => integral(number),
            Self::Unclean(_) | Self::Malformed => None,
        };
        amount.filter(|amount| (1..=MAX_AMOUNT).contains(amount)).ok_or(Fault::Invalid(name))
    }
}

/// The text of a JSON string literal, borrowed when nothing in it is escaped.
fn text_of(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.get(1..raw.len().checked_sub(1)?)?;
    if inner.contains('\\') {
        serde_json::from_str::<String>(raw).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// The whole number that a JSON number is exactly, if it is one and fits.
pub(crate) fn integral(number: &str) -> Option<i64> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (number, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits: i64 = format!("{whole}{fraction}").parse().ok()?;
    let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let scale = 10i64.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 { digits.checked_mul(scale) } else { (digits % scale == 0).then_some(digits / scale) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn texts_are_folded_before_anything_looks_at_them() {
        // finnotech.md 1.2.
        for (text, expected) in [
            ("  شرح  ", "شرح"),
            ("علي كريمي", "علی کریمی"),
            ("۱۲۳٤٥", "12345"),
            ("\u{202B}متن\u{202C}", "متن"),
            (" \u{200F} ", ""),
            ("plain", "plain"),
            ("نیم\u{200C}فاصله", "نیم\u{200C}فاصله"),
        ] {
            assert_eq!(fold(text), expected, "{text:?}");
        }
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
            ("1000000000000000", Ok(MAX_AMOUNT)),
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
            ("\"5.0\"", Err(Fault::Invalid("amount"))),
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
    fn escapes_are_undone_and_control_characters_refused() {
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

    #[test]
    fn mobile_numbers_come_in_four_forms() {
        for (text, expected) in [
            ("09300000000", Some("09300000000")),
            ("+989300000000", Some("09300000000")),
            ("00989300000000", Some("09300000000")),
            ("989300000000", Some("09300000000")),
            ("۰۹۳۰۰۰۰۰۰۰۰", Some("09300000000")),
            ("9300000000", None),
            ("0930000000", None),
            ("08300000000", None),
            ("", None),
        ] {
            assert_eq!(mobile(text).as_deref(), expected, "{text}");
        }
    }
}
