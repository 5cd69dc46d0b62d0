//! A request in the log, and how it is shown.

use std::sync::{Arc, OnceLock};

use axum::extract::MatchedPath;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use bytes::Bytes;
use parking_lot::Mutex;

use super::facts::{Call, CallFacts};
use super::redact;
use crate::dialect::is_below;
use crate::head;
use crate::struck::Struck;

/// Bytes of a body that are kept.
pub(super) const BYTES: usize = 16 * 1024;
/// Initial capacity for headers, enough for most requests.
const HEADERS: usize = 512;
/// The paths of the operators' API: what it is sent opens this server itself.
const OPERATORS: &str = "/admin";

/// A request and its response.
#[derive(Debug, Default)]
pub struct Logged {
    /// The request's number in the log, and in `x-request-id` of the response.
    pub id: u64,
    /// When the request arrived, in milliseconds of Unix time, by the service's clock.
    pub at_ms: i64,
    /// The name of the dialect that its path belongs to.
    pub dialect: &'static str,
    /// The HTTP method.
    pub method: Method,
    pub(super) route: Option<MatchedPath>,
    /// The status of the response.
    pub status: u16,
    /// The duration, in microseconds.
    pub micros: u64,
    /// What struck the request, in order.
    pub struck: Vec<Struck>,
    pub(super) sent: Option<Sent>,
    pub(super) answer: Answer,
    /// Looked for when the request is first listed.
    pub(super) facts: OnceLock<CallFacts>,
}

/// A copy of the request: the original belongs to the connection.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Path and query.
    pub target: String,
    /// Lines of names and values.
    pub headers: String,
    pub body: Arc<Mutex<Vec<u8>>>,
}

/// The recorded response.
#[derive(Debug, Default)]
pub(super) enum Answer {
    /// Not recorded, or empty.
    #[default]
    Unkept,
    Json(Bytes),
    /// A redirect to this address.
    Location(HeaderValue),
    /// A page or a file, of this media type.
    Other(HeaderValue),
}

impl Sent {
    pub(super) fn of(parts: &Parts) -> Self {
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

    fn header(&self, wanted: &HeaderName) -> Option<&str> {
        self.headers().find(|(name, _)| *name == wanted.as_str()).map(|(_, value)| value)
    }
}

pub(super) fn text(value: &HeaderValue) -> &str {
    head::text(value).unwrap_or_default()
}

/// The media type in a `Content-Type`, without parameters.
fn media(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// How a request is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shown {
    /// As it was sent: a sandbox's platforms have no secrets from those who test with them.
    AsSent,
    /// Without secrets.
    Redacted,
}

impl Logged {
    /// The pattern of its path, or `unmatched`.
    pub fn route(&self) -> &str {
        self.route.as_ref().map_or("unmatched", MatchedPath::as_str)
    }

    fn shown(&self) -> Shown {
        let path = self.sent.as_ref().map_or("", |sent| sent.target.split('?').next().unwrap_or_default());
        if is_below(&path.to_ascii_lowercase(), OPERATORS) { Shown::Redacted } else { Shown::AsSent }
    }

    /// Path and query; `None`: not recorded.
    pub fn target(&self) -> Option<String> {
        let sent = self.sent.as_ref()?;
        Some(match self.shown() {
            Shown::AsSent => sent.target.clone(),
            Shown::Redacted => redact::target(&sent.target, redact::named(self.route())),
        })
    }

    /// Names and values of the headers.
    pub fn headers(&self) -> Vec<(&str, String)> {
        let shown = self.shown();
        let value = |name: &str, value: &str| match shown {
            Shown::AsSent => value.to_owned(),
            Shown::Redacted => redact::header(name, value),
        };
        let headers = self.sent.iter().flat_map(Sent::headers);
        headers.map(|(name, sent)| (name, value(name, sent))).collect()
    }

    /// The body, or a description of it; empty: there was none, or it was not recorded.
    pub fn body(&self) -> String {
        self.whole_body().unwrap_or_else(|what| what)
    }

    fn whole_body(&self) -> Result<String, String> {
        let Some(sent) = &self.sent else { return Ok(String::new()) };
        let body = sent.body.lock();
        let kind = || media(sent.header(&header::CONTENT_TYPE).unwrap_or_default());
        match (body.len(), self.shown()) {
            (0, _) => Ok(String::new()),
            (BYTES.., _) => Err(format!("({} bytes or more)", body.len())),
            (_, Shown::AsSent) => {
                let text = std::str::from_utf8(&body).ok().filter(|text| !text.contains('\0'));
                text.map(str::to_owned).ok_or_else(|| format!("({}, {} bytes)", kind(), body.len()))
            }
            (_, Shown::Redacted) => redact::body(&kind(), &body, redact::named(self.route())),
        }
    }

    /// The response, or a description of it; empty: there was none, or it was not recorded.
    pub fn answer(&self) -> String {
        match (&self.answer, self.shown()) {
            (Answer::Unkept, _) => String::new(),
            (Answer::Json(body), _) if body.is_empty() => String::new(),
            (Answer::Json(body), Shown::AsSent) => String::from_utf8_lossy(body).into_owned(),
            (Answer::Json(body), Shown::Redacted) => {
                redact::body("json", body, redact::named_in_answers(self.route())).unwrap_or_else(|what| what)
            }
            (Answer::Location(to), Shown::AsSent) => text(to).to_owned(),
            (Answer::Location(to), Shown::Redacted) => redact::address(text(to)),
            (Answer::Other(kind), _) => format!("({})", media(text(kind))),
        }
    }

