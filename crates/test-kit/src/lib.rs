//! A Daric sandbox for tests in Rust.
//!
//! Shape: `Daric` (a server process, or one that runs already) with one part for each subject of the operator API. Every value is JSON of that API.
//! Order: `process` starts the program, `api` calls it; the parts use `api` alone.
//! Absent: all crates of the server, an async runtime, and clients of the platforms. A test calls those services with the client that it tests.

mod api;
mod clock;
mod error;
mod faults;
mod process;
mod requests;
mod sms;
mod snapshots;
mod webhooks;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use api::Api;
pub use clock::Clock;
pub use error::Error;
pub use faults::Faults;
use process::Process;
pub use requests::Requests;
pub use sms::SmsInbox;
pub use snapshots::Snapshots;
pub use webhooks::Webhooks;

/// The operator's token of a sandbox.
pub const OPERATOR_TOKEN: &str = "demo-admin-token";
/// The server gathers the lines of its log for a fifth of this time before it writes them.
const LOG_DELAY: Duration = Duration::from_millis(100);

/// A sandbox. Dropping it ends the server that it has started; if the test has panicked, [`Daric::report`] is printed first.
#[derive(Debug)]
pub struct Daric {
    api: Api,
    sms: sms::Seen,
    requests: requests::Mark,
    process: Option<Process>,
    /// How many bytes the server had printed at the last reset.
    log_since: AtomicU64,
    /// The number of the last reset among the requests.
    reset: AtomicU64,
}

impl Daric {
    /// Starts a server with the demo world, on a port of its own: the program that `DARIC_BINARY` names, else `daric` on `PATH`.
    ///
    /// # Errors
    /// There is no such program, or it does not get ready.
    pub fn start() -> Result<Self, Error> {
        Self::start_with(&[])
    }

    /// The same with further arguments of `daric serve`, as `--strict`.
    ///
    /// # Errors
    /// As [`Daric::start`].
    pub fn start_with(arguments: &[&str]) -> Result<Self, Error> {
        let process = Process::start(&process::find_binary()?, arguments)?;
        Ok(Self::of(process.url().to_owned(), OPERATOR_TOKEN, Some(process)))
    }

    /// Uses a sandbox that runs already. A reset empties it, so only one test at a time may use it.
    pub fn attach(url: &str, operator_token: &str) -> Self {
        Self::of(url.trim_end_matches('/').to_owned(), operator_token, None)
    }

    fn of(url: String, operator_token: &str, process: Option<Process>) -> Self {
        let api = Api::new(url, operator_token);
        let (sms, requests) = (sms::Seen::default(), requests::Mark::default());
        Self { api, sms, requests, process, log_since: AtomicU64::new(0), reset: AtomicU64::new(0) }
    }

    /// The address, as `http://127.0.0.1:41234`.
    pub fn url(&self) -> &str {
        self.api.url()
    }

    /// The base URL that takes the place of a platform's: `finnotech`, `paystar` or `pod`.
    ///
    /// # Errors
    /// There is no such dialect, or the call fails.
    pub fn base(&self, dialect: &str) -> Result<String, Error> {
        let start = self.admin("GET", "/", None)?;
        let rows = start["dialects"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = rows.iter().find(|row| row["name"] == dialect).and_then(|row| row["base"].as_str());
        found.map(str::to_owned).ok_or_else(|| Error::Unexpected(format!("no dialect {dialect}: {start}")))
    }

    /// A Finnotech token without the consent page: of client `drops`, for its deposit at bank 062.
    ///
    /// # Errors
    /// The call fails.
    pub fn token(&self) -> Result<String, Error> {
        let fields = json!({"client": "drops", "type": "CODE", "bank": "062", "deposits": ["0302876214008"]});
        self.token_of(&fields)
    }

    /// A Finnotech token by the fields of `POST /admin/v1/tokens`.
    ///
    /// # Errors
    /// The call fails.
    pub fn token_of(&self, fields: &Value) -> Result<String, Error> {
        let reply = self.admin("POST", "/admin/v1/tokens", Some(fields))?;
        let value = reply["result"]["value"].as_str().map(str::to_owned);
        value.ok_or_else(|| Error::Unexpected("the reply has no token".to_owned()))
    }

    /// The sandbox's clock.
    pub fn clock(&self) -> Clock<'_> {
        Clock::new(&self.api)
    }

