//! Calls to a server: one at a time, on this thread.
//!
//! Shape: a [`Call`] is sent by [`Client::send`], which returns whatever the server answers; [`Client::done`] also refuses every status of 400 and above.
//! Proxies of the environment are used for other machines, and never for this one. The token is sent to the operator API only, and redirects are not
//! followed, so that it goes nowhere else.

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use tokio::runtime::Runtime;
use url::{Host, Url};

use crate::failure::Failure;
use crate::server_flags::ServerFlags;

/// Time-out for establishing a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Time-out of a call that does not wait for anything.
const ANSWER: Duration = Duration::from_secs(60);
/// Time-out of a call that runs due work before it answers.
pub const LONG_WORK: Duration = Duration::from_secs(600);
/// The beginning of the operator API's paths.
pub const OPERATOR_API: &str = "/admin/";
/// How a server refuses a path that it does not serve.
const NO_PATH: &str = "no such path";
/// Controls that only a sandbox has; in production they answer 404.
const SANDBOX: [&str; 9] =
    ["clock", "faults", "requests", "reset", "scenarios", "snapshots", "tokens", "values", "world"];

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<(&'static str, Vec<u8>)>,
    timeout: Duration,
}

/// The type of a JSON body.
pub const JSON: &str = "application/json";
/// The type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";

impl Call {
    /// A request without a body; the path may have a query.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), headers: Vec::new(), body: None, timeout: ANSWER }
    }

    /// A GET request.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A POST request with a JSON body.
    pub fn post(path: impl Into<String>, body: &serde_json::Value) -> Self {
        Self::new(Method::POST, path).body(JSON, body.to_string().into_bytes())
    }

    /// Adds a parameter of the query.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a parameter, if there is a value.
    pub fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body and its type.
    pub fn body(mut self, kind: &'static str, bytes: Vec<u8>) -> Self {
        self.body = Some((kind, bytes));
        self
    }

    /// Sets how long the answer may take.
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Lets the server wait for a result, for whole seconds.
    pub fn waiting(self, wait: Duration) -> Self {
        self.query("wait", wait.as_secs().max(1)).within(wait + ANSWER)
    }
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The type of the body, without its parameters.
    pub kind: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    ///
    /// # Errors
    /// It is not UTF-8, so that it is no answer of this server.
    pub fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.body).map_err(|_| Failure::Refused("the answer is no text".to_owned()))
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// It has another form.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Failure::Refused(format!("the answer has an unexpected form ({error}): is it a daric of this version?"))
        })
    }
}

/// A refusal, as the operator API writes it.
#[derive(Deserialize)]
struct Refusal {
    error: Details,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    code: String,
    #[serde(default)]
    field: Option<String>,
    message: String,
}

/// A server, and the token for its operator API.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: String,
    runtime: Runtime,
}

impl Client {
    /// A client of the server that the flags name.
    ///
    /// # Errors
    /// The address or the certificates cannot be used.
    pub fn new(flags: &ServerFlags) -> Result<Self, Failure> {
        let base = base(&flags.url)?;
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(flags.cacert.as_deref())?)
            .redirect(Policy::none())
            .user_agent(concat!("daric/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT);
        if is_here(&base) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| Failure::Refused(format!("no HTTP client: {error}")))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Refused(format!("no runtime: {error}")))?;
        Ok(Self { http, base, token: flags.token.clone(), runtime })
    }

    /// The address of the server, without a `/` at its end.
    pub fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Sends a request.
    ///
    /// # Errors
    /// There is no answer.
    pub fn send(&self, call: Call) -> Result<Reply, Failure> {
        let mut address = self.base.clone();
        let below = address.path().trim_end_matches('/').to_owned();
        let (path, query) = call.path.split_once('?').map_or((&*call.path, None), |(path, query)| (path, Some(query)));
        address.set_path(&format!("{below}{path}"));
        address.set_query(query);
        if !call.query.is_empty() {
            address.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.http.request(call.method, address).timeout(call.timeout);
        let has_own = call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(AUTHORIZATION.as_str()));
        if call.path.starts_with(OPERATOR_API) && !has_own {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some((kind, body)) = call.body {
            request = request.header(CONTENT_TYPE, kind).body(body);
        }
        self.runtime.block_on(async {
            let response = request.send().await.map_err(|error| self.no_answer(error))?;
            let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
            let status = response.status();
            let body = response.bytes().await.map_err(|error| self.no_answer(error))?.to_vec();
            Ok(Reply { status, kind, body })
        })
    }

    /// Sends a request that must succeed.
    ///
    /// # Errors
    /// There is no answer, or the server refuses the call.
    pub fn done(&self, call: Call) -> Result<Reply, Failure> {
        let path = call.path.clone();
        let reply = self.send(call)?;
        if reply.status.is_success() { Ok(reply) } else { Err(refused(&path, &reply)) }
    }

    fn no_answer(&self, error: reqwest::Error) -> Failure {
        // The address may have a token in its query.
        let error = error.without_url();
        let base = self.base();
        if error.is_builder() {
            return Failure::Usage(format!("the request cannot be sent: {}", innermost(&error)));
        }
        if error.is_timeout() && !error.is_connect() {
            return Failure::Unreachable(format!(
                "{base} did not answer in time: what became of the call is not known"
            ));
        }
        let cause = innermost(&error);
        let remedy = if cause.contains("certificate") {
            "--cacert names the certificates to trust"
        } else if cause.contains("corrupt message") {
            "it does not speak HTTPS: --url (DARIC_URL) with http:// reaches it"
        } else if cause.contains("invalid HTTP version") {
            "it may speak HTTPS: --url (DARIC_URL) with https:// reaches it then"
        } else {
            "is the server running? `daric serve --demo` starts a sandbox, --url (DARIC_URL) names another server"
        };
        Failure::Unreachable(format!("cannot reach {base} ({cause}): {remedy}"))
    }
}

