//! Folding of texts for comparison and search (second-edition.md 1.1). Texts are stored as they were sent.

use std::borrow::Cow;

/// Folds a text for comparison and search: Latin digits, `ي`→`ی`, `ك`→`ک`, no direction marks, no surrounding blanks.
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

/// Whether a character is a Unicode mark that changes the direction of writing.
pub fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The Latin form of a Persian or Arabic digit; other characters unchanged.
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
