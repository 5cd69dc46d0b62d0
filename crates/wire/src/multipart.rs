//! Forms as `multipart/form-data` (RFC 7578), from a complete body (second-edition.md 1.3).
//!
//! Shape: [`boundary`] reads the content type; [`form`] converts the parts to `application/x-www-form-urlencoded` with the same bytes. A file becomes
//! a text, base64, where its form takes files.
//! Absent: nested parts, transfer encodings. An encoded part, or a file elsewhere, is refused by its name.

use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// A body that is refused: the name of the offending part, or `body`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable(pub String);

/// What becomes of a file in a form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Files {
    /// The form is refused.
    Refused,
    /// The value is the file in base64; empty if no file was chosen.
    InBase64,
}

/// The name reported for a part without a name and for a body without parts.
const BODY: &str = "body";
/// The maximum length of a boundary, in characters.
const BOUNDARY: usize = 70;

/// The boundary in a content type; `None` if it is not `multipart/form-data`, empty if the boundary is missing.
pub fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    kind.trim()
        .eq_ignore_ascii_case("multipart/form-data")
        .then(|| parameter(parameters, "boundary").unwrap_or_default())
}

/// The value of a header's parameter.
fn parameter<'a>(mut rest: &'a str, wanted: &str) -> Option<&'a str> {
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (name, after) = rest.split_once('=')?;
        let (value, next) = match after.strip_prefix('"') {
            // A quote inside the value is escaped as `\"`, or as `%22` by browsers.
            Some(quoted) => {
                let escaped = |at: usize| quoted.get(..at).is_some_and(|before| before.ends_with('\\'));
                let end = quoted.match_indices('"').map(|(at, _)| at).find(|at| !escaped(*at))?;
                (quoted.get(..end)?, quoted.get(end + 1..)?)
            }
            None => after.split_once(';').unwrap_or((after, "")),
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value.trim());
        }
        rest = next;
    }
}

/// The body as a URL-encoded form.
///
/// # Errors
/// It has no parts, ends inside a part, or has a part that is neither text nor a file that the form takes.
pub fn form(body: &[u8], boundary: &str, files: Files) -> Result<Vec<u8>, Unreadable> {
    let unreadable = || Unreadable(BODY.to_owned());
    if boundary.is_empty() || boundary.len() > BOUNDARY {
        return Err(unreadable());
    }
    let line = format!("\r\n--{boundary}");
    // The first boundary stands at the beginning, or after a preamble.
    let mut rest = match body.strip_prefix(line.get(2..).unwrap_or_default().as_bytes()) {
        Some(rest) => rest,
        None => split(body, line.as_bytes()).ok_or_else(unreadable)?.1,
    };
    let mut form = Vec::with_capacity(body.len());
    loop {
        if rest.starts_with(b"--") {
            return Ok(form);
        }
        let after = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t')).and_then(|at| rest.get(at..));
        let part = after.and_then(|after| after.strip_prefix(b"\r\n")).ok_or_else(unreadable)?;
        let (whole, next) = split(part, line.as_bytes()).ok_or_else(unreadable)?;
        let (head, value) = split(whole, b"\r\n\r\n").ok_or_else(unreadable)?;
        let Part { name, is_file } = part_of(head)?;
        let encoded = match (is_file, files) {
            (true, Files::Refused) => return Err(Unreadable(name)),
            (true, Files::InBase64) => Some(BASE64.encode(value).into_bytes()),
            (false, _) => None,
        };
        let value = encoded.as_deref().unwrap_or(value);
        if !form.is_empty() {
            form.push(b'&');
        }
        form.extend(percent_encode(name.as_bytes(), NON_ALPHANUMERIC).flat_map(str::bytes));
        form.push(b'=');
        form.extend(percent_encode(value, NON_ALPHANUMERIC).flat_map(str::bytes));
        rest = next;
    }
}

/// The name of a part, and whether it is a file.
struct Part {
    name: String,
    is_file: bool,
}