/// The cause that a person can act on: the last of the chain.
fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = error.to_string();
        source = error.source();
    }
    text
}

/// The refusal of a call, with what to do next.
pub fn refused(path: &str, reply: &Reply) -> Failure {
    let status = reply.status.as_u16();
    let refusal = serde_json::from_slice::<Refusal>(&reply.body);
    let text = match &refusal {
        Ok(Refusal { error: Details { code, field: Some(field), message } }) => {
            format!("{status} {code}, {field}: {message}")
        }
        Ok(Refusal { error: Details { code, field: None, message } }) => format!("{status} {code}: {message}"),
        Err(_) => format!("the server answered {}", reply.status),
    };
    let remedy = match reply.status {
        StatusCode::UNAUTHORIZED if path.starts_with(OPERATOR_API) => {
            ". The operator token is not accepted: set DARIC_OPERATOR_TOKEN (or --token)"
        }
        // The other 404 says that there is no such row.
        StatusCode::NOT_FOUND if path.starts_with(OPERATOR_API) && (text.ends_with(NO_PATH) || refusal.is_err()) => {
            if is_sandbox_only(path) {
                ". Only a sandbox has this call, an older version may not have it, and with --admin-listen operators have an address of their own (--url)"
            } else {
                ". With --admin-listen operators have an address of their own (--url), and an older version may not have this call"
            }
        }
        _ => "",
    };
    Failure::Refused(format!("{text}{remedy}"))
}

fn is_sandbox_only(path: &str) -> bool {
    let subject = path.strip_prefix("/admin/v1/").and_then(|rest| rest.split('/').next());
    subject.is_some_and(|subject| SANDBOX.contains(&subject))
}

/// Reads the address of a server.
fn base(text: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| Failure::Usage(format!("--url (DARIC_URL): {why}, as http://127.0.0.1:7070"));
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url: Url = with_scheme.parse().map_err(|_| wrong("an address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("an address of http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("an address without credentials and query (a token is given by --token)"));
    }
    Ok(url)
}

/// Whether an address is on this machine.
pub fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => false,
    }
}

/// The system's root certificates, and those of a file.
fn tls(cacert: Option<&Path>) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = cacert {
        let wrong = |why: String| Failure::Usage(format!("--cacert {}: {why}", path.display()));
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
        let mut found = 0;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            found += 1;
        }
        if found == 0 {
            return Err(wrong("there is no certificate in it (PEM)".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| Failure::Refused(format!("no encryption: {error}")))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_a_server_and_carries_no_secret() {
        for (text, is_good, here) in [
            ("http://127.0.0.1:7070", true, true),
            ("127.0.0.1:7070", true, true),
            ("https://pay.example/below", true, false),
            ("http://[::1]:7070/", true, true),
            ("ftp://pay.example", false, false),
            ("http://operator:token@pay.example", false, false),
            ("http://pay.example/?token=x", false, false),
            ("http://", false, false),
        ] {
            let read = base(text);
            assert_eq!((read.is_ok(), read.is_ok_and(|url| is_here(&url))), (is_good, here), "{text}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do_next() {
        let reply = |status: u16, body: &str| Reply {
            status: StatusCode::from_u16(status).unwrap(),
            kind: JSON.to_owned(),
            body: body.as_bytes().to_vec(),
        };
        let of_no_path = r#"{"error":{"code":"NOT_FOUND","message":"no such path"}}"#;
        let of_field = r#"{"error":{"code":"INVALID","field":"limit","message":"1 to 100"}}"#;
        for (path, status, body, said) in [
            ("/admin/v1/accounts", 400, of_field, "400 INVALID, limit: 1 to 100"),
            ("/admin/v1/accounts", 401, "{}", "DARIC_OPERATOR_TOKEN"),
            ("/admin/v1/clock", 404, "{}", "Only a sandbox has this call"),
            ("/admin/v1/accounts/5", 404, "<html>", "the server answered 404"),
            ("/admin/v1/operators", 404, of_no_path, "With --admin-listen operators have an address"),
        ] {
            let text = refused(path, &reply(status, body)).to_string();
            assert!(text.contains(said), "{path}: {text}");
        }
    }
}
