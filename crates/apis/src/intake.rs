//! What every request must be before a handler sees it: texts that are texts, and no more parameters than anybody needs.
//!
//! One check for all entrances over HTTP, each of which says the refusal in its own form (second-edition 1.2, 1.3; limits of design 7).
//! Absent: shapes of fields, and where line breaks are allowed. The handlers know.

use axum::Json;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use wire::finnotech::errors as finnotech_errors;
use wire::pod::errors as pod_errors;
use wire::text;

use crate::pages::{Frame, notice};
use crate::{App, finnotech, paystar, pod, sso};

/// Bytes of a query at most.
const QUERY: usize = 8 * 1024;
/// The same for log-ins: a state and an address for the way back, of 8 KiB each, ride in theirs, encoded twice. With other headers they
/// fit into a head.
pub const QUERY_OF_LOG_INS: usize = 60 * 1024;
/// Parameters of a query or a form at most.
const PARAMETERS: usize = 1_000;
/// Characters of a parameter's name that a refusal repeats.
const NAME: usize = 64;

/// Why no handler sees a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// A parameter or member of this name holds what no text may hold, or bytes that are no UTF-8.
    Field(String),
    /// The query is too long.
    QueryTooLong,
    /// There are too many parameters.
    TooManyParameters,
}

/// In whose form a refusal is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Dialect {
    Finnotech,
    Paystar,
    Pod,
    Oauth,
    Pages,
    Admin,
    Other,
}

/// Path prefixes and their dialects; the first that fits counts.
const PREFIXES: [(&str, Dialect); 14] = [
    ("/dev/v2/oauth2/consent", Dialect::Pages),
    ("/dev/", Dialect::Finnotech),
    ("/oak/", Dialect::Finnotech),
    ("/api/", Dialect::Paystar),
    ("/srv/", Dialect::Pod),
    ("/nzh/", Dialect::Pod),
    ("/v1/pbc/", Dialect::Pages),
    ("/v1/", Dialect::Paystar),
    ("/oauth2/token", Dialect::Oauth),
    ("/oauth2/", Dialect::Pages),
    ("/s/", Dialect::Pages),
    ("/console", Dialect::Pages),
    ("/admin/", Dialect::Admin),
    ("/sms/", Dialect::Admin),
];

impl Dialect {
    fn of(path: &str) -> Self {
        let known = PREFIXES.iter().find(|(prefix, _)| path.starts_with(prefix));
        known.map_or(Self::Other, |(_, dialect)| *dialect)
    }

    /// Whether a body that is no JSON is read as a form.
    fn takes_forms(self, path: &str) -> bool {
        match self {
            Self::Pod | Self::Oauth | Self::Pages => true,
            Self::Finnotech => path.starts_with("/dev/v2/oauth2/authorize"),
            Self::Admin => path.starts_with("/sms/"),
            Self::Paystar | Self::Other => false,
        }
    }
}

/// Looks through path, query and body.
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
    form(query)?;
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Ok(()),
        Some(b'{' | b'[') => text::unclean_member(body).map_or(Ok(()), |name| Err(Refused::Field(shortened(&name)))),
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

/// A refusal in the form of the dialect that the path belongs to.
pub fn refuse(app: &App, parts: &Parts, refused: &Refused) -> Response {
    let (status, what) = match refused {
        Refused::Field(name) => (StatusCode::BAD_REQUEST, format!("{name} is invalid")),
        Refused::QueryTooLong => (StatusCode::URI_TOO_LONG, "query is too long".to_owned()),
        Refused::TooManyParameters => (StatusCode::BAD_REQUEST, "too many parameters".to_owned()),
    };
    match Dialect::of(parts.uri.path()) {
        Dialect::Finnotech => finnotech::unreadable(app, parts, &finnotech_errors::unreadable(status.as_u16(), what)),
        Dialect::Paystar => match refused {
            Refused::Field(name) => paystar::unreadable(parts.uri.path(), name),
            Refused::QueryTooLong | Refused::TooManyParameters => status.into_response(),
        },
        Dialect::Pod => match refused {
            Refused::Field(name) => pod::unreadable(app, pod_errors::invalid(name)),
            Refused::QueryTooLong | Refused::TooManyParameters => status.into_response(),
        },
        Dialect::Oauth => sso::unreadable(status, what),
        Dialect::Pages => {
            let frame = Frame::bare(parts.uri.path(), &parts.headers);
            let title = frame.w.unreadable;
            notice(frame, status, title, "")
        }
        Dialect::Admin | Dialect::Other => {
            let error = match refused {
                Refused::Field(name) => json!({"code": "INVALID", "field": name, "message": what}),
                Refused::QueryTooLong | Refused::TooManyParameters => {
                    json!({"code": "INVALID", "field": "query", "message": what})
                }
            };
            (status, Json(json!({"error": error}))).into_response()
        }
    }
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
            // A text of JSON may have as many signs as it likes; what is no form is not read as one.
            ("/admin/v1/sms", format!("{{\"text\":\"{many}\"}}").as_bytes(), Ok(())),
            ("/api/ivr/bpm/otp-v2", b"\xff\xfe", Ok(())),
        ] {
            assert_eq!(checked(target, body), expected, "{target}");
        }
    }
}
