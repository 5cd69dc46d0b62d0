//! Compares a reply with an expected value that may contain patterns (`finnotech.md` section 7).
//!
//! `<str>`, `<int>`, `<ms>` and `<absent>` stand for a whole value; `<any>`, `<digits>`, `<digitsN>`, `<alnumN>`, `<hex>`, `<hexN>`, `<uuid>` and
//! `<jwt>` also for a part of a longer string. Objects match when every listed key does, arrays have equal length, numbers and strings are distinct.
//! A pattern with another name matches nothing, so that a typing error in a table fails the test.

use serde_json::Value;

/// One line for each difference, `path: what was expected, what came`; empty when everything matches.
pub fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("$", expected, actual, &mut found);
    found
}

fn compare(path: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, expected) in expected {
                let path = format!("{path}.{key}");
                match (expected == "<absent>", actual.get(key)) {
                    (true, None) => {}
                    (true, Some(actual)) => found.push(format!("{path}: expected no such key, got {actual}")),
                    (false, None) => found.push(format!("{path}: expected {expected}, the key is missing")),
                    (false, Some(actual)) => compare(&path, expected, actual, found),
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(&format!("{path}[{index}]"), expected, actual, found);
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            found.push(format!("{path}: expected {} elements, got {}", expected.len(), actual.len()));
        }
        (Value::String(pattern), actual) if value_matches(pattern, actual) => {}
        (expected, actual) if !expected.is_string() && expected == actual => {}
        (expected, actual) => found.push(format!("{path}: expected {expected}, got {actual}")),
    }
}

fn value_matches(pattern: &str, actual: &Value) -> bool {
    match pattern {
        "<any>" => true,
        "<str>" => actual.is_string(),
        "<int>" => actual.is_i64() || actual.is_u64(),
        "<ms>" => actual.as_i64().is_some_and(|ms| (1_000_000_000_000..10_000_000_000_000).contains(&ms)),
        _ => actual.as_str().is_some_and(|text| text_matches(pattern, text)),
    }
}

/// Whether a string (a header, for example) matches a pattern as a whole.
pub fn text_matches(pattern: &str, text: &str) -> bool {
    let Some(open) = pattern.find('<') else { return pattern == text };
    let Some(text) = text.strip_prefix(&pattern[..open]) else { return false };
    let Some((name, pattern)) = pattern[open + 1..].split_once('>') else { return false };
    lengths(name, text).into_iter().any(|length| text_matches(pattern, &text[length..]))
}

/// The lengths in bytes of the prefixes of `text` that the pattern `<name>` matches.
fn lengths(name: &str, text: &str) -> Vec<usize> {
    let counted = |prefix: &str| name.strip_prefix(prefix).and_then(|count| count.parse::<usize>().ok());
    let run = |count: usize, class: fn(&u8) -> bool| {
        let fits = text.len() >= count && text.as_bytes()[..count].iter().all(class);
        if fits { vec![count] } else { Vec::new() }
    };
    let any_run = |class: fn(&u8) -> bool| {
        let run = text.bytes().take_while(class).count();
        (1..=run).collect::<Vec<_>>()
    };
    if name == "any" {
        (0..=text.len()).filter(|length| text.is_char_boundary(*length)).collect()
    } else if name == "hex" {
        any_run(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).into_iter().filter(|length| *length <= 32).collect()
    } else if name == "digits" {
        any_run(u8::is_ascii_digit)
    } else if let Some(count) = counted("digits") {
        run(count, u8::is_ascii_digit)
    } else if let Some(count) = counted("alnum") {
        run(count, u8::is_ascii_alphanumeric)
    } else if let Some(count) = counted("hex") {
        run(count, u8::is_ascii_hexdigit)
    } else if name == "uuid" {
        if text.get(..36).is_some_and(is_uuid_v4) { vec![36] } else { Vec::new() }
    } else if name == "jwt" {
        (0..=text.len()).filter(|length| text.get(..*length).is_some_and(is_jwt)).collect()
    } else {
        Vec::new()
    }
}

fn is_uuid_v4(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        14 => byte == b'4',
        19 => b"89abAB".contains(&byte),
        _ => byte.is_ascii_hexdigit(),
    })
}

fn is_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let base64url =
        |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    parts.len() == 3 && parts.iter().all(base64url)
}
