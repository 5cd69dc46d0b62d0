//! Named states of the whole sandbox.

use serde_json::{Value, json};

use crate::api::Api;
use crate::error::Error;

/// Named states of the whole sandbox.
#[derive(Debug)]
pub struct Snapshots<'a>(&'a Api);

impl<'a> Snapshots<'a> {
    pub(crate) const fn new(api: &'a Api) -> Self {
        Self(api)
    }

    /// Saves the state under a name.
    ///
    /// # Errors
    /// The call fails.
    pub fn save(&self, name: &str) -> Result<Value, Error> {
        self.0.call("POST", "/admin/v1/snapshots", Some(&json!({"name": name})))
    }

    /// Back to a saved state; the clock returns as well.
    ///
    /// # Errors
    /// There is no such state, or the call fails.
    pub fn load(&self, name: &str) -> Result<Value, Error> {
        self.0.call("POST", &format!("/admin/v1/snapshots/{name}/load"), None)
    }

    /// Removes a saved state.
    ///
    /// # Errors
    /// There is no such state, or the call fails.
    pub fn drop(&self, name: &str) -> Result<(), Error> {
        self.0.call("DELETE", &format!("/admin/v1/snapshots/{name}"), None).map(drop)
    }

    /// The saved states.
    ///
    /// # Errors
    /// The call fails.
    pub fn list(&self) -> Result<Vec<Value>, Error> {
        self.0.list("/admin/v1/snapshots", &[])
    }
}
