//! The last requests, kept in the memory of this process, to show what a client really sent.
//!
//! Requests are kept as they arrived, which costs a copy, and shown without secrets: credentials, passwords, codes, tokens, and card numbers beyond
//! their first six and last four digits. A production server keeps no bodies and no queries, only what its log has as well.

mod redact;

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use parking_lot::Mutex;

pub use redact::{address, without_cards};

use crate::head;
use crate::strict::Rule;

/// Number of requests that are kept.
const KEPT: usize = 500;
/// Bytes of a body that are kept.
const BYTES: usize = 16 * 1024;
/// Initial capacity for headers, enough for most requests.
const HEADERS: usize = 512;
/// Path prefixes that are not recorded: operators' pages, and paths that machines poll.
const SKIPPED: [&str; 6] = ["/console", "/assets/", "/metrics", "/livez", "/healthz", "/readyz"];

/// How much of each request is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeps {
    /// Method, route, status, time.
    Outlines,
    /// Queries, headers and bodies as well.
    All,
    /// Nothing.
    Nothing,
}

/// A request and its response.
#[derive(Debug)]
pub struct Logged {
    /// The request's number in the log, and in `x-request-id` of the response.
    pub id: u64,
    /// When the request arrived, in milliseconds of Unix time, by the service's clock.
    pub at_ms: i64,
    /// The HTTP method.
    pub method: Method,
    route: Option<MatchedPath>,
    /// The status of the response.
    pub status: u16,
    /// The duration, in microseconds.
    pub micros: u64,
    /// The first rule of strict mode that the request broke.
    pub rule: Option<Rule>,
    sent: Option<Sent>,
    answer: Answer,
}

/// A copy of the request: the original belongs to the connection.
#[derive(Debug, Default)]
struct Sent {
    /// Path and query.
    target: String,
    /// Lines of names and values.
    headers: String,
    body: Arc<Mutex<Vec<u8>>>,
}

/// The recorded response.
#[derive(Debug)]
enum Answer {
    /// Not recorded, or empty.
    Unkept,
    Json(Bytes),
    /// A redirect to this address.
    Location(HeaderValue),
    /// A page or a file, of this media type.
    Other(HeaderValue),
}

/// See the module.
#[derive(Debug)]
pub struct RequestLog {
    keeps: Keeps,
    requests: Mutex<VecDeque<Arc<Logged>>>,
}

/// The recorded request, before its response is known.
pub struct Begun {
    at_ms: i64,
    method: Method,
    sent: Option<Sent>,
}

impl RequestLog {
    /// An empty log.
    pub fn new(keeps: Keeps) -> Self {
        Self { keeps, requests: Mutex::default() }
    }

    /// All requests, newest first.
    pub fn newest(&self) -> Vec<Arc<Logged>> {
        self.requests.lock().iter().rev().cloned().collect()
    }

    /// The request with this number.
    pub fn find(&self, id: u64) -> Option<Arc<Logged>> {
        self.requests.lock().iter().rev().find(|logged| logged.id == id).cloned()
    }

    /// Removes all requests.
    pub fn clear(&self) {
        self.requests.lock().clear();
    }

    /// Begins to record a request; the returned request copies its body into the record as the body is read.
    pub fn begin(&self, request: Request, at_ms: i64) -> (Request, Option<Begun>) {
        let path = request.uri().path();
        if self.keeps == Keeps::Nothing || SKIPPED.iter().any(|skipped| path.starts_with(skipped)) {
            return (request, None);
        }
        let mut begun = Begun { at_ms, method: request.method().clone(), sent: None };
        if self.keeps == Keeps::Outlines {
            return (request, Some(begun));
        }
        let (parts, body) = request.into_parts();
        let sent = begun.sent.insert(Sent::of(&parts));
        let body = if body.is_end_stream() {
            body
        } else {
            let to = Arc::clone(&sent.body);
            Body::new(body.map_frame(move |frame| {
                if let Some(data) = frame.data_ref() {
                    let mut kept = to.lock();
                    let room = BYTES.saturating_sub(kept.len());
                    kept.extend_from_slice(&data[..data.len().min(room)]);
                }
                frame
            }))
        };
        (Request::from_parts(parts, body), Some(begun))
    }

    /// Records a request with its response.
    pub async fn end(
        &self,
        begun: Begun,
        (id, micros): (u64, u64),
        route: Option<MatchedPath>,
        response: Response,
    ) -> Response {
        let Begun { at_ms, method, sent } = begun;
        let status = response.status().as_u16();
        let (answer, response) = match sent {
            Some(_) => answered(response).await,
            None => (Answer::Unkept, response),
        };
        let rule = response.extensions().get::<Rule>().copied();
        let logged = Arc::new(Logged { id, at_ms, method, route, status, micros, rule, sent, answer });
        let mut requests = self.requests.lock();
        let oldest = if requests.len() >= KEPT { requests.pop_front() } else { None };
        requests.push_back(logged);
        drop(requests);
        drop(oldest);
        response
    }
}

impl Sent {
    fn of(parts: &Parts) -> Self {
        let target = parts.uri.path_and_query().map_or_else(String::new, |target| target.as_str().to_owned());
        let mut headers = String::with_capacity(HEADERS);
        for (name, value) in &parts.headers {
            headers.extend([name.as_str(), ": ", text(value), "\n"]);
        }
        Self { target, headers, body: Arc::default() }
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.lines().filter_map(|line| line.split_once(": "))
    }
}

