//! Calls to businesses that report payments.

use serde_json::Value;

use crate::api::Api;
use crate::error::Error;

/// Calls to businesses that report payments, by filters as `("business", "201")`, `("state", "sent")`.
#[derive(Debug)]
pub struct Webhooks<'a>(&'a Api);

impl<'a> Webhooks<'a> {
    pub(crate) const fn new(api: &'a Api) -> Self {
        Self(api)
    }

    /// Calls, newest first.
    ///
    /// # Errors
    /// The call fails.
    pub fn list(&self, filters: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        self.0.list("/admin/v1/webhooks", filters)
    }

    /// The newest call that the filters match; waits ten seconds for it.
    ///
    /// # Errors
    /// [`Error::NotInTime`], or the call fails.
    pub fn wait(&self, filters: &[(&str, &str)]) -> Result<Value, Error> {
        self.0.wait("/admin/v1/webhooks", filters, &format!("webhook with {filters:?}"))
    }

    /// One call, with its attempts.
    ///
    /// # Errors
    /// There is no such call to a business, or the call of the API fails.
    pub fn get(&self, id: i64) -> Result<Value, Error> {
        self.0.call("GET", &format!("/admin/v1/webhooks/{id}"), None)
    }

    /// Makes a call once more.
    ///
    /// # Errors
    /// As [`Webhooks::get`].
    pub fn resend(&self, id: i64) -> Result<Value, Error> {
        self.0.call("POST", &format!("/admin/v1/webhooks/{id}/resend"), None)
    }
}
