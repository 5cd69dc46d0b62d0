//! The last requests, for whoever wants to know what a client really sent: in the memory of this process.
//!
//! What is secret is taken out before it is kept: credentials, passwords, codes, tokens, and all but six and four digits of cards. A production
//! server keeps no bodies and no queries, only what its log has, too.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::Value;

use crate::secrets::masked;

/// Requests that are kept.
const KEPT: usize = 500;
/// Bytes of a body that are kept.
const BYTES: usize = 16 * 1024;
/// What stands for a secret.
const SECRET: &str = "***";
/// Parts of names of what is secret.
const SECRETS: [&str; 8] = ["password", "passwd", "secret", "token", "csrf", "authorization", "cookie", "apikey"];
/// Whole names of what is secret.
const SECRET_NAMES: [&str; 8] = ["pin", "pin2", "otp", "ott", "_ott_", "cvv", "cvv2", "code_verifier"];
/// Whole names of what opens something, in queries and forms.
const OPENERS: [&str; 5] = ["code", "card", "h", "signature", "request"];
/// Characters of a code that opens something, where others are called the same.
const CODE: std::ops::RangeInclusive<usize> = 16..=32;
/// Paths under which nothing is kept: pages for operators, and what machines ask all the time.
const SKIPPED: [&str; 5] = ["/console", "/assets/", "/metrics", "/healthz", "/readyz"];
/// Names of what is secret in answers of routes whose path has this in it: tokens are called values, and texts of SMS have passwords in them.
const ANSWERED: [(&str, &str); 2] = [("token", "value"), ("/sms", "text")];
/// Paths whose next part opens something.
const KEYS: [&str; 2] = ["/v1/pbc/pay/", "/s/"];

/// How much is kept of requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeps {
    /// Method, route, status, time.
    Outlines,
    /// Queries, headers and bodies as well, without secrets.
    All,
    /// Nothing.
    Nothing,
}

/// A request and its answer.
#[derive(Clone, Debug, Default)]
pub struct Logged {
    /// The number in the log, in the answer's `x-request-id`.
    pub id: u64,
    /// When it came, in milliseconds of Unix time, by the service's clock.
    pub at_ms: i64,
    pub method: String,
    pub route: String,
    /// Path and query; empty: not kept.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub status: u16,
    pub micros: u64,
    pub answer: String,
}

/// See the module.
#[derive(Debug)]
pub struct RequestLog {
    keeps: Keeps,
    requests: Mutex<VecDeque<Arc<Logged>>>,
}

/// What of a request is kept before it is answered.
pub struct Begun {
    logged: Logged,
    body: Arc<Mutex<Vec<u8>>>,
    kind: String,
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
        let logged = Logged { at_ms, method: request.method().to_string(), ..Logged::default() };
        if self.keeps == Keeps::Outlines {
            return (request, Some(Begun { logged, body: Arc::default(), kind: String::new() }));
        }
        let (parts, body) = request.into_parts();
        let kept: Arc<Mutex<Vec<u8>>> = Arc::default();
        let to = Arc::clone(&kept);
        let body = body.map_frame(move |frame| {
            if let Some(data) = frame.data_ref() {
                let mut kept = to.lock();
                let room = BYTES.saturating_sub(kept.len());
                kept.extend_from_slice(&data[..data.len().min(room)]);
            }
            frame
        });
        let (target, headers) = (target(&parts.uri), headers(&parts));
        let kind = kind(&parts.headers);
        let begun = Begun { logged: Logged { target, headers, ..logged }, body: kept, kind };
        (Request::from_parts(parts, Body::new(body)), Some(begun))
    }

    /// Keeps a request with its answer.
    pub async fn end(&self, begun: Begun, id: u64, route: &str, micros: u64, response: Response) -> Response {
        let Begun { mut logged, body, kind: sent } = begun;
        (logged.id, logged.route, logged.status, logged.micros) =
            (id, route.to_owned(), response.status().as_u16(), micros);
        let mut response = response;
        if self.keeps == Keeps::All {
            logged.body = shown(&sent, &body.lock(), "");
            let kind = kind(response.headers());
            // What is whole already; streams go their way.
            let whole = response.body().size_hint().exact().is_some_and(|size| size <= BYTES as u64);
            if whole && kind.contains("json") {
                let (parts, body) = response.into_parts();
                let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
                let secret = ANSWERED.iter().find(|(part, _)| route.contains(part)).map_or("", |(_, name)| name);
                logged.answer = shown(&kind, &bytes, secret);
                response = Response::from_parts(parts, Body::from(bytes));
            } else if let Some(to) = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()) {
                logged.answer = to.parse().map_or_else(|_| SECRET.to_owned(), |uri| target_of(&uri, to));
            } else if !kind.is_empty() {
                logged.answer = format!("({kind})");
            }
        }
        let mut requests = self.requests.lock();
        if requests.len() >= KEPT {
            requests.pop_front();
        }
        requests.push_back(Arc::new(logged));
        drop(requests);
        response
    }
}

