//! Numbers as people, phones and other programs write them (second-edition.md 1.1, 1.4–1.7); the same for all platforms and endpoints.
//!
//! Digits are Persian, Arabic or Latin; direction marks are ignored. Amounts and dates have no blanks inside; identifying numbers
//! (accounts, cards, mobiles, codes) may have blanks, dashes and dots between their digits.

use std::borrow::Cow;

use crate::folding::{fold, is_direction_mark, latin_digit};

/// The largest amount of a request, in rials.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// Whether a character is a blank or an invisible character that stands for one inside a number.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Whether a character is a dash or a dot that separates the parts of a number.
fn is_between(c: char) -> bool {
    matches!(c, '-' | '.' | '\u{00AD}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{00B7}')
}

fn without(text: &str, dropped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(|c| !dropped(c) && latin_digit(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !dropped(*c)).map(latin_digit).collect())
}

/// The text of an amount or a date: Latin digits, no direction marks, no surrounding blanks.
pub fn numeral(text: &str) -> Cow<'_, str> {
    match without(text, is_direction_mark) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// An account number without blanks. Its dashes and dots are kept.
pub fn account(text: &str) -> Cow<'_, str> {
    without(text, |c| is_direction_mark(c) || is_blank(c))
}

/// An identifying number or a code without blanks, dashes and dots.
pub fn compact(text: &str) -> Cow<'_, str> {
    without(text, |c| is_direction_mark(c) || is_blank(c) || is_between(c))
}

/// An identifying number of up to `most` digits; `None` if the text is not one.
pub fn digits(text: &str, most: usize) -> Option<Cow<'_, str>> {
    Some(compact(text)).filter(|digits| digits.len() <= most && is_digits(digits))
}

/// A code of exactly `digits` digits, as people type it (second-edition.md 1.7). A text that is none does not count as an attempt.
pub fn code(text: &str, digits: usize) -> Option<Cow<'_, str>> {
    self::digits(text, digits).filter(|code| code.len() == digits)
}

/// A national id, which has ten digits.
pub fn national_id(text: &str) -> Option<Cow<'_, str>> {
    code(text, 10)
}

/// Whether a text is one or more Latin digits.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A mobile number as `09` and nine digits, from any form of second-edition.md 1.6: `09…`, `9…`, `+98…`, `0098…`, `98…`.
pub fn mobile(text: &str) -> Option<String> {
    let text = compact(text);
    let shaped = |rest: &&str| rest.len() == 10 && rest.starts_with('9') && is_digits(rest);
    let rest = ["+98", "0098", "98", "0", ""].iter().filter_map(|prefix| text.strip_prefix(prefix)).find(shaped)?;
    Some(format!("0{rest}"))
}

/// Whole rials from a text or a JSON number: an integer, an integral decimal, or one of these with an exponent. `None` for a sign, a fraction or
/// grouping. The caller checks the bounds.
pub fn rials(text: &str) -> Option<i64> {
    let text = numeral(text);
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    integral(&text)
}

/// An amount: 1 to [`MAX_AMOUNT`] rials.
pub fn amount(text: &str) -> Option<i64> {
    rials(text).filter(|amount| (1..=MAX_AMOUNT).contains(amount))
}

