//! Escaping of texts in XML.

use std::borrow::Cow;

/// Escapes a text for XML. Characters that XML 1.0 does not allow become U+FFFD: one of them would make a whole file unreadable. New requests cannot
/// contain them, but rows of older versions may.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let is_legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    if text.chars().all(is_legal) {
        return quick_xml::escape::escape(text);
    }
    let legal: String = text.chars().map(|c| if is_legal(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    Cow::Owned(quick_xml::escape::escape(legal.as_str()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced_and_the_rest_is_as_it_was() {
        for (text, expected) in [
            ("شرح <&> \u{200C}", "شرح &lt;&amp;&gt; \u{200C}"),
            ("a\u{FFFE}b\u{FFFF}c\0", "a\u{FFFD}b\u{FFFD}c\u{FFFD}"),
            ("\u{1F600}\t\n", "\u{1F600}\t\n"),
            ("\u{1B}", "\u{FFFD}"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }
}
