//! The SMS that the server sends.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::api::Api;
use crate::error::Error;

/// For each receiver the number of the newest SMS that was waited for.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<String, i64>>);

impl Seen {
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn of(&self, to: &str) -> i64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(to).copied().unwrap_or(0)
    }

    fn put(&self, to: &str, id: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(to.to_owned(), id);
    }
}

/// The SMS that the server sends: `id`, `to`, `text`, `otp` (the digits of the code that the text carries), `state`, `at`.
#[derive(Debug)]
pub struct SmsInbox<'a> {
    api: &'a Api,
    seen: &'a Seen,
}

impl<'a> SmsInbox<'a> {
    pub(crate) const fn new(api: &'a Api, seen: &'a Seen) -> Self {
        Self { api, seen }
    }

    /// SMS to a number, newest first.
    ///
    /// # Errors
    /// The call fails.
    pub fn list(&self, to: &str) -> Result<Vec<Value>, Error> {
        self.api.list("/admin/v1/sms", &[("to", to)])
    }

    /// The newest SMS to a number that no earlier `wait` has returned; waits ten seconds for it.
    ///
    /// # Errors
    /// [`Error::NotInTime`], or the call fails.
    pub fn wait(&self, to: &str) -> Result<Value, Error> {
        let since = self.seen.of(to).to_string();
        let newest = self.api.wait("/admin/v1/sms", &[("to", to), ("since", &since)], &format!("SMS to {to}"))?;
        self.seen.put(to, newest["id"].as_i64().unwrap_or_default());
        Ok(newest)
    }

    /// The digits of the code in the next SMS to a number, as [`SmsInbox::wait`].
    ///
    /// # Errors
    /// The SMS carries no code, or as [`SmsInbox::wait`].
    pub fn otp(&self, to: &str) -> Result<String, Error> {
        let sms = self.wait(to)?;
        let otp = sms["otp"].as_str().map(str::to_owned);
        otp.ok_or_else(|| Error::Unexpected(format!("the SMS to {to} carries no code: {}", sms["text"])))
    }
}
