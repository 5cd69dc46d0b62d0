//! Which dialect a path belongs to, and how each one says what went wrong before or behind its handlers.
//!
//! Shape: [`Dialect::of`] reads a path; [`Asked::refuse`] says why no handler saw a request; [`Asked::dressed`] gives a refusal that is a bare status its
//! body, so that routers and handlers need no forms for paths, methods and bodies that they do not serve (second-edition.md 1.9).

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use wire::finnotech::errors as finnotech_errors;
use wire::pod::errors as pod_errors;

use crate::body::BodyFault;
use crate::head;
use crate::intake::Refused;
use crate::pages::{Frame, missing, notice};
use crate::{App, finnotech, paystar, pod, sso};

/// In whose form a refusal is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    Finnotech,
    Paystar,
    Pod,
    Oauth,
    /// Pages of the log-in service. What is not served below its path is told to programs in its own form.
    SsoPages,
    Pages,
    Admin,
    Other,
}

/// Paths and their dialects, each with all that is below; the first that fits counts.
const PREFIXES: [(&str, Dialect); 21] = [
    ("/dev/v2/oauth2/consent", Dialect::Pages),
    ("/dev", Dialect::Finnotech),
    ("/oak", Dialect::Finnotech),
    ("/facility", Dialect::Finnotech),
    ("/card", Dialect::Finnotech),
    ("/credit", Dialect::Finnotech),
    ("/kyc", Dialect::Finnotech),
    ("/mpg", Dialect::Finnotech),
    ("/ecity", Dialect::Finnotech),
    ("/billing", Dialect::Finnotech),
    ("/api", Dialect::Paystar),
    ("/srv", Dialect::Pod),
    ("/nzh", Dialect::Pod),
    ("/v1/pbc", Dialect::Pages),
    ("/v1", Dialect::Pod),
    ("/oauth2/token", Dialect::Oauth),
    ("/oauth2", Dialect::SsoPages),
    ("/s", Dialect::Pages),
    ("/console", Dialect::Pages),
    ("/admin", Dialect::Admin),
    ("/sms", Dialect::Admin),
];

const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"daric\", charset=\"UTF-8\"");
const BEARER: HeaderValue = HeaderValue::from_static("Bearer realm=\"daric\"");

/// Whether a path is this one, or below it.
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Dialect {
    pub fn of(path: &str) -> Self {
        PREFIXES.iter().find(|(prefix, _)| is_below(path, prefix)).map_or(Self::Other, |(_, dialect)| *dialect)
    }

    /// Whether a body that is no JSON is read as a form.
    pub fn takes_forms(self, path: &str) -> bool {
        match self {
            Self::Pod | Self::Oauth | Self::SsoPages | Self::Pages => true,
            Self::Finnotech => path.starts_with("/dev/v2/oauth2/authorize"),
            Self::Admin => path.starts_with("/sms/"),
            Self::Paystar | Self::Other => false,
        }
    }

    /// Whether a body is read as JSON.
    pub fn takes_json(self, path: &str) -> bool {
        match self {
            Self::Finnotech => !self.takes_forms(path),
            Self::Paystar | Self::Admin => true,
            Self::Pod | Self::Oauth | Self::SsoPages | Self::Pages | Self::Other => false,
        }
    }

    /// Whether a body is a form or nothing. Pages say themselves what of a form is missing.
    pub fn takes_forms_only(self, path: &str) -> bool {
        matches!(self, Self::Pod | Self::Oauth | Self::Finnotech) && self.takes_forms(path)
    }

    fn is_page(self) -> bool {
        matches!(self, Self::SsoPages | Self::Pages)
    }
}

/// What of a request its refusal is said from: kept while handlers have the request.
#[derive(Debug)]
pub struct Asked {
    uri: Uri,
    dialect: Dialect,
    /// Those of requests for pages only: language, and whether it is a browser that asks.
    headers: HeaderMap,
    /// Its body was not read to its end, which is said before what is wrong with path or method.
    is_too_large: bool,
}

impl Asked {
    pub fn of(request: &Request) -> Self {
        let uri = request.uri().clone();
        let dialect = Dialect::of(uri.path());
        let headers = if dialect.is_page() { request.headers().clone() } else { HeaderMap::new() };
        Self { uri, dialect, headers, is_too_large: request.extensions().get() == Some(&BodyFault::TooLarge) }
    }

    /// Whether it comes from a program. Browsers ask for pages by name.
    fn is_of_program(&self) -> bool {
        let mut kinds = self.headers.get_all(header::ACCEPT).into_iter().filter_map(head::text);
        !kinds.any(|kinds| kinds.contains("text/html"))
    }

