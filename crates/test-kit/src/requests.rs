//! The requests that the server has answered.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::api::Api;
use crate::error::Error;

/// The most requests in a summary.
const SUMMARY: usize = 20;
/// The most characters of each target, body and reply in a summary.
const SUMMARY_TEXT: usize = 500;
/// A summary is for a test that has failed, perhaps because the server hangs.
const SUMMARY_TIMEOUT: Duration = Duration::from_secs(5);

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

    /// The last 20 requests since the last reset as text, oldest first. Each has its number in the server's log, method, target, status and what
    /// struck it; after `>` its body, after `<` the reply.
    ///
    /// # Errors
    /// The call fails.
    pub fn summary(&self) -> Result<String, Error> {
        let (since, limit) = (self.since(), (SUMMARY + 1).to_string());
        let query = [("since", since.as_str()), ("limit", limit.as_str())];
        let rows = self.api.list_within("/admin/v1/requests", &query, SUMMARY_TIMEOUT)?;
        let left_out = (rows.len() > SUMMARY).then(|| "(earlier requests are left out)".to_owned());
        let shown = rows.iter().take(SUMMARY).rev().map(shown);
        Ok(left_out.into_iter().chain(shown).collect::<Vec<_>>().join("\n"))
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

/// A request in a summary.
fn shown(request: &Value) -> String {
    let text = |name: &str| short(request[name].as_str().unwrap_or_default());
    let struck = request.get("struck").map(|struck| [&struck["kind"], &struck["name"]].map(Value::as_str));
    let struck = match struck {
        Some([Some(kind), Some(name)]) => format!(" ({kind} {name})"),
        _ => String::new(),
    };
    let [number, method, target] = ["requestId", "method", "target"].map(text);
    let mut shown = format!("{number} {method} {target} {}{struck}", request["status"]);
    for (mark, text) in [(">", text("body")), ("<", text("reply"))].iter().filter(|(_, text)| !text.is_empty()) {
        shown.push_str(&format!("\n  {mark} {text}"));
    }
    shown
}

/// On one line, and without characters that a terminal obeys.
fn short(text: &str) -> String {
    let parts = text.split(char::is_control).map(str::trim_start).filter(|part| !part.is_empty());
    let line = parts.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SUMMARY_TEXT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{SUMMARY_TEXT, shown};

    #[test]
    fn a_request_is_shown_with_what_struck_it_and_one_short_line_for_each_text() {
        let mut request = json!({"requestId": "1a", "method": "POST", "target": "/a?b=c", "status": 503});
        assert_eq!(shown(&request), "1a POST /a?b=c 503");
        request["struck"] = json!({"kind": "fault", "name": "error:busy"});
        request["body"] = json!("{\r\n  \"a\": \"\u{1b}[31m\"}");
        request["reply"] = json!("ر".repeat(SUMMARY_TEXT + 1));
        let reply = "ر".repeat(SUMMARY_TEXT);
        let expected = format!("1a POST /a?b=c 503 (fault error:busy)\n  > {{ \"a\": \" [31m\"}}\n  < {reply}…");
        assert_eq!(shown(&request), expected);
    }
}