fn kind(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret)) || SECRET_NAMES.contains(&name.as_str())
}

/// A text without cards' numbers: sixteen digits and more in a row keep six and four of them.
fn without_cards(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    let flush = |digits: &mut String, out: &mut String| {
        // IBANs and references are longer, or shorter.
        if digits.len() == 16 {
            out.push_str(&masked(digits))
        } else {
            out.push_str(digits)
        }
        digits.clear();
    };
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
        } else {
            flush(&mut digits, &mut out);
            out.push(c);
        }
    }
    flush(&mut digits, &mut out);
    out
}

fn pairs(text: &[u8]) -> String {
    let pair = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        let opens = is_secret(&name) || OPENERS.contains(&name.as_ref());
        let value =
            if opens && !value.is_empty() { SECRET.to_owned() } else { without_cards(&wire::field::fold(&value)) };
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.append_pair(&name, &value);
        encoded.finish().replace("%2A", "*")
    };
    form_urlencoded::parse(text).map(pair).collect::<Vec<_>>().join("&")
}

fn target(uri: &Uri) -> String {
    target_of(uri, uri.path())
}

/// Path and query without what opens something.
fn target_of(uri: &Uri, whole: &str) -> String {
    let path = uri.path();
    let key = KEYS.iter().find_map(|key| Some((*key, path.strip_prefix(key)?)));
    let path = match key {
        Some((key, rest)) => {
            let rest = rest.split_once('/').map(|(_, rest)| format!("/{rest}")).unwrap_or_default();
            format!("{key}{SECRET}{rest}")
        }
        None => without_cards(path),
    };
    let before = whole.find(uri.path()).filter(|_| whole.contains("://")).map_or("", |at| &whole[..at]);
    match uri.query() {
        Some(query) => format!("{before}{path}?{}", pairs(query.as_bytes())),
        None => format!("{before}{path}"),
    }
}

fn headers(parts: &Parts) -> Vec<(String, String)> {
    let pair = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        let value = value.to_str().unwrap_or_default();
        let value = match value.split_once(' ') {
            _ if !is_secret(name.as_str()) => without_cards(value),
            Some((scheme, _)) if name == header::AUTHORIZATION => format!("{scheme} {SECRET}"),
            _ => SECRET.to_owned(),
        };
        (name.to_string(), value)
    };
    parts.headers.iter().map(pair).collect()
}

/// A body without what is secret in it; `secret` names what is so in JSON, besides.
fn shown(kind: &str, body: &[u8], secret: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    if body.len() >= BYTES {
        return format!("({} bytes or more)", body.len());
    }
    let json = || serde_json::from_slice::<Value>(body).ok();
    if kind.contains("json") || body.first() == Some(&b'{') {
        return json().map_or_else(
            || format!("({} bytes that are no JSON)", body.len()),
            |mut value| {
                redact(&mut value, secret);
                value.to_string()
            },
        );
    }
    if kind.is_empty() || kind.contains("form-urlencoded") {
        pairs(body)
    } else {
        format!("({kind}, {} bytes)", body.len())
    }
}