/// Records a response whose JSON body is complete and short; streams pass unread.
async fn answered(response: Response) -> (Answer, Response) {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let whole = response.body().size_hint().exact().is_some_and(|size| size <= BYTES as u64);
    if whole && kind.is_some_and(|kind| text(kind).contains("json")) {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        return (Answer::Json(bytes.clone()), Response::from_parts(parts, Body::from(bytes)));
    }
    let answer = match (response.headers().get(header::LOCATION), kind) {
        (Some(to), _) => Answer::Location(to.clone()),
        (None, Some(kind)) => Answer::Other(kind.clone()),
        (None, None) => Answer::Unkept,
    };
    (answer, response)
}

fn text(value: &HeaderValue) -> &str {
    head::text(value).unwrap_or_default()
}

/// The media type in a `Content-Type`, without parameters.
fn media(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Logged {
    /// The pattern of its path, or `unmatched`.
    pub fn route(&self) -> &str {
        self.route.as_ref().map_or("unmatched", MatchedPath::as_str)
    }

    /// Path and query without secrets; `None`: not recorded.
    pub fn target(&self) -> Option<String> {
        self.sent.as_ref().map(|sent| redact::target(&sent.target, redact::named(self.route())))
    }

    /// Names and values of the headers, without secrets.
    pub fn headers(&self) -> Vec<(&str, String)> {
        let headers = self.sent.iter().flat_map(Sent::headers);
        headers.map(|(name, value)| (name, redact::header(name, value))).collect()
    }

    /// The body without secrets, or a description of it; empty: there was none, or it was not recorded.
    pub fn body(&self) -> String {
        self.whole_body().unwrap_or_else(|what| what)
    }

    fn whole_body(&self) -> Result<String, String> {
        let Some(sent) = &self.sent else { return Ok(String::new()) };
        let body = sent.body.lock();
        match body.len() {
            0 => Ok(String::new()),
            BYTES.. => Err(format!("({} bytes or more)", body.len())),
            _ => {
                let kind = sent.headers().find(|(name, _)| *name == header::CONTENT_TYPE.as_str());
                let kind = kind.map(|(_, kind)| media(kind)).unwrap_or_default();
                redact::body(&kind, &body, redact::named(self.route()))
            }
        }
    }

    /// The response without secrets, or a description of it; empty: there was none, or it was not recorded.
    pub fn answer(&self) -> String {
        match &self.answer {
            Answer::Unkept => String::new(),
            Answer::Json(body) if body.is_empty() => String::new(),
            Answer::Json(body) => {
                redact::body("json", body, redact::named_in_answers(self.route())).unwrap_or_else(|what| what)
            }
            Answer::Location(to) => redact::address(text(to)),
            Answer::Other(kind) => format!("({})", media(text(kind))),
        }
    }

    /// The same request as a `curl` command; its reader fills in the secrets. `None`: it was not recorded.
    pub fn curl(&self, base: &str) -> Option<String> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let mut parts = vec![format!("curl -i -X {}", self.method), quoted(&format!("{base}{}", self.target()?))];
        const OWN: [HeaderName; 7] = [
            header::HOST,
            header::CONTENT_LENGTH,
            header::CONNECTION,
            header::USER_AGENT,
            header::ACCEPT_ENCODING,
            header::ACCEPT,
            header::TRANSFER_ENCODING,
        ];
        for (name, value) in self.headers().iter().filter(|(name, _)| OWN.iter().all(|own| own != name)) {
            parts.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
        }
        match self.whole_body() {
            Ok(body) if body.is_empty() => {}
            Ok(body) => parts.push(format!("--data-raw {}", quoted(&body))),
            // The body cannot be shown here.
            Err(_) => parts.push("--data-binary @body".to_owned()),
        }
        Some(parts.join(" \\\n  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(kind: &'static str, body: &[u8]) -> Logged {
        let sent = Sent {
            target: "/a?b=c".to_owned(),
            headers: format!("host: h\n_token_: a\ncontent-type: {kind}\n"),
            body: Arc::new(Mutex::new(body.to_vec())),
        };
        let (method, answer) = (Method::POST, Answer::Unkept);
        Logged { id: 1, at_ms: 0, method, route: None, status: 200, micros: 1, rule: None, sent: Some(sent), answer }
    }

    #[test]
    fn a_request_is_told_as_a_command_that_a_shell_reads() {
        let start = "curl -i -X POST \\\n  'http://h/a?b=c' \\\n  -H '_token_: ***' \\\n  -H 'content-type: ";
        for (kind, body, expected) in [
            (
                "application/x-www-form-urlencoded",
                &b"it's=1"[..],
                "application/x-www-form-urlencoded' \\\n  --data-raw 'it%27s=1'",
            ),
            (
                "application/json; charset=utf-8",
                b"[\"it's\"]",
                "application/json; charset=utf-8' \\\n  --data-raw '[\"it'\\''s\"]'",
            ),
            ("text/plain", b"abc", "text/plain' \\\n  --data-binary @body"),
            ("text/plain", b"", "text/plain'"),
        ] {
            assert_eq!(logged(kind, body).curl("http://h"), Some(format!("{start}{expected}")));
        }
        let unkept = Logged { sent: None, ..logged("text/plain", b"") };
        assert_eq!((unkept.curl("http://h"), unkept.body()), (None, String::new()));
    }
}