    /// A refusal in the form of the dialect.
    pub fn refuse(&self, app: &App, refused: &Refused) -> Response {
        let status = refused.status();
        let what = match refused {
            Refused::Field(name) => format!("{name} is invalid"),
            Refused::QueryTooLong => "query is too long".to_owned(),
            Refused::TooManyParameters => "too many parameters".to_owned(),
        };
        match (self.dialect, refused) {
            (Dialect::Finnotech, _) => {
                let failure = finnotech_errors::unreadable(status.as_u16(), what);
                finnotech::refuse(app.finnotech.track_id_max_len, &self.uri, &failure)
            }
            (Dialect::Paystar, Refused::Field(name)) => paystar::unreadable(self.uri.path(), name),
            (Dialect::Pod, Refused::Field(name)) => {
                // A list is named without its brackets (pod.md 1.3).
                let bare = name.split('[').next().unwrap_or_default();
                pod::unreadable(app, pod_errors::invalid(bare))
            }
            (Dialect::Oauth, _) => sso::unreadable(status, what),
            (Dialect::SsoPages | Dialect::Pages, _) => self.page(status),
            (Dialect::Admin | Dialect::Other, _) => {
                let field = if let Refused::Field(name) = refused { name } else { "query" };
                let error = json!({"code": "INVALID", "field": field, "message": what});
                (status, Json(json!({"error": error}))).into_response()
            }
            // Programs lose the code on other statuses than 200 (pod.md 1.5).
            (Dialect::Pod, Refused::QueryTooLong) => pod::unreadable(app, pod_errors::unserved(pod::QUERY_TOO_LONG)),
            (Dialect::Pod, Refused::TooManyParameters) => {
                pod::unreadable(app, pod_errors::unserved("تعداد پارامترها بیش از حد مجاز است"))
            }
            (Dialect::Paystar, Refused::QueryTooLong | Refused::TooManyParameters) => self.unserved(app, status),
        }
    }

    /// A refusal that is a status and nothing else, with the body that it has in this dialect; any other response as it is.
    pub fn dressed(&self, app: &App, response: Response) -> Response {
        let status = response.status();
        if !status.is_client_error() || response.headers().contains_key(header::CONTENT_TYPE) {
            return response;
        }
        let status = if self.is_too_large { StatusCode::PAYLOAD_TOO_LARGE } else { status };
        let (parts, _) = response.into_parts();
        let mut said = self.unserved(app, status);
        said.extensions_mut().extend(parts.extensions);
        for (name, value) in parts.headers {
            if let Some(name) = name.filter(|name| name != header::CONTENT_LENGTH) {
                said.headers_mut().insert(name, value);
            }
        }
        said
    }

    /// Says by what a caller shows who it is, where that is missing (RFC 9110, 11.6.1): some programs send it only then. Browsers would ask
    /// their users on pages.
    pub fn challenge(&self, response: &mut Response) {
        if response.status() != StatusCode::UNAUTHORIZED || self.dialect.is_page() {
            return;
        }
        // Where tokens are asked for, clients show their secret.
        let is_of_tokens = self.dialect == Dialect::Finnotech && self.uri.path().contains("/oauth2/");
        let by_secret = self.dialect == Dialect::Oauth || is_of_tokens;
        response.headers_mut().entry(header::WWW_AUTHENTICATE).or_insert(if by_secret { BASIC } else { BEARER });
    }

    fn unserved(&self, app: &App, status: StatusCode) -> Response {
        let what = match status {
            StatusCode::NOT_FOUND => "no such path",
            StatusCode::METHOD_NOT_ALLOWED => "this path has other methods",
            StatusCode::PAYLOAD_TOO_LARGE => "the body is over 64 KiB",
            StatusCode::URI_TOO_LONG => "the query is too long",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "the body has another type than this path takes",
            StatusCode::UNAUTHORIZED => "who calls has to be shown",
            _ => "the request cannot be read",
        };
        match self.dialect {
            Dialect::Finnotech => finnotech::unserved(&self.uri, status),
            Dialect::Paystar => paystar::unserved(self.uri.path(), status),
            Dialect::Pod => pod::unserved(app, status),
            Dialect::Oauth => sso::unreadable(status, what.to_owned()),
            Dialect::SsoPages if self.is_of_program() => sso::unreadable(status, what.to_owned()),
            Dialect::SsoPages | Dialect::Pages => self.page(status),
            Dialect::Admin | Dialect::Other => {
                let code = match status {
                    StatusCode::NOT_FOUND => "NOT_FOUND",
                    StatusCode::METHOD_NOT_ALLOWED => "METHOD_NOT_ALLOWED",
                    StatusCode::PAYLOAD_TOO_LARGE => "TOO_LARGE",
                    StatusCode::UNAUTHORIZED => "UNAUTHORIZED",
                    _ => "INVALID",
                };
                (status, Json(json!({"error": {"code": code, "message": what}}))).into_response()
            }
        }
    }

    fn page(&self, status: StatusCode) -> Response {
        if status == StatusCode::NOT_FOUND {
            return missing(&self.uri, &self.headers);
        }
        let frame = Frame::bare(self.uri.path(), &self.headers);
        let title = if status == StatusCode::PAYLOAD_TOO_LARGE { frame.w.too_large } else { frame.w.unreadable };
        notice(frame, status, title, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_a_dialect_by_its_whole_segments() {
        for (path, dialect) in [
            ("/oak", Dialect::Finnotech),
            ("/kyc/v2/clients/drops/x", Dialect::Finnotech),
            ("/cards", Dialect::Other),
            ("/card", Dialect::Finnotech),
            ("/dev/v2/oauth2/consent", Dialect::Pages),
            ("/v1/pbc/pay/0", Dialect::Pages),
            ("/v1/x", Dialect::Pod),
            ("/api/x", Dialect::Paystar),
            ("/oauth2/token/info", Dialect::Oauth),
            ("/oauth2/tokens", Dialect::SsoPages),
            ("/srvs", Dialect::Other),
            ("/", Dialect::Other),
        ] {
            assert_eq!(Dialect::of(path), dialect, "{path}");
        }
    }
}
