//! Calls of the operator API: JSON in, JSON out.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{Request, Response};
use ureq::{Agent, AsSendBody, Body};

use crate::error::Error;

/// The longest a call may take: moves of the clock run all due work.
pub const TIMEOUT: Duration = Duration::from_secs(600);
/// How long a wait lasts, in whole seconds of the machine's time.
pub const WAIT_SECONDS: u8 = 10;

/// Method, path and body of a call.
type Asked<'a> = (&'a str, &'a str, Option<&'a Value>);

/// The reply of a call.
#[derive(Debug)]
pub struct Reply {
    /// The number of the request in the server's log.
    pub number: u64,
    /// `null` for an empty reply.
    pub json: Value,
}

/// The operator API of a server.
#[derive(Debug)]
pub struct Api {
    agent: Agent,
    url: String,
    authorization: String,
}

impl Api {
    pub fn new(url: String, operator_token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Proxies of the environment are for other hosts.
            .proxy(None)
            // A connection for each call, so that no idle one is closed under a call.
            .max_idle_connections(0)
            .build();
        Self { agent: config.into(), url, authorization: format!("Bearer {operator_token}") }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The JSON of a call; `null` for an empty reply.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Error> {
        self.send((method, path, body), TIMEOUT).map(|reply| reply.json)
    }

    /// A call within a time.
    pub fn send(&self, (method, path, body): Asked<'_>, timeout: Duration) -> Result<Reply, Error> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", &self.authorization)
            .header("accept", "application/json");
        // A POST without a body states its length, too.
        let text = body.map(Value::to_string).or_else(|| (method == "POST").then(String::new));
        let reply = match text {
            Some(text) => {
                let request = request.header("content-type", "application/json").body(text);
                self.run(request.map_err(ureq::Error::from)?, timeout)
            }
            None => self.run(request.body(()).map_err(ureq::Error::from)?, timeout),
        };
        let mut reply = reply?;
        let number = reply.headers().get("x-request-id").and_then(|number| number.to_str().ok()).unwrap_or_default();
        let number = u64::from_str_radix(number, 16).unwrap_or(0);
        let (status, text) = (reply.status().as_u16(), reply.body_mut().read_to_string()?);
        let json = match status {
            400.. => return Err(Error::refused(format!("{method} {path}"), status, &text)),
            _ if text.is_empty() => Value::Null,
            _ => serde_json::from_str(&text).map_err(|error| Error::Unexpected(format!("{method} {path}: {error}")))?,
        };
        Ok(Reply { number, json })
    }

    fn run<S: AsSendBody>(&self, request: Request<S>, timeout: Duration) -> Result<Response<Body>, ureq::Error> {
        self.agent.run(self.agent.configure_request(request).timeout_global(Some(timeout)).build())
    }

    /// The rows of a list, by parameters that need no encoding or are encoded.
    pub fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        self.list_within(path, query, TIMEOUT)
    }

    /// The same within a time.
    pub fn list_within(&self, path: &str, query: &[(&str, &str)], timeout: Duration) -> Result<Vec<Value>, Error> {
        let mut target = path.to_owned();
        for (number, (name, value)) in query.iter().enumerate() {
            target.push(if number == 0 { '?' } else { '&' });
            target.push_str(&format!("{name}={}", encoded(value)));
        }
        match self.send(("GET", &target, None), timeout)?.json {
            Value::Array(rows) => Ok(rows),
            other => Err(Error::Unexpected(format!("GET {target} is answered {other}"))),
        }
    }

    /// The first row of a list that is waited for.
    pub fn wait(&self, path: &str, query: &[(&str, &str)], what: &str) -> Result<Value, Error> {
        let seconds = WAIT_SECONDS.to_string();
        let rows = self.list(path, &[query, &[("wait", seconds.as_str())]].concat())?;
        rows.into_iter().next().ok_or_else(|| Error::NotInTime(what.to_owned(), WAIT_SECONDS))
    }
}

/// A value in a query.
fn encoded(value: &str) -> String {
    let kept = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    value.bytes().map(|byte| if kept(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
