//! Cross-origin requests of browsers (CORS): which paths allow them, and from which origins.
//!
//! Shape: [`Cors::of`] reads a request. A preflight is answered by [`Cors::preflight`] and reaches no handler; every response of these paths goes
//! through [`Cors::open`]. Credentials are never allowed: callers send tokens, and cookies do not count (second-edition.md 1.10).

use crate::dialect::Sites;
use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;

use crate::Edge;

const ANY: HeaderValue = HeaderValue::from_static("*");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, DELETE");
/// Response headers that scripts may read.
const EXPOSED: HeaderValue = HeaderValue::from_static("x-request-id, retry-after");
/// Seconds for which a browser caches the answer to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const BY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");

/// See the module.
#[derive(Debug)]
pub struct Cors {
    /// The value of `Access-Control-Allow-Origin`; `None`: the origin is not allowed.
    allowed: Option<HeaderValue>,
    /// Headers that a preflight asks for; outer `None`: the request is not a preflight.
    asked: Option<Option<HeaderValue>>,
}

impl Cors {
    /// Of a request whose answer pages of these sites may read; `None`: the path does not answer browsers of other sites.
    pub async fn of(edge: &Edge, sites: Option<Sites>, method: &Method, headers: &HeaderMap) -> Option<Self> {
        let sites = sites?;
        let Some(origin) = headers.get(ORIGIN) else { return Some(Self { allowed: None, asked: None }) };
        let allowed = match sites {
            Sites::Any => Some(ANY),
            Sites::Registered if edge.origins.are_registered(&edge.engine, edge.mode, origin).await => {
                Some(origin.clone())
            }
            Sites::Registered => None,
        };
        let is_preflight = *method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let asked = is_preflight.then(|| headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned());
        Some(Self { allowed, asked })
    }

    /// The answer to a preflight; `None`: the request is not one.
    pub fn preflight(&self) -> Option<Response> {
        let asked = self.asked.as_ref()?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if self.allowed.is_some() {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
            // Any header is allowed: headers reveal nothing beyond what the caller already knows.
            if let Some(names) = asked {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
            }
        }
        Some(response)
    }

    /// Lets the allowed origin read a response.
    pub fn open(self, headers: &mut HeaderMap) {
        headers.append(VARY, BY_ORIGIN);
        if let Some(allowed) = self.allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}
