//! What every request must be before a handler sees it: texts that are texts, and no more parameters than anybody needs.
//!
//! One check for all entrances over HTTP, each of which says the refusal in its own form (second-edition 1.2, 1.3; limits of design 7).
//! Absent: shapes of fields, and where line breaks are allowed. The handlers know.

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;
use wire::{multipart, text};

use crate::dialect::Dialect;
use crate::head;

/// Bytes of a query at most.
const QUERY: usize = 8 * 1024;
/// The same for log-ins: a state and an address for the way back, of 8 KiB each, ride in theirs, encoded twice. With other headers they
/// fit into a head.
pub const QUERY_OF_LOG_INS: usize = 60 * 1024;
/// Parameters of a query or a form at most.
const PARAMETERS: usize = 1_000;
/// Characters of a parameter's name that a refusal repeats.
const NAME: usize = 64;

/// What a body as a whole is called.
const BODY: &str = "body";
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Why no handler sees a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// A parameter, member or header of this name holds what no text may hold, or bytes that are no UTF-8.
    Field(String),
    /// The query is too long.
    QueryTooLong,
    /// There are too many parameters.
    TooManyParameters,
}

impl Refused {
    /// The status of the refusal.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Field(_) | Self::TooManyParameters => StatusCode::BAD_REQUEST,
            Self::QueryTooLong => StatusCode::URI_TOO_LONG,
        }
    }
}

/// A form that came in parts, as the other encoding of forms has it; any other body as it is.
///
/// # Errors
/// It cannot be read, or a part is no text.
pub fn form_of_parts(parts: &mut Parts, body: Bytes) -> Result<Bytes, Refused> {
    let sent = parts.headers.get(CONTENT_TYPE).and_then(head::text);
    let takes = |_: &&str| Dialect::of(parts.uri.path()).takes_forms(parts.uri.path());
    let Some(boundary) = sent.and_then(multipart::boundary).filter(takes) else { return Ok(body) };
    let form = multipart::form(&body, boundary).map_err(|why| Refused::Field(shortened(&why.0)))?;
    parts.headers.insert(CONTENT_TYPE, FORM);
    parts.headers.remove(CONTENT_LENGTH);
    Ok(form.into())
}

/// Looks through path, headers, query and body.
///
/// # Errors
/// Why no handler may see the request.
pub fn check(parts: &Parts, body: &[u8]) -> Result<(), Refused> {
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let longest = if path.starts_with("/oauth2/") { QUERY_OF_LOG_INS } else { QUERY };
    if query.len() > longest {
        return Err(Refused::QueryTooLong);
    }
    // Elsewhere it names no service, deposit or page, which is told in each one's own words.
    let dialect = Dialect::of(path);
    if dialect == Dialect::Admin && path.contains('%') && text::decoded(path.as_bytes()).is_none() {
        return Err(Refused::Field("path".to_owned()));
    }
    if let Some(header) = head::unreadable(&parts.headers) {
        return Err(Refused::Field(header.as_str().to_owned()));
    }
    form(query)?;
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Ok(()),
        Some(b'{' | b'[') if dialect.takes_forms_only(path) => Err(Refused::Field(BODY.to_owned())),
        Some(b'{' | b'[') => text::unclean_member(body).map_or(Ok(()), |name| Err(Refused::Field(shortened(&name)))),
        // Without one pair it has no parameters that could be read.
        Some(_) if dialect.takes_forms_only(path) && !body.contains(&b'=') => Err(Refused::Field(BODY.to_owned())),
        Some(_) if dialect.takes_forms(path) => form(body),
        Some(_) => Ok(()),
    }
}

fn form(bytes: &[u8]) -> Result<(), Refused> {
    if bytes.iter().filter(|byte| **byte == b'&').count() >= PARAMETERS {
        return Err(Refused::TooManyParameters);
    }
    // Most queries are plain.
    if bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'%') {
        return Ok(());
    }
    for (name, value) in text::pairs(bytes) {
        match (name, value) {
            (Some(_), Some(_)) => {}
            (Some(name), None) => return Err(Refused::Field(shortened(&name))),
            (None, _) => return Err(Refused::Field("parameter".to_owned())),
        }
    }
    Ok(())
}

fn shortened(name: &str) -> String {
    name.chars().take(NAME).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn checked(target: &str, body: &[u8]) -> Result<(), Refused> {
        let (parts, ()) = Request::builder().uri(target).body(()).unwrap().into_parts();
        check(&parts, body)
    }

    #[test]
    fn every_entrance_is_held_to_texts_and_limits() {
        let field = |name: &str| Err(Refused::Field(name.to_owned()));
        let long = format!("/nzh/x?a={}", "x".repeat(QUERY));
        let back = format!("/oauth2/authorize?state={}", "x".repeat(QUERY));
        let many = "a=1&".repeat(PARAMETERS);
        for (target, body, expected) in [
            ("/oak/v2/clients/drops/transferTo?trackId=t-1", &br#"{"amount":5,"description":"\u0634"}"#[..], Ok(())),
            ("/oak/v2/clients/drops/transferTo?trackId=t-1", br#"{"description":"a\u0000"}"#, field("description")),
            ("/oak/v2/clients/dro%FFps/transferTo", b"", Ok(())),
            ("/admin/v1/terminals/%00", b"", field("path")),
            ("/dev/v2/oauth2/authorize?state=%00", b"", field("state")),
            ("/api/ivr/bpm/otp-v2", br#"{"sequence":"\ufffe"}"#, field("sequence")),
            ("/srv/sc/nzh/doServiceCall", b"description=%D3", field("description")),
            ("/srv/sc/nzh/doServiceCall", many.as_bytes(), Err(Refused::TooManyParameters)),
            ("/nzh/x?%00=1", b"", field("parameter")),
            (&long, b"", Err(Refused::QueryTooLong)),
            (&back, b"", Ok(())),
            ("/oauth2/token", b"scope=%00", field("scope")),
            ("/admin/v1/clients", br#"{"redirectOrigin":"http:\u0000"}"#, field("redirectOrigin")),
            // second-edition.md 1.3: what is no form where one is read is not passed over.
            ("/srv/sc/nzh/doServiceCall", br#" {"scProductId":29796}"#, field("body")),
            ("/nzh/getCredit", b"[]", field("body")),
            ("/nzh/getCredit?wallet=x", b"nothing", field("body")),
            ("/oauth2/token", br#"{"grant_type":"refresh_token"}"#, field("body")),
            ("/dev/v2/oauth2/authorize", br#"{"client_id":"drops"}"#, field("body")),
            ("/sms/inbound", br#"{"from":"09121234567"}"#, Ok(())),
            // A text of JSON may have as many signs as it likes; what is no form is not read as one.
            ("/admin/v1/sms", format!("{{\"text\":\"{many}\"}}").as_bytes(), Ok(())),
            ("/api/ivr/bpm/otp-v2", b"\xff\xfe", Ok(())),
        ] {
            assert_eq!(checked(target, body), expected, "{target}");
        }
    }
}
