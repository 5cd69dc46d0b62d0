//! The last requests, for whoever wants to know what a client really sent: in the memory of this process.
//!
//! They are kept as they came, which costs a copy, and told without what is secret: credentials, passwords, codes, tokens, and all but six
//! and four digits of cards. A production server keeps no bodies and no queries, only what its log has, too.

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

/// Requests that are kept.
const KEPT: usize = 500;
/// Bytes of a body that are kept.
const BYTES: usize = 16 * 1024;
/// Bytes of headers that most requests stay under.
const HEADERS: usize = 512;
/// Paths under which nothing is kept: pages for operators, and what machines ask all the time.
const SKIPPED: [&str; 5] = ["/console", "/assets/", "/metrics", "/healthz", "/readyz"];

/// How much is kept of requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeps {
    /// Method, route, status, time.
    Outlines,
    /// Queries, headers and bodies as well.
    All,
    /// Nothing.
    Nothing,
}

/// A request and its answer.
#[derive(Debug)]
pub struct Logged {
    /// The number in the log, in the answer's `x-request-id`.
    pub id: u64,
    /// When it came, in milliseconds of Unix time, by the service's clock.
    pub at_ms: i64,
    /// Its method.
    pub method: Method,
    route: Option<MatchedPath>,
    /// The status of its answer.
    pub status: u16,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// The rule of strict mode that it has broken.
    pub rule: Option<Rule>,
    sent: Option<Sent>,
    answer: Answer,
}

/// What came: copies, since what was read belongs to the connection.
#[derive(Debug, Default)]
struct Sent {
    /// Path and query.
    target: String,
    /// Lines of names and values.
    headers: String,
    body: Arc<Mutex<Vec<u8>>>,
}

/// What was answered.
#[derive(Debug)]
enum Answer {
    /// Not kept, or nothing.
    Unkept,
    Json(Bytes),
    /// A way to somewhere else.
    Location(HeaderValue),
    /// A page, or a file.
    Other(HeaderValue),
}

/// See the module.
#[derive(Debug)]
pub struct RequestLog {
    keeps: Keeps,
    requests: Mutex<VecDeque<Arc<Logged>>>,
}

/// What of a request is kept before it is answered.
pub struct Begun {
    at_ms: i64,
    method: Method,
    sent: Option<Sent>,
}

impl RequestLog {
    /// Nothing is in it yet.
    pub fn new(keeps: Keeps) -> Self {
        Self { keeps, requests: Mutex::default() }
    }

    /// The newest first.
    pub fn newest(&self) -> Vec<Arc<Logged>> {
        self.requests.lock().iter().rev().cloned().collect()
    }

    /// One of them.
    pub fn find(&self, id: u64) -> Option<Arc<Logged>> {
        self.requests.lock().iter().rev().find(|logged| logged.id == id).cloned()
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.requests.lock().clear();
    }

    /// Begins to keep a request; it comes back with a body that is written down as it is read.
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

    /// Keeps a request with its answer.
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

/// Takes down an answer, if it is whole already; streams go their way.
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

/// The media type of a `content-type`.
fn media(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Logged {
    /// The pattern of its path.
    pub fn route(&self) -> &str {
        self.route.as_ref().map_or("unmatched", MatchedPath::as_str)
    }

    /// Path and query without what opens something; `None`: not kept.
    pub fn target(&self) -> Option<String> {
        self.sent.as_ref().map(|sent| redact::target(&sent.target, redact::named(self.route())))
    }

    /// Names and values without what is secret.
    pub fn headers(&self) -> Vec<(&str, String)> {
        let headers = self.sent.iter().flat_map(Sent::headers);
        headers.map(|(name, value)| (name, redact::header(name, value))).collect()
    }

    /// The body without what is secret, or what it is; empty: none, or not kept.
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

    /// The answer without what is secret, or what it is; empty: none, or not kept.
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

    /// The same request as a command for a shell; secrets are for its reader to fill in. `None`: it was not kept.
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
            // It cannot be told here.
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