    /// The SMS that the server sends.
    pub fn sms(&self) -> SmsInbox<'_> {
        SmsInbox::new(&self.api, &self.sms)
    }

    /// Faults that strike calls to come.
    pub fn faults(&self) -> Faults<'_> {
        Faults::new(&self.api)
    }

    /// The requests that the server has answered since the last reset.
    pub fn requests(&self) -> Requests<'_> {
        Requests::new(&self.api, &self.requests)
    }

    /// Named states of the whole sandbox.
    pub fn snapshot(&self) -> Snapshots<'_> {
        Snapshots::new(&self.api)
    }

    /// Calls to businesses that report payments.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks::new(&self.api)
    }

    /// Arms the steps of a named scenario; `GET /admin/v1/scenarios` lists the names.
    ///
    /// # Errors
    /// There is no such scenario, or the call fails.
    pub fn scenario(&self, name: &str) -> Result<Value, Error> {
        self.admin("POST", "/admin/v1/scenarios", Some(&json!({"scenario": name})))
    }

    /// Back to the demo world: no orders, no faults, the machine's time.
    ///
    /// # Errors
    /// The call fails.
    pub fn reset(&self) -> Result<(), Error> {
        let reset = self.api.send(("POST", "/admin/v1/reset", None), api::TIMEOUT)?;
        self.reset.store(reset.number, Ordering::Relaxed);
        self.sms.forget();
        self.requests().forget()?;
        self.log_since.store(self.process.as_ref().map_or(0, Process::log_size), Ordering::Relaxed);
        Ok(())
    }

    /// What the server has printed since the last reset; empty for a server that another program has started.
    pub fn log(&self) -> String {
        let Some(process) = &self.process else { return String::new() };
        thread::sleep(LOG_DELAY);
        // Lines of calls before the reset may have been written after it; its own line is the last of them.
        process.log_after(self.log_since.load(Ordering::Relaxed), self.reset.load(Ordering::Relaxed))
    }

    /// The last requests since the last reset with their replies, and the log.
    pub fn report(&self) -> String {
        // In this order, so that the log does not have the request of the summary.
        let printed = self.log();
        let replied = self.requests().summary().unwrap_or_else(|error| format!("it cannot be read: {error}"));
        let parts = [("what daric replied", replied), ("what daric printed", printed)];
        let given = parts.iter().filter(|(_, text)| !text.is_empty());
        given.map(|(title, text)| format!("{title}:\n{}", text.trim_end())).collect::<Vec<_>>().join("\n")
    }

    /// Any call of the operator API: its JSON, or `null` for an empty reply.
    ///
    /// # Errors
    /// [`Error::Refused`] for a status of 400 and more; the server cannot be reached, or its reply is not JSON.
    pub fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Error> {
        self.api.call(method, path, body)
    }
}

impl Drop for Daric {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.report());
        }
    }
}

/// The header with which a call asks for a fault of its own: its name, and the value for a fault and its fields.
///
/// # Errors
/// A header cannot carry one of the texts: arm the fault instead.
pub fn header_fault(fault: &str, fields: &[(&str, &str)]) -> Result<(&'static str, String), Error> {
    let mut parts = vec![fault.to_owned()];
    parts.extend(fields.iter().map(|(name, value)| format!("{name}={value}")));
    match parts.iter().find(|part| part.contains(';') || part.chars().any(char::is_control)) {
        Some(part) => Err(Error::Unexpected(format!("a header cannot carry {part:?}"))),
        None => Ok(("Daric-Fault", parts.join("; "))),
    }
}
