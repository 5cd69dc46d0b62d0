//! Which dialect a path belongs to, and how each dialect words errors outside its handlers.
//!
//! Shape: a dialect describes itself as a [`Dialect`]; [`Dialects`] finds the dialect of a path. [`Asked::refuse`] answers a request that reaches no
//! handler; [`Asked::dressed`] gives a bare error status its body, so that routers and handlers need no bodies of their own for paths, methods and
//! request bodies that are not served (second-edition.md 1.9).

use std::fmt::Debug;
use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::head;
use crate::refused::BodyFault;
use crate::refused::Refused;

/// How the body of a request is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reads {
    /// As JSON.
    Json,
    /// As a form; the body may be absent.
    Form,
    /// As the form of a page; the page itself reports what is missing.
    PageForm,
    /// The same, with files among its fields: their values are in base64.
    FileForm,
    /// As JSON or a form, whatever its `Content-Type`.
    Either,
    /// As JSON, whatever its `Content-Type`.
    AnyJson,
    /// Not at all.
    Nothing,
}

impl Reads {
    /// Whether a body that is not JSON is read as a form.
    pub fn forms(self) -> bool {
        matches!(self, Self::Form | Self::PageForm | Self::FileForm | Self::Either)
    }

    /// The media type that strict mode requires of a body; `None`: any.
    pub fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("application/json"),
            Self::Form | Self::PageForm | Self::FileForm => Some("application/x-www-form-urlencoded"),
            Self::Either | Self::AnyJson | Self::Nothing => None,
        }
    }
}

/// How callers authenticate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Challenge {
    /// The id and the secret of a client.
    Basic,
    /// A token.
    Bearer,
}

/// Maximum length of a query in bytes, unless a dialect sets another.
pub const QUERY: usize = 8 * 1024;

/// Which sites' scripts may read the responses of a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sites {
    /// Any site: each call carries a token.
    Any,
    /// Origins of the redirect addresses that businesses have registered.
    Registered,
}

/// A dialect as this crate sees it.
pub trait Dialect: Debug + Send + Sync {
    /// The name of the dialect in the request log.
    fn name(&self) -> &'static str;

    /// Path prefixes of the dialect. Where several match a path, the longest counts.
    fn paths(&self) -> &'static [&'static str];

    /// How a body sent to this path is read.
    fn reads(&self, path: &str) -> Reads;

    /// Maximum length of a query in bytes.
    fn longest_query(&self) -> usize {
        QUERY
    }

    /// Whether a path must be valid text. In other dialects, a path that is not names no service, deposit or page, and each handler refuses it in its
    /// own words.
    fn reads_paths(&self) -> bool {
        false
    }

    /// Whether the responses are pages for people, in the language of the reader.
    fn is_page(&self) -> bool {
        false
    }

    /// The challenge in 401 responses of a path; `None`: no challenge, because browsers would open a log-in dialog.
    fn challenge(&self, path: &str) -> Option<Challenge>;

    /// Which sites' scripts may read the responses of a path (second-edition.md 1.10); `None`: none.
    fn sites(&self, _path: &str) -> Option<Sites> {
        None
    }

    /// The response to a request that is refused before a handler runs.
    fn refused(&self, asked: &Asked, refused: &Refused) -> Response;

    /// The response to a path, a method or a body that is not served.
    fn unserved(&self, asked: &Asked, status: StatusCode) -> Response;
}

/// Whether a path is this prefix, or below it.
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// All dialects, and Daric's own form for paths that belong to none.
#[derive(Debug)]
pub struct Dialects {
    /// Sorted by the length of the prefix, longest first.
    by_path: Vec<(&'static str, Arc<dyn Dialect>)>,
    other: Arc<dyn Dialect>,
}

impl Dialects {
    /// A table of these dialects.
    pub fn new(dialects: impl IntoIterator<Item = Arc<dyn Dialect>>) -> Self {
        let mut by_path: Vec<_> = dialects
            .into_iter()
            .flat_map(|dialect| dialect.paths().iter().map(move |path| (*path, Arc::clone(&dialect))))
            .collect();
        by_path.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Self { by_path, other: Arc::new(OTHER) }
    }

    /// The dialect of a path.
    pub fn of(&self, path: &str) -> &Arc<dyn Dialect> {
        let found = self.by_path.iter().find(|(prefix, _)| is_below(path, prefix));
        found.map_or(&self.other, |(_, dialect)| dialect)
    }
}

/// Paths that answer in Daric's own form, that of the operator API.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    /// See [`Dialect::name`].
    pub name: &'static str,
    /// See [`Dialect::paths`].
    pub paths: &'static [&'static str],
    /// How bodies are read.
    pub reads: Reads,
    /// See [`Dialect::reads_paths`].
    pub reads_paths: bool,
    /// See [`Dialect::sites`].
    pub sites: Option<Sites>,
}

