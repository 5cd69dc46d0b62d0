//! Lists that are followed: new rows are printed as they come, oldest first.

use std::time::Duration;

use serde_json::value::RawValue;

use crate::client::{Call, Reply};
use crate::failure::Failure;
use crate::ordered::Members;
use crate::output::Tone;
use crate::session::Session;

/// How long one call waits for a new row.
const WAIT: Duration = Duration::from_secs(30);
/// Rows of a page at most.
const PAGE: usize = 100;

/// The values of a row that are shown.
pub type Shown = fn(&Members) -> Vec<(String, Tone)>;

/// Prints the newest rows of a list, and then each new one, until the program is stopped. `list` is the call for the list with its filters; `newest` is
/// how many rows there are of those that exist already.
///
/// # Errors
/// A call fails, or standard output cannot be written to.
pub fn follow(session: &Session, list: &Call, newest: usize, shown: Shown) -> Result<(), Failure> {
    follow_each(session, list, newest, &mut |row| {
        let members: Members = serde_json::from_str(row).unwrap_or_default();
        session.output.followed(row, &shown(&members))
    })
}

/// The same, with anything that is done with a row.
///
/// # Errors
/// A call or `each` fails.
pub fn follow_each(
    session: &Session,
    list: &Call,
    newest: usize,
    each: &mut dyn FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let first = session.client.done(list.clone().query("limit", newest.clamp(1, PAGE)))?;
    let mut rows = rows(&first)?;
    rows.truncate(newest);
    let mut last = done(&rows, each)?.unwrap_or(0);
    if newest == 0 {
        last = self::rows(&first)?.first().map(|(id, _)| *id).unwrap_or(0);
    }
    loop {
        let since = list.clone().query("since", last);
        let reply = session.client.done(since.clone().query("limit", PAGE).waiting(WAIT))?;
        let mut found = self::rows(&reply)?;
        // A full page may have left out rows between it and the last one printed.
        let mut page = found.len();
        while page == PAGE {
            let Some((oldest, _)) = found.last() else { break };
            let older = session.client.done(since.clone().query("limit", PAGE).query("before", oldest))?;
            let older = self::rows(&older)?;
            page = older.len();
            found.extend(older);
        }
        last = done(&found, each)?.unwrap_or(last);
    }
}

/// The rows of an answer, newest first, each with its number.
fn rows(reply: &Reply) -> Result<Vec<(i64, String)>, Failure> {
    let sent: Vec<&RawValue> = reply.json()?;
    let numbered = sent.into_iter().map(|row| {
        let members: Members = serde_json::from_str(row.get()).unwrap_or_default();
        let id = members.get("id").and_then(serde_json::Value::as_i64);
        id.map(|id| (id, row.get().to_owned()))
            .ok_or_else(|| Failure::Refused("a row of the answer has no id".to_owned()))
    });
    numbered.collect()
}

/// Does something with rows, oldest first; returns the number of the newest.
fn done(rows: &[(i64, String)], each: &mut dyn FnMut(&str) -> Result<(), Failure>) -> Result<Option<i64>, Failure> {
    for (_, row) in rows.iter().rev() {
        each(row)?;
    }
    Ok(rows.first().map(|(id, _)| *id))
}
