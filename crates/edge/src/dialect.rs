//! Which dialect a path belongs to, and how each one words what went wrong before or behind its handlers.
//!
//! Shape: a dialect describes itself as a [`Dialect`]; [`Dialects`] finds the one of a path. [`Asked::refuse`] says why no handler saw a request;
//! [`Asked::dressed`] gives a refusal that is a bare status its body, so that routers and handlers need no forms for paths, methods and bodies that
//! they do not serve (second-edition.md 1.9).

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
    /// As a form, or there is none.
    Form,
    /// As the form of a page, which says itself what is missing of it.
    PageForm,
    /// As JSON or a form, whatever its type is said to be.
    Either,
    /// As JSON, whatever its type is said to be.
    AnyJson,
    /// Not at all.
    Nothing,
}

impl Reads {
    /// Whether a body that is no JSON is read as a form.
    pub fn forms(self) -> bool {
        matches!(self, Self::Form | Self::PageForm | Self::Either)
    }

    /// The media type that strict mode holds a body to; `None`: any.
    pub fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("application/json"),
            Self::Form | Self::PageForm => Some("application/x-www-form-urlencoded"),
            Self::Either | Self::AnyJson | Self::Nothing => None,
        }
    }
}

/// By what callers show who they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Challenge {
    /// The id and the secret of a client.
    Basic,
    /// A token.
    Bearer,
}

/// Bytes of a query at most, where a dialect does not say otherwise.
pub const QUERY: usize = 8 * 1024;

/// Whose pages may read what a path answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sites {
    /// Any: a token is shown with each call.
    Any,
    /// Those that businesses have registered to lead users back to.
    Registered,
}

/// A dialect as the edge sees it.
pub trait Dialect: Debug + Send + Sync {
    /// Its paths, each with all that is below; of several that fit a path the longest counts.
    fn paths(&self) -> &'static [&'static str];

    /// How a body is read that is sent to a path.
    fn reads(&self, path: &str) -> Reads;

    /// Bytes of a query at most.
    fn longest_query(&self) -> usize {
        QUERY
    }

    /// Whether a path must be a text. Elsewhere one that is none names no service, deposit or page, which is told in each one's own words.
    fn reads_paths(&self) -> bool {
        false
    }

    /// Whether people read its answers: what is said depends on their language.
    fn is_page(&self) -> bool {
        false
    }

    /// By what callers of a path show who they are, where that is missing; `None`: browsers would ask their users.
    fn challenge(&self, path: &str) -> Option<Challenge>;

    /// Whose pages may read what a path answers (second-edition.md 1.10).
    fn sites(&self, _path: &str) -> Option<Sites> {
        None
    }

    /// A refusal before a handler.
    fn refused(&self, asked: &Asked, refused: &Refused) -> Response;

    /// A path, a method or a body that is not served.
    fn unserved(&self, asked: &Asked, status: StatusCode) -> Response;
}

/// Whether a path is this one, or below it.
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The dialects that are spoken, and Daric's own form for whatever belongs to none.
#[derive(Debug)]
pub struct Dialects {
    /// The longest path first.
    by_path: Vec<(&'static str, Arc<dyn Dialect>)>,
    other: Arc<dyn Dialect>,
}

impl Dialects {
    /// These.
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

/// Paths that answer in Daric's own form: that of the operator API.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    /// See [`Dialect::paths`].
    pub paths: &'static [&'static str],
    /// How bodies are read.
    pub reads: Reads,
    /// See [`Dialect::reads_paths`].
    pub reads_paths: bool,
    /// See [`Dialect::sites`].
    pub sites: Option<Sites>,
}

/// What belongs to no dialect.
const OTHER: Plain = Plain { paths: &[], reads: Reads::Nothing, reads_paths: false, sites: None };

impl Dialect for Plain {
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
        _ => "the request cannot be read",
    }
}

const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"daric\", charset=\"UTF-8\"");
const BEARER: HeaderValue = HeaderValue::from_static("Bearer realm=\"daric\"");

/// What of a request its refusal is said from: kept while handlers have the request.
#[derive(Debug)]
pub struct Asked {
    /// Where it was sent to.
    pub uri: Uri,
    /// Those of requests for pages only: language, and whether it is a browser that asks.
    pub headers: HeaderMap,
    dialect: Arc<dyn Dialect>,
    /// Its body was not read to its end, which is said before what is wrong with path or method.
    is_too_large: bool,
}

impl Asked {
    /// What is kept of a request.
    pub fn of(dialects: &Dialects, request: &Request) -> Self {
        let uri = request.uri().clone();
        let dialect = Arc::clone(dialects.of(uri.path()));
        let headers = if dialect.is_page() { request.headers().clone() } else { HeaderMap::new() };
        Self { uri, headers, dialect, is_too_large: request.extensions().get() == Some(&BodyFault::TooLarge) }
    }

    /// Whether it comes from a program. Browsers ask for pages by name.
    pub fn is_of_program(&self) -> bool {
        let mut kinds = self.headers.get_all(header::ACCEPT).into_iter().filter_map(head::text);
        !kinds.any(|kinds| kinds.contains("text/html"))
    }

    /// A refusal in the form of the dialect.
    pub fn refuse(&self, refused: &Refused) -> Response {
        self.dialect.refused(self, refused)
    }

    /// A refusal that is a status and nothing else, with the body that it has in this dialect; any other response as it is.
    pub fn dressed(&self, response: Response) -> Response {
        let status = response.status();
        if !status.is_client_error() || response.headers().contains_key(header::CONTENT_TYPE) {
            return response;
        }
        let status = if self.is_too_large { StatusCode::PAYLOAD_TOO_LARGE } else { status };
        let (parts, _) = response.into_parts();
        let mut said = self.dialect.unserved(self, status);
        said.extensions_mut().extend(parts.extensions);
        for (name, value) in parts.headers {
            if let Some(name) = name.filter(|name| name != header::CONTENT_LENGTH) {
                said.headers_mut().insert(name, value);
            }
        }
        said
    }

    /// Says by what a caller shows who it is, where that is missing (RFC 9110, 11.6.1): some programs send it only then.
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
