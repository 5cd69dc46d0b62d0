//! Checks on every request before a handler runs: valid text, and a limited number of parameters.
//!
//! One check for all entrances over HTTP, each of which says the refusal in its own form (second-edition 1.2, 1.3; limits of design 7). A form is decoded by
//! it; services that read nothing else take its pairs from here.
//! Absent: shapes of fields, and where line breaks are allowed. The handlers know.

use crate::refused::Refused;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::Bytes;
use wire::multipart::{self, Files};
use wire::pairs::{NoText, Pairs};
use wire::text;

use crate::dialect::{Dialect, Reads};
use crate::head;

/// Maximum number of parameters in a query or a form.
pub const PARAMETERS: usize = 1_000;
/// Characters of a parameter's name that a refusal repeats.
const NAME: usize = 64;

/// The name that refusals use for the whole body.
const BODY: &str = "body";
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Converts a multipart form to URL encoding; returns any other body unchanged.
///
/// # Errors
/// The form cannot be read, or has a file that it does not take.
pub fn form_of_parts(dialect: &dyn Dialect, parts: &mut Parts, body: Bytes) -> Result<Bytes, Refused> {
    let sent = parts.headers.get(CONTENT_TYPE).and_then(head::text);
    let reads = dialect.reads(parts.uri.path());
    let Some(boundary) = sent.and_then(multipart::boundary).filter(|_| reads.forms()) else { return Ok(body) };
    let files = if reads == Reads::FileForm { Files::InBase64 } else { Files::Refused };
    let form = multipart::form(&body, boundary, files).map_err(|why| Refused::Field(shortened(&why.0)))?;
    parts.headers.insert(CONTENT_TYPE, FORM);
    parts.headers.remove(CONTENT_LENGTH);
    Ok(form.into())
}

/// Looks through path, headers, query and body; returns the pairs of a body that its handler reads as a form and nothing else.
///
/// # Errors
/// Why no handler may see the request.
pub fn check(dialect: &dyn Dialect, parts: &Parts, body: &[u8]) -> Result<Option<Pairs>, Refused> {
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    if query.len() > dialect.longest_query() {
        return Err(Refused::QueryTooLong);
    }
    if dialect.reads_paths() && path.contains('%') && text::decoded(path.as_bytes()).is_none() {
        return Err(Refused::Field("path".to_owned()));
    }
    if let Some(header) = head::unreadable(&parts.headers) {
        return Err(Refused::Field(header.as_str().to_owned()));
    }
    form(query)?;
    let reads = dialect.reads(path);
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Ok(None),
        Some(b'{' | b'[') if reads == Reads::Form => Err(Refused::Field(BODY.to_owned())),
        Some(b'{' | b'[') => text::unclean_member(body).map_or(Ok(None), |name| Err(Refused::Field(shortened(&name)))),
        // Without one pair it has no parameters that could be read.
        Some(_) if reads == Reads::Form && !body.contains(&b'=') => Err(Refused::Field(BODY.to_owned())),
        Some(_) if reads == Reads::Form => pairs(body).map(Some),
        Some(_) if reads.forms() => form(body).map(|()| None),
        Some(_) => Ok(None),
    }
}

fn form(bytes: &[u8]) -> Result<(), Refused> {
    // Most queries are plain.
    let is_plain = bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'%');
    if is_plain { few(bytes) } else { pairs(bytes).map(drop) }
}

fn few(bytes: &[u8]) -> Result<(), Refused> {
    let parameters = bytes.iter().filter(|byte| **byte == b'&').count();
    if parameters >= PARAMETERS { Err(Refused::TooManyParameters) } else { Ok(()) }
}

fn pairs(bytes: &[u8]) -> Result<Pairs, Refused> {
    few(bytes)?;
    Pairs::of(bytes).map_err(|why| match why {
        NoText::ValueOf(name) => Refused::Field(shortened(&name)),
        NoText::Name => Refused::Field("parameter".to_owned()),
    })
}

fn shortened(name: &str) -> String {
    name.chars().take(NAME).collect()
}