fn redact(value: &mut Value, secret: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let alone = !matches!(value, Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_));
                if alone && (is_secret(name) || name == secret || (name == "code" && opens(value))) {
                    *value = Value::String(SECRET.to_owned());
                } else {
                    redact(value, secret);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| redact(value, secret)),
        Value::String(text) => *text = without_cards(&wire::field::fold(text)),
        Value::Number(number) => {
            let text = number.to_string();
            let shown = without_cards(&text);
            if shown != text {
                *value = Value::String(shown);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Whether a code is one that opens something: others say what went wrong.
fn opens(value: &Value) -> bool {
    let code = value.as_str().unwrap_or_default();
    CODE.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Logged {
    /// The same request as a command for a shell; secrets are for its reader to fill in.
    pub fn curl(&self, base: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let mut parts = vec![format!("curl -i -X {}", self.method), quoted(&format!("{base}{}", self.target))];
        const OWN: [&str; 7] =
            ["host", "content-length", "connection", "user-agent", "accept-encoding", "accept", "transfer-encoding"];
        for (name, value) in self.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            parts.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
        }
        if !self.body.is_empty() {
            parts.push(format!("--data-raw {}", quoted(&self.body)));
        }
        parts.join(" \\\n  ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_of_queries_forms_and_json() {
        for (kind, body, expected) in [
            (
                "application/json",
                r#"{"pin":1234,"pan":"6219861012345678","a":[{"otp":"1"}],"amount":5}"#,
                r#"{"a":[{"otp":"***"}],"amount":5,"pan":"621986******5678","pin":"***"}"#,
            ),
            (
                "application/json",
                r#"{"errorCode":0,"ott":"ab","error":{"code":"VALIDATION_ERROR"},"pan":5022000012340000}"#,
                r#"{"error":{"code":"VALIDATION_ERROR"},"errorCode":0,"ott":"***","pan":"502200******0000"}"#,
            ),
            ("application/json", r#"{"code":"0123456789abcdef","shipping":"x"}"#, r#"{"code":"***","shipping":"x"}"#),
            (
                "application/x-www-form-urlencoded",
                "pan=5022000012340000&cvv2=123&otp=12345&exp_month=12&card=sealed",
                "pan=502200******0000&cvv2=***&otp=***&exp_month=12&card=***",
            ),
            ("", "username=ali&password=ali&next=%2Fa", "username=ali&password=***&next=%2Fa"),
            (
                "",
                "pan=%DB%B5%DB%B0%DB%B2%DB%B2%DB%B0%DB%B0%DB%B0%DB%B0%DB%B1%DB%B2%DB%B3%DB%B4%DB%B0%DB%B0%DB%B0%DB%B0",
                "pan=502200******0000",
            ),
            ("application/json", "{\"pin\":12", "(9 bytes that are no JSON)"),
            ("application/octet-stream", "abc", "(application/octet-stream, 3 bytes)"),
        ] {
            assert_eq!(shown(kind, body.as_bytes(), ""), expected);
        }
        let body = br#"{"result":{"value":"abc","lifeTime":1,"scopes":["a"]}}"#;
        let expected = r#"{"result":{"lifeTime":1,"scopes":["a"],"value":"***"}}"#;
        assert_eq!(shown("application/json", body, "value"), expected);
        for (target_given, expected) in [
            ("/v1/pbc/pay/0123456789abcdef/card/pay", "/v1/pbc/pay/***/card/pay"),
            ("/s/abcdefgh", "/s/***"),
            ("/v1/pbc/PayInvoiceDispatcher/?h=abc&gateway=PEP", "/v1/pbc/PayInvoiceDispatcher/?h=***&gateway=PEP"),
            (
                "/facility/v2/clients/c/cards/6219861012345678?access_token=abc",
                "/facility/v2/clients/c/cards/621986******5678?access_token=***",
            ),
        ] {
            assert_eq!(target(&target_given.parse().unwrap()), expected);
        }
    }

    #[test]
    fn a_request_is_told_as_a_command_that_a_shell_reads() {
        let logged = Logged {
            method: "POST".to_owned(),
            target: "/a?b=c".to_owned(),
            headers: vec![("host".to_owned(), "h".to_owned()), ("_token_".to_owned(), "***".to_owned())],
            body: "it's=1".to_owned(),
            ..Logged::default()
        };
        let expected = "curl -i -X POST \\\n  'http://h/a?b=c' \\\n  -H '_token_: ***' \\\n  --data-raw 'it'\\''s=1'";
        assert_eq!(logged.curl("http://h"), expected);
    }
}
