//! Request headers as text, for all dialects (second-edition.md 1.3).
//!
//! A header that is read and is not text is refused before a handler runs ([`crate::intake`]): it never counts as absent.
//! Absent: cookies, because other programs on the same host set some (only the cookie that is asked for is read), and `traceparent`, because a request
//! is not refused for its trace: one that cannot be read begins a new trace.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use wire::text::is_line;

/// The headers that Daric reads.
pub const READ: [HeaderName; 16] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::ACCESS_CONTROL_REQUEST_HEADERS,
    header::ACCESS_CONTROL_REQUEST_METHOD,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::HOST,
    header::IF_MATCH,
    header::ORIGIN,
    header::REFERER,
    HeaderName::from_static("_ott_"),
    HeaderName::from_static("_token_"),
    HeaderName::from_static("_token_issuer_"),
    HeaderName::from_static("sec-fetch-dest"),
    HeaderName::from_static("sec-fetch-site"),
];

/// A value as one line of text; `None`: it is not text.
pub fn text(value: &HeaderValue) -> Option<&str> {
    let text = std::str::from_utf8(value.as_bytes()).ok()?;
    (is_plain(value) || text.chars().all(|c| is_line(c) || c == '\t')).then_some(text)
}

/// Whether a browser sent a request, which accepts `text/html` by name.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).into_iter().filter_map(text).any(|kinds| kinds.contains("text/html"))
}

/// Whether a value is printable ASCII, which nearly all are. Looks at every byte, so that the loop compiles to vector instructions.
fn is_plain(value: &HeaderValue) -> bool {
    value.as_bytes().iter().fold(true, |plain, byte| plain & (b' '..=b'~').contains(byte))
}

/// The first header that Daric reads and that is not text.
pub fn unreadable(headers: &HeaderMap) -> Option<&HeaderName> {
    let suspect =
        |(name, value): &(&HeaderName, &HeaderValue)| !is_plain(value) && READ.contains(name) && text(value).is_none();
    headers.iter().find(suspect).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// second-edition.md 1.3.
    #[test]
    fn what_is_no_text_is_found_in_each_header_that_is_read_and_in_no_other() {
        for (bytes, is_text) in
            [(&b"plain"[..], true), ("۱۲۳".as_bytes(), true), (b"a\tb", true), (b"\xff", false), (b"7\xff", false)]
        {
            let value = HeaderValue::from_bytes(bytes).unwrap();
            assert_eq!(text(&value).is_some(), is_text, "{bytes:?}");
            for name in READ {
                let headers = HeaderMap::from_iter([(name.clone(), value.clone())]);
                assert_eq!(unreadable(&headers), Some(&name).filter(|_| !is_text), "{bytes:?}");
            }
            let headers = HeaderMap::from_iter([(header::COOKIE, value.clone()), (header::USER_AGENT, value)]);
            assert_eq!(unreadable(&headers), None);
        }
        // A second value of a header counts as well.
        let mut headers = HeaderMap::new();
        headers.append("_ott_", HeaderValue::from_static("1"));
        headers.append("_ott_", HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(unreadable(&headers).map(HeaderName::as_str), Some("_ott_"));
    }
}
