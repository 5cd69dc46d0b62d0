//! The characters that a text may contain (second-edition 1.2, 1.3); the same for all platforms and endpoints.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use serde_json::Value;

/// Whether a text may contain a character: those of XML 1.0, and no control characters but tab and line breaks.
pub fn is_text(c: char) -> bool {
    let is_noncharacter = matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE;
    !is_noncharacter && (!c.is_control() || matches!(c, '\t' | '\n' | '\r'))
}

/// Whether a text of one line may contain a character.
pub fn is_line(c: char) -> bool {
    is_text(c) && !c.is_control()
}

/// A part of a form, a query or a path as a text; `None`: it is none.
pub fn decoded(part: &[u8]) -> Option<Cow<'_, str>> {
    let spaced: Cow<'_, [u8]> = match part.contains(&b'+') {
        true => part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect::<Vec<u8>>().into(),
        false => part.into(),
    };
    let text = match spaced {
        Cow::Borrowed(part) => percent_decode(part).decode_utf8().ok()?,
        Cow::Owned(part) => Cow::Owned(percent_decode(&part).decode_utf8().ok()?.into_owned()),
    };
    text.chars().all(is_text).then_some(text)
}

/// The first member of a JSON document whose value or name contains a character that a text may not; `None` if there is none, or it is not JSON.
pub fn unclean_member(json: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(json).ok()?;
    // Blanks between values do not matter here; an escape may stand for any character.
    if text.chars().all(is_text) && !text.contains('\\') {
        return None;
    }
    let document: Value = serde_json::from_str(&marked(text)).ok()?;
    find(&document, "body").map(str::to_owned)
}

/// A JSON document in which escapes of lone surrogates, which stand for no character, are replaced by the escape of U+0000, which no text may
/// contain.
fn marked(json: &str) -> Cow<'_, str> {
    const NO_TEXT: &str = "\\u0000";
    let unit = |at: usize| -> Option<u16> {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = json[at..].find('\\') {
        at += found;
        match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str(&json[from..at]);
                out.push_str(NO_TEXT);
                at += 6;
                from = at;
            }
            (Some(_), _) => at += 6,
            // The character after a backslash is skipped: it begins no escape.
            (None, _) => at += 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
        }
    }
    if from == 0 { Cow::Borrowed(json) } else { Cow::Owned(out + &json[from..]) }
}

fn find<'a>(value: &'a Value, name: &'a str) -> Option<&'a str> {
    match value {
        Value::String(text) => (!text.chars().all(is_text)).then_some(name),
        Value::Array(values) => values.iter().find_map(|value| find(value, name)),
        Value::Object(members) => members
            .iter()
            .find_map(|(member, value)| if member.chars().all(is_text) { find(value, member) } else { Some(name) }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// second-edition 1.2.
    #[test]
    fn a_text_holds_what_xml_may_and_no_other_controls_but_tab_and_line_breaks() {
        for good in ['a', 'ی', '\t', '\n', '\r', '\u{200C}', '\u{FFFD}', '\u{10000}', '\u{E000}', '😀'] {
            assert!(is_text(good), "{good:?}");
        }
        for bad in [
            '\0',
            '\u{1}',
            '\u{8}',
            '\u{1F}',
            '\u{7F}',
            '\u{85}',
            '\u{9F}',
            '\u{FDD0}',
            '\u{FDEF}',
            '\u{FFFE}',
            '\u{FFFF}',
            '\u{1FFFE}',
            '\u{10FFFF}',
        ] {
            assert!(!is_text(bad) && !is_line(bad), "{bad:?}");
        }
        assert!(!is_line('\n') && !is_line('\t') && is_line('ی'));
    }

    #[test]
    fn a_json_document_is_searched_for_what_is_no_text_by_its_members_names() {
        for (json, expected) in [
            (r#"{"a":"x","b":["y\n",{"c":1}]}"#, None),
            (r#"{"a":"x\u0000"}"#, Some("a")),
            (r#"{"a":{"b":["x","\ufffe"]}}"#, Some("b")),
            (r#"{"a\u0007":1}"#, Some("body")),
            ("{\"a\":\"\u{FFFF}\"}", Some("a")),
            (r#"["\b"]"#, Some("body")),
            (r#"{"a":"\ud800"}"#, Some("a")),
            (r#"{"a":"\ud83d\ude00"}"#, None),
            (r#"{"a":"x\ude00\ud83d","b":1}"#, Some("a")),
            (r#"{"b":"\\ud800","c":{"d":["\uD83Dx"]}}"#, Some("d")),
            (r#"{"\udfff":1}"#, Some("body")),
            (r#"{"a":"\ud8"}"#, None),
            ("no json \u{0}", None),
        ] {
            assert_eq!(unclean_member(json.as_bytes()).as_deref(), expected, "{json}");
        }
    }
}