/// The value of a decimal number that is integral and fits; `None` for others.
pub fn integral(number: &str) -> Option<i64> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (number, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    if !is_digits(whole.strip_prefix('-').unwrap_or(whole)) || !is_digits(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let digits: i64 = format!("{whole}{fraction}").parse().ok()?;
    let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    if digits == 0 {
        return Some(0);
    }
    let scale = 10i64.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 { digits.checked_mul(scale) } else { (digits % scale == 0).then_some(digits / scale) }
}

/// Whether a decimal number is integral and not negative, however large: a number that is too large for an amount is still a number.
pub fn is_whole(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let (is_negative, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => (true, exponent),
        None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    if !is_digits(whole) || !is_digits(fraction) || !is_digits(exponent) {
        return false;
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() && whole.bytes().all(|byte| byte == b'0') {
        return true;
    }
    // An exponent that does not parse moves the point beyond all digits.
    let moved: usize = exponent.parse().unwrap_or(usize::MAX);
    if is_negative {
        let zeros = whole.len() - whole.trim_end_matches('0').len();
        fraction.is_empty() && moved <= zeros
    } else {
        moved >= fraction.len()
    }
}

/// An identifier that is a text, in the form in which it is compared: folded, without characters of no width ([`crate::fold`] keeps the joiners,
/// which words contain).
pub fn identifier(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_whitespace() || !is_blank(*c)).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// second-edition.md 1.4.
    #[test]
    fn an_amount_is_whole_rials_however_other_programs_write_it() {
        for (text, expected) in [
            ("50000", Some(50_000)),
            ("50000.0", Some(50_000)),
            ("50000.0000", Some(50_000)),
            ("5e4", Some(50_000)),
            ("1.0E+7", Some(10_000_000)),
            ("500000e-1", Some(50_000)),
            (" ۵۰۰۰۰ ", Some(50_000)),
            ("٥٠٠٠٠", Some(50_000)),
            ("\u{202B}50000\u{202C}", Some(50_000)),
            ("050000", Some(50_000)),
            ("1000000000000000", Some(MAX_AMOUNT)),
            ("1000000000000001", None),
            ("0", None),
            ("0e999999", None),
            ("+50000", None),
            ("-50000", None),
            ("-0.0", None),
            ("50,000", None),
            ("50 000", None),
            ("50٬000", None),
            ("50000.5", None),
            ("50000.", None),
            (".5e5", None),
            ("5e", None),
            ("5e+", None),
            ("1e400", None),
            ("1e-400", None),
            ("1e99999999999", None),
            ("99999999999999999999", None),
            ("0x10", None),
            ("1.2.3", None),
            ("50000.00000000000000001", None),
            ("Infinity", None),
            ("", None),
        ] {
            assert_eq!(amount(text), expected, "{text:?}");
        }
        assert_eq!((rials("0"), rials("0.00"), rials("0e5")), (Some(0), Some(0), Some(0)));
    }

    /// second-edition.md 1.6.
    #[test]
    fn mobile_numbers_come_in_five_forms_with_blanks_dashes_and_any_digits() {
        for text in [
            "09300000000",
            "9300000000",
            "+989300000000",
            "00989300000000",
            "989300000000",
            "۰۹۳۰۰۰۰۰۰۰۰",
            "٩٣٠٠٠٠٠٠٠٠",
            "+98 930 000 0000",
            "0930-000-0000",
            " 0930\u{a0}000\u{200c}0000 ",
            "\u{202a}+98 930 000 0000\u{202c}",
        ] {
            assert_eq!(mobile(text).as_deref(), Some("09300000000"), "{text:?}");
        }
        assert_eq!(mobile("9812345678").as_deref(), Some("09812345678"), "no country code: ten digits");
        for text in
            ["0930000000", "930000000", "08300000000", "+999300000000", "0930000000x", "++989300000000", "98", ""]
        {
            assert_eq!(mobile(text), None, "{text:?}");
        }
    }

    /// second-edition.md 1.1, 1.7.
    #[test]
    fn numbers_that_name_something_are_read_without_what_people_write_between_their_digits() {
        for (text, expected) in [
            ("6362-1442-0290-2792", "6362144202902792"),
            ("۶۳۶۲ ۱۴۴۲ ۰۲۹۰ ۲۷۹۲", "6362144202902792"),
            ("IR06 0120.0000–0000", "IR06012000000000"),
            ("12345", "12345"),
            ("1 2\t3", "123"),
        ] {
            assert_eq!(compact(text), expected, "{text:?}");
        }
        assert_eq!(account(" ۰۳۰-287 62.14\u{200f}"), "030-28762.14");
        assert_eq!(digits("12-34", 4).as_deref(), Some("1234"));
        assert_eq!((digits("12345", 4), digits("12a", 4), digits("- .", 4)), (None, None, None));
        assert_eq!((code("۱۲۳ ۴۵۶", 6).as_deref(), code("12345", 6), code("123456a", 6)), (Some("123456"), None, None));
        assert_eq!(numeral(" ۱۴۰۵/۰۸/۳۰ ۱۰:۱۱ "), "1405/08/30 10:11");
    }

    #[test]
    fn a_number_is_whole_however_large_and_no_fraction_is_however_small() {
        for (text, expected) in [
            ("0", true),
            ("0.00", true),
            ("0e-999999999", true),
            ("20000", true),
            ("1e999999999999999999999", true),
            ("1.5e1", true),
            ("1.55e1", false),
            ("100e-2", true),
            ("100e-3", false),
            ("1e-999999999", false),
            ("1e-400", false),
            ("1e-999999999999999999999", false),
            ("20000.5", false),
            ("-1", false),
            ("1e", false),
            ("1e+-1", false),
            ("5.", false),
            ("x", false),
            ("", false),
        ] {
            assert_eq!(is_whole(text), expected, "{text}");
        }
    }

    /// second-edition.md 1.1.
    #[test]
    fn what_has_no_width_does_not_distinguish_numbers_that_are_texts() {
        for text in
            ["فاکتور-12", " فاکتور-۱۲ ", "فاکتور\u{200c}-12", "\u{feff}فاکتور-١\u{200d}2\u{200f}", "فاكتور-12\u{200b}"]
        {
            assert_eq!(identifier(text), "فاکتور-12", "{text:?}");
        }
        assert_ne!(identifier("1 2"), identifier("12"));
    }
}
