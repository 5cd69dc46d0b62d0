//! Faults that strike calls to come.

use serde_json::Value;

use crate::api::Api;
use crate::error::Error;

/// Faults that strike calls to come.
#[derive(Debug)]
pub struct Faults<'a>(&'a Api);

impl<'a> Faults<'a> {
    pub(crate) const fn new(api: &'a Api) -> Self {
        Self(api)
    }

    /// Arms a fault: `arm(&json!({"fault": "drop_after", "operation": "transferTo"}))`.
    ///
    /// # Errors
    /// There is no such fault, or the call fails.
    pub fn arm(&self, rule: &Value) -> Result<Value, Error> {
        self.0.call("POST", "/admin/v1/faults", Some(rule))
    }

    /// The faults that may still strike.
    ///
    /// # Errors
    /// The call fails.
    pub fn list(&self) -> Result<Vec<Value>, Error> {
        let reply = self.0.call("GET", "/admin/v1/faults", None)?;
        let rows = reply.get("faults").and_then(Value::as_array).cloned();
        rows.ok_or_else(|| Error::Unexpected(format!("the reply has no faults: {reply}")))
    }

    /// Disarms all faults.
    ///
    /// # Errors
    /// The call fails.
    pub fn clear(&self) -> Result<(), Error> {
        self.0.call("DELETE", "/admin/v1/faults", None).map(drop)
    }
}