    /// What the request was about, as far as it was recorded.
    pub fn facts(&self) -> &CallFacts {
        self.facts.get_or_init(|| {
            let Some(sent) = &self.sent else { return CallFacts::of_route(self.route()) };
            let answer: &[u8] = match &self.answer {
                Answer::Json(body) => body,
                Answer::Unkept | Answer::Location(_) | Answer::Other(_) => &[],
            };
            CallFacts::of(&Call {
                route: self.route(),
                target: &sent.target,
                authorization: sent.header(&header::AUTHORIZATION).unwrap_or_default(),
                body: &sent.body.lock(),
                answer,
            })
        })
    }

    /// The same request as a `curl` command. One to the operators' API takes its token from the environment, and its reader fills in other secrets.
    /// `None`: it was not recorded.
    pub fn curl(&self, base: &str) -> Option<String> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let verb = match self.method {
            // With `-X`, curl would wait for a body.
            Method::HEAD => "curl -I".to_owned(),
            // Methods of other protocols may have characters of shells.
            _ if self.method.as_str().bytes().all(|byte| byte.is_ascii_uppercase()) => {
                format!("curl -i -X {}", self.method)
            }
            _ => format!("curl -i -X {}", quoted(self.method.as_str())),
        };
        let target = self.target()?;
        let mut parts = vec![verb, quoted(&format!("{base}{target}"))];
        if target.contains(['[', ']', '{', '}']) {
            parts.push("--globoff".to_owned());
        }
        if target.contains("/.") {
            parts.push("--path-as-is".to_owned());
        }
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
            let is_token = self.shown() == Shown::Redacted && *name == header::AUTHORIZATION.as_str();
            parts.push(match is_token {
                true => r#"-H "authorization: Bearer $DARIC_OPERATOR_TOKEN""#.to_owned(),
                false => format!("-H {}", quoted(&format!("{name}: {value}"))),
            });
        }
        let body = self.whole_body();
        let is_typed = self.headers().iter().any(|(name, _)| *name == header::CONTENT_TYPE.as_str());
        if !is_typed && body.as_ref().is_ok_and(|body| !body.is_empty()) {
            // Otherwise curl says that it is a form.
            parts.push("-H 'content-type:'".to_owned());
        }
        match body {
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

    fn logged(target: &str, kind: &'static str, body: &[u8]) -> Logged {
        let sent = Sent {
            target: target.to_owned(),
            headers: format!("host: h\nauthorization: Bearer abc\n_token_: a\ncontent-type: {kind}\n"),
            body: Arc::new(Mutex::new(body.to_vec())),
        };
        Logged { id: 1, method: Method::POST, status: 200, sent: Some(sent), ..Logged::default() }
    }

    #[test]
    fn a_request_is_told_as_a_command_that_a_shell_runs_as_it_is() {
        let start = "curl -i -X POST \\\n  'http://h/a?b=c' \\\n  -H 'authorization: Bearer abc' \\\n  -H '_token_: a' \\\n  -H 'content-type: ";
        for (kind, body, expected) in [
            (
                "application/x-www-form-urlencoded",
                &b"it's=1&pin=2"[..],
                r"application/x-www-form-urlencoded' \
  --data-raw 'it'\''s=1&pin=2'",
            ),
            ("application/json", b"[\"it's\"]", "application/json' \\\n  --data-raw '[\"it'\\''s\"]'"),
            ("text/plain", b"abc", "text/plain' \\\n  --data-raw 'abc'"),
            ("text/plain", b"a\0c", "text/plain' \\\n  --data-binary @body"),
            ("text/plain", b"\xff", "text/plain' \\\n  --data-binary @body"),
            ("text/plain", b"", "text/plain'"),
        ] {
            assert_eq!(logged("/a?b=c", kind, body).curl("http://h"), Some(format!("{start}{expected}")));
        }
        let named =
            |method: &str| Logged { method: method.parse().unwrap_or_default(), ..logged("/a", "text/plain", b"") };
        for (method, written) in
            [("PUT", "PUT"), ("A&touch$IFS'x'&b", r"'A&touch$IFS'\''x'\''&b'"), ("X|id", "'X|id'"), ("a", "'a'")]
        {
            let curl = named(method).curl("http://h").unwrap_or_default();
            assert!(curl.starts_with(&format!("curl -i -X {written} \\\n")), "{curl}");
        }
        for (target, option) in [("/a?price[0]=1", "--globoff"), ("/{a,b}", "--globoff"), ("/a/../b", "--path-as-is")] {
            let curl = logged(target, "text/plain", b"").curl("http://h").unwrap_or_default();
            assert!(curl.contains(option), "{curl}");
        }
        let unkept = Logged { sent: None, ..logged("/a", "text/plain", b"") };
        assert_eq!((unkept.curl("http://h"), unkept.body()), (None, String::new()));
    }

    #[test]
    fn a_request_to_the_operators_api_shows_no_secret() {
        for target in ["/admin/v1/operators?token=abc", "/ADMIN/x?token=abc"] {
            let logged = logged(target, "application/json", br#"{"name":"x","password":"abc"}"#);
            let shown = format!("{:?} {:?} {} ", logged.target(), logged.headers(), logged.body());
            let curl = logged.curl("http://h").unwrap_or_default();
            assert!(!shown.contains("abc") && !curl.contains("abc"), "{shown} {curl}");
            assert!(curl.contains(r#"-H "authorization: Bearer $DARIC_OPERATOR_TOKEN""#), "{curl}");
        }
    }
}
