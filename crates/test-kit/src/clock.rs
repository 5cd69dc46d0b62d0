//! The sandbox's clock. A move runs the work that falls due before it returns.

use serde_json::{Value, json};

use crate::api::Api;
use crate::error::Error;

/// The sandbox's clock. Calls return what it shows: `now`, `jalali`, `mode`, `ran`.
#[derive(Debug)]
pub struct Clock<'a>(&'a Api);

impl<'a> Clock<'a> {
    pub(crate) const fn new(api: &'a Api) -> Self {
        Self(api)
    }

    /// What it shows.
    ///
    /// # Errors
    /// The call fails.
    pub fn now(&self) -> Result<Value, Error> {
        self.0.call("GET", "/admin/v1/clock", None)
    }

    /// Freezes it at an instant with a time zone (RFC 3339); only the first move after a reset may go back.
    ///
    /// # Errors
    /// The instant is before what the clock shows, or is none; the call fails.
    pub fn set(&self, at: &str) -> Result<Value, Error> {
        self.shift("set", at)
    }

    /// Freezes it where it is.
    ///
    /// # Errors
    /// The call fails.
    pub fn freeze(&self) -> Result<Value, Error> {
        self.shift("freeze", "now")
    }

    /// Moves it on by an ISO 8601 duration, as `PT2H45M`.
    ///
    /// # Errors
    /// It is no duration, or a negative one; the call fails.
    pub fn advance(&self, by: &str) -> Result<Value, Error> {
        self.shift("advance", by)
    }

    /// Lets it follow the machine's time.
    ///
    /// # Errors
    /// The call fails.
    pub fn run_with_system(&self) -> Result<Value, Error> {
        self.shift("run", "system")
    }

    /// Moves it from due job to due job until none is left.
    ///
    /// # Errors
    /// The call fails.
    pub fn run_until_idle(&self) -> Result<Value, Error> {
        self.shift("run", "idle")
    }

    /// The work that waits for it, earliest first: `at`, `kind`, `what`.
    ///
    /// # Errors
    /// The call fails.
    pub fn due(&self) -> Result<Vec<Value>, Error> {
        self.0.list("/admin/v1/clock/due", &[])
    }

    fn shift(&self, how: &str, value: &str) -> Result<Value, Error> {
        self.0.call("POST", "/admin/v1/clock", Some(&json!({how: value})))
    }
}