/// The dialect of paths that belong to no other.
const OTHER: Plain = Plain { name: "other", paths: &[], reads: Reads::Nothing, reads_paths: false, sites: None };

impl Dialect for Plain {
    fn name(&self) -> &'static str {
        self.name
    }

    fn paths(&self) -> &'static [&'static str] {
        self.paths
    }

    fn reads(&self, _path: &str) -> Reads {
        self.reads
    }

    fn reads_paths(&self) -> bool {
        self.reads_paths
    }

    fn sites(&self, _path: &str) -> Option<Sites> {
        self.sites
    }

    fn challenge(&self, _path: &str) -> Option<Challenge> {
        Some(Challenge::Bearer)
    }

    fn refused(&self, _asked: &Asked, refused: &Refused) -> Response {
        let field = if let Refused::Field(name) = refused { name } else { "query" };
        let error = json!({"code": "INVALID", "field": field, "message": refused.message()});
        (refused.status(), Json(json!({"error": error}))).into_response()
    }

    fn unserved(&self, _asked: &Asked, status: StatusCode) -> Response {
        let code = match status {
            StatusCode::NOT_FOUND => "NOT_FOUND",
            StatusCode::METHOD_NOT_ALLOWED => "METHOD_NOT_ALLOWED",
            StatusCode::PAYLOAD_TOO_LARGE => "TOO_LARGE",
            StatusCode::UNAUTHORIZED => "UNAUTHORIZED",
            _ => "INVALID",
        };
        (status, Json(json!({"error": {"code": code, "message": unserved_message(status)}}))).into_response()
    }
}

/// Why a request is not served, in English.
pub fn unserved_message(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "no such path",
        StatusCode::METHOD_NOT_ALLOWED => "this path has other methods",
        StatusCode::PAYLOAD_TOO_LARGE => "the body is over 64 KiB",
        StatusCode::URI_TOO_LONG => "the query is too long",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "the body has another type than this path takes",
        StatusCode::UNAUTHORIZED => "who calls has to be shown",
        StatusCode::TOO_MANY_REQUESTS => "too many calls",
        _ => "the request cannot be read",
    }
}

const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"daric\", charset=\"UTF-8\"");
const BEARER: HeaderValue = HeaderValue::from_static("Bearer realm=\"daric\"");

/// The parts of a request from which its refusal is worded; kept while handlers own the request.
#[derive(Debug)]
pub struct Asked {
    /// The request's address.
    pub uri: Uri,
    /// The request's headers, for pages only: language, and whether a browser sent it. Empty for other dialects.
    pub headers: HeaderMap,
    dialect: Arc<dyn Dialect>,
    /// The body was too large. This is reported before a wrong path or method.
    is_too_large: bool,
}

impl Asked {
    /// What is kept of a request, whose path is of this dialect.
    pub fn of(dialect: Arc<dyn Dialect>, request: &Request) -> Self {
        let uri = request.uri().clone();
        let headers = if dialect.is_page() { request.headers().clone() } else { HeaderMap::new() };
        Self { uri, headers, dialect, is_too_large: request.extensions().get() == Some(&BodyFault::TooLarge) }
    }

    /// Whether a program sent the request: browsers accept `text/html` by name.
    pub fn is_of_program(&self) -> bool {
        !head::accepts_html(&self.headers)
    }

    /// A refusal in the form of the dialect.
    pub fn refuse(&self, refused: &Refused) -> Response {
        self.dialect.refused(self, refused)
    }

    /// Gives a client error without a body the body of this dialect, and so a refusal in the response's extensions; returns any other response
    /// unchanged.
    pub fn dressed(&self, response: Response) -> Response {
        if let Some(refused) = response.extensions().get::<Refused>() {
            return self.refuse(refused);
        }
        let status = response.status();
        if !status.is_client_error() || response.headers().contains_key(header::CONTENT_TYPE) {
            return response;
        }
        let status = if self.is_too_large { StatusCode::PAYLOAD_TOO_LARGE } else { status };
        let (parts, _) = response.into_parts();
        let mut dressed_response = self.dialect.unserved(self, status);
        dressed_response.extensions_mut().extend(parts.extensions);
        for (name, value) in parts.headers {
            if let Some(name) = name.filter(|name| name != header::CONTENT_LENGTH) {
                dressed_response.headers_mut().insert(name, value);
            }
        }
        dressed_response
    }

    /// Adds the challenge to a 401 response (RFC 9110, 11.6.1): some programs send credentials only after one.
    pub fn challenge(&self, response: &mut Response) {
        if response.status() != StatusCode::UNAUTHORIZED {
            return;
        }
        let scheme = match self.dialect.challenge(self.uri.path()) {
            None => return,
            Some(Challenge::Basic) => BASIC,
            Some(Challenge::Bearer) => BEARER,
        };
        response.headers_mut().entry(header::WWW_AUTHENTICATE).or_insert(scheme);
    }
}