/// Reads the headers of a part.
fn part_of(head: &[u8]) -> Result<Part, Unreadable> {
    let head = std::str::from_utf8(head).map_err(|_| Unreadable(BODY.to_owned()))?;
    let header = |wanted: &str| {
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let disposition = header("content-disposition").unwrap_or_default();
    let (kind, parameters) = disposition.split_once(';').unwrap_or((disposition, ""));
    let name = parameter(parameters, "name").filter(|_| kind.trim().eq_ignore_ascii_case("form-data"));
    let name =
        name.map(|name| name.replace("\\\"", "\"").replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"));
    let name = name.ok_or_else(|| Unreadable(BODY.to_owned()))?;
    let is_file = ["filename", "filename*"].iter().any(|file| parameter(parameters, file).is_some());
    let plain = ["7bit", "8bit", "binary"];
    let coded = header("content-transfer-encoding")
        .is_some_and(|way| !plain.iter().any(|known| way.eq_ignore_ascii_case(known)));
    if coded { Err(Unreadable(name)) } else { Ok(Part { name, is_file }) }
}

/// The bytes before and after the first occurrence of `at`.
fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(at.len()).position(|window| window == at)?;
    Some((bytes.get(..place)?, bytes.get(place + at.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(head: &str, value: &str) -> String {
        format!("--b\r\n{head}\r\n\r\n{value}\r\n")
    }

    fn named(name: &str, value: &str) -> String {
        part(&format!("Content-Disposition: form-data; name=\"{name}\""), value)
    }

    #[test]
    fn text_parts_are_a_form_and_anything_else_is_refused_by_its_name() {
        let unreadable = |name: &str| Err(Unreadable(name.to_owned()));
        let read = |body: &str| form(body.as_bytes(), "b", Files::Refused).map(|form| String::from_utf8(form).unwrap());
        let two = format!("{}{}--b--\r\n", named("price[]", "5 & 6\r\nش"), named("a", ""));
        assert_eq!(read(&two), Ok("price%5B%5D=5%20%26%206%0D%0A%D8%B4&a=".to_owned()));
        for (body, expected) in [
            ("--b--".to_owned(), Ok(String::new())),
            (format!("preamble\r\n{}--b--", named("a", "1")), Ok("a=1".to_owned())),
            (
                part("content-type: text/plain; charset=utf-8\r\nCONTENT-DISPOSITION: form-data; name=a", "1")
                    + "--b--",
                Ok("a=1".to_owned()),
            ),
            (part("Content-Disposition: form-data; name=\"a\\\"b\"", "1") + "--b--", Ok("a%22b=1".to_owned())),
            (part("Content-Disposition: form-data; name=\"a\"; filename=\"f\"", "1") + "--b--", unreadable("a")),
            (
                part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "MQ==") + "--b--",
                unreadable("a"),
            ),
            (part("Content-Disposition: attachment; name=a", "1") + "--b--", unreadable("body")),
            (part("Content-Type: text/plain", "1") + "--b--", unreadable("body")),
            (named("a", "1"), unreadable("body")),
            (String::new(), unreadable("body")),
            ("a=1".to_owned(), unreadable("body")),
            ("--b".to_owned(), unreadable("body")),
            ("--b\r\n\r\n--b--".to_owned(), unreadable("body")),
        ] {
            assert_eq!(read(&body), expected, "{body:?}");
        }
        assert_eq!(form(b"--b--", "", Files::Refused).err(), Some(Unreadable("body".to_owned())));
    }

    #[test]
    fn a_file_is_a_text_where_its_form_takes_files() {
        let file = |value: &[u8]| {
            let head = b"--b\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
            [head, value, b"\r\n--b--"].concat()
        };
        for (bytes, value) in [(&b"\x89PNG\0\xff"[..], "iVBORwD%2F"), (b"", "")] {
            let read = form(&file(bytes), "b", Files::InBase64).map(|form| String::from_utf8(form).unwrap());
            assert_eq!(read, Ok(format!("logo={value}")));
            assert_eq!(form(&file(bytes), "b", Files::Refused).err(), Some(Unreadable("logo".to_owned())));
        }
    }

    #[test]
    fn a_boundary_is_a_token_or_quoted() {
        for (kind, expected) in [
            ("multipart/form-data; boundary=x", Some("x")),
            ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b;c\"", Some("a b;c")),
            ("multipart/form-data", Some("")),
            ("multipart/mixed; boundary=x", None),
            ("application/x-www-form-urlencoded", None),
            ("", None),
        ] {
            assert_eq!(boundary(kind), expected, "{kind}");
        }
    }
}
