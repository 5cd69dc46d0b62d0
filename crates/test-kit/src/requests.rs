//! The requests that the server has answered.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;

use crate::api::Api;
use crate::error::Error;

/// The number of the last request before the last reset.
#[derive(Debug, Default)]
pub struct Mark(AtomicI64);

/// The requests that the server has answered since the last reset, by filters as `("trackId", "t-1")`, `("status", "4xx")`.
#[derive(Debug)]
pub struct Requests<'a> {
    api: &'a Api,
    mark: &'a Mark,
}

impl<'a> Requests<'a> {
    pub(crate) const fn new(api: &'a Api, mark: &'a Mark) -> Self {
        Self { api, mark }
    }

    /// Requests, newest first.
    ///
    /// # Errors
    /// The call fails.
    pub fn list(&self, filters: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        let since = self.since();
        self.api.list("/admin/v1/requests", &[filters, &[("since", since.as_str())]].concat())
    }

    /// The newest request that the filters match; waits ten seconds for it.
    ///
    /// # Errors
    /// [`Error::NotInTime`], or the call fails.
    pub fn wait(&self, filters: &[(&str, &str)]) -> Result<Value, Error> {
        let since = self.since();
        let query = [filters, &[("since", since.as_str())]].concat();
        self.api.wait("/admin/v1/requests", &query, &format!("request with {filters:?}"))
    }

    /// One request, with its headers and as a curl command.
    ///
    /// # Errors
    /// There is no such request, or the call fails.
    pub fn get(&self, id: i64) -> Result<Value, Error> {
        self.api.call("GET", &format!("/admin/v1/requests/{id}"), None)
    }

    /// From now on only later requests are listed.
    pub(crate) fn forget(&self) -> Result<(), Error> {
        let newest = self.api.list("/admin/v1/requests", &[("limit", "1")])?;
        let id = newest.first().and_then(|request| request["id"].as_i64()).unwrap_or(0);
        self.mark.0.store(id, Ordering::Relaxed);
        Ok(())
    }

    fn since(&self) -> String {
        self.mark.0.load(Ordering::Relaxed).to_string()
    }
}
