//! Isolation of bidirectional texts from what stands beside them.
//!
//! Texts are kept as they were sent, with control characters that change the direction of what follows (second-edition.md 1.1, 1.2). Where another
//! text contains them, their effect ends with them: every control that they open is closed, and they close none that they have not opened. On a page,
//! each also stands in an element of its own direction (`<bdi>`). A text without elements, such as a title or an SMS, needs marks instead.

use std::borrow::Cow;

/// Ends an embedding or an override.
const POP: char = '\u{202C}';
/// Begins an isolate whose direction is that of its first letter.
const FIRST_STRONG: char = '\u{2068}';
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

/// A text as a part of another one that has no elements: between marks that give it its own direction.
pub fn marked(text: &str) -> String {
    format!("{FIRST_STRONG}{}{POP_ISOLATE}", isolated(text))
}

/// A text as a part of a Persian line without elements, such as one of an SMS. It is marked only where it would be read wrongly without marks: if it
/// has direction controls, or Latin letters together with Persian ones or with a sign at one of its ends.
pub fn in_persian(text: &str) -> Cow<'_, str> {
    let is_latin = |c: char| c.is_alphabetic() && !is_right_to_left(c);
    let has_control =
        text.contains(|c| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'));
    let is_sign = |c: Option<char>| c.is_some_and(|c| !c.is_alphanumeric());
    let is_mixed = text.contains(is_latin)
        && (text.contains(is_right_to_left) || is_sign(text.chars().next()) || is_sign(text.chars().next_back()));
    if has_control || is_mixed { Cow::Owned(marked(text)) } else { Cow::Borrowed(text) }
}

/// Whether a letter is of a script that is written from right to left: Hebrew, Arabic and their neighbours.
fn is_right_to_left(c: char) -> bool {
    c.is_alphabetic() && matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_persian_line_is_marked_where_it_would_be_read_wrongly() {
        for (text, is_marked) in [
            ("shop", false),
            ("My Shop 24", false),
            ("فروشگاه کتاب", false),
            ("فروشگاه ۲۴!", false),
            ("می\u{200C}خواهم", false),
            ("", false),
            ("Shop Inc.", true),
            ("(shop)", true),
            ("فروشگاه Book", true),
            ("Book فروشگاه", true),
            ("\u{202E}shop", true),
            ("shop\u{2069}", true),
            ("shop\u{200F}", true),
        ] {
            let shown = in_persian(text);
            assert_eq!(shown != text, is_marked, "{text:?}");
            let is_whole = shown.starts_with('\u{2068}') && shown.ends_with('\u{2069}');
            assert_eq!(is_whole, is_marked, "{shown:?}");
        }
        assert_eq!(marked("a\u{2069}b"), "\u{2068}ab\u{2069}");
        assert_eq!(marked("\u{202E}a"), "\u{2068}\u{202E}a\u{202C}\u{2069}");
    }

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
