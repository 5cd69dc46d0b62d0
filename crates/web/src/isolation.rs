//! Isolation of bidirectional text from others on our pages.
//!
//! Texts are kept as they were sent, with control characters that change the direction of what follows (second-edition.md 1.1, 1.2). On a page, each
//! stands in an element of its own direction (`<bdi>`), and its effect ends with it: every control that it opens is closed, and it closes none that
//! it has not opened.

use std::borrow::Cow;

/// Ends an embedding or an override.
const POP: char = '\u{202C}';
/// Ends an isolate.
const POP_ISOLATE: char = '\u{2069}';

/// A text whose direction controls have no effect behind it.
pub fn isolated(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 6);
    // The closing characters of all open controls, the innermost last.
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => open.push(POP),
            '\u{2066}'..='\u{2068}' => open.push(POP_ISOLATE),
            POP if open.last() == Some(&POP) => _ = open.pop(),
            POP => continue,
            POP_ISOLATE => match open.iter().rposition(|end| *end == POP_ISOLATE) {
                // It also ends the embeddings inside the isolate.
                Some(at) => open.truncate(at),
                None => continue,
            },
            _ => {}
        }
        shown.push(c);
    }
    shown.extend(open.iter().rev());
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_turns_ends_with_it() {
        let (rlo, lre, fsi, pdf, pdi) = ('\u{202E}', '\u{202A}', '\u{2068}', '\u{202C}', '\u{2069}');
        for (text, shown) in [
            ("کتاب می\u{200C}خواهم \u{200E}a\u{200F}".to_owned(), "کتاب می\u{200C}خواهم \u{200E}a\u{200F}".to_owned()),
            (format!("{rlo}book"), format!("{rlo}book{pdf}")),
            (format!("{rlo}book{pdf}"), format!("{rlo}book{pdf}")),
            (format!("a{pdf}{pdi}b"), "ab".to_owned()),
            (format!("{fsi}a{lre}b"), format!("{fsi}a{lre}b{pdf}{pdi}")),
            (format!("{fsi}a{lre}b{pdi}c"), format!("{fsi}a{lre}b{pdi}c")),
            (format!("{fsi}a{pdf}{pdi}{pdi}"), format!("{fsi}a{pdi}")),
            (format!("{lre}{fsi}{pdf}"), format!("{lre}{fsi}{pdi}{pdf}")),
            (rlo.to_string().repeat(3), format!("{rlo}{rlo}{rlo}{pdf}{pdf}{pdf}")),
        ] {
            assert_eq!(isolated(&text), shown, "{text:?}");
        }
    }
}
