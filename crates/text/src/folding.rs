//! Texts are kept as they were sent; what is compared or searched is folded (second-edition.md 1.1).

use std::borrow::Cow;

/// Folds a text for comparison and search: digits Latin, `ي`→`ی`, `ك`→`ک`, marks of direction removed, blanks around it trimmed.
pub fn fold(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if !trimmed.chars().any(|c| folded(c) != Some(c)) {
        return Cow::Borrowed(trimmed);
    }
    let folded: String = trimmed.chars().filter_map(folded).collect();
    Cow::Owned(folded.trim().to_owned())
}

fn folded(c: char) -> Option<char> {
    match c {
        'ي' => Some('ی'),
        'ك' => Some('ک'),
        mark if is_direction_mark(mark) => None,
        other => Some(latin_digit(other)),
    }
}

/// A mark that turns the direction of writing.
pub fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A Persian or Arabic digit as a Latin one; what is none as it is.
pub fn latin_digit(c: char) -> char {
    let latin = |zero: u32| char::from_u32(u32::from(c) - zero + u32::from('0')).unwrap_or(c);
    match c {
        '\u{06F0}'..='\u{06F9}' => latin(0x06F0),
        '\u{0660}'..='\u{0669}' => latin(0x0660),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_folded_to_be_compared_and_found() {
        // second-edition.md 1.1.
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
}
