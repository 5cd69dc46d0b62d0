//! Losses of data that an operator has accepted, in a file beside the database.
//!
//! After an accepted start a store looks complete. So the findings are recorded before anything is changed, one a line; every start and every
//! verification reports them, until an operator who has dealt with them removes the file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::files::at;
use crate::Error;

/// The file in the store's directory.
pub(super) const FILE: &str = "accepted-loss";

/// A loss, and when a start accepted it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcceptedLoss {
    /// The instant of the start, in Unix milliseconds.
    pub at_ms: i64,
    /// What was found.
    pub what: String,
}

/// Appends the findings that a start accepts; durable when it returns.
pub(super) fn record(directory: &Path, found: &[String]) -> Result<(), Error> {
    let path = directory.join(FILE);
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let lines: String = found.iter().map(|what| format!("{now_ms} {}\n", what.replace(['\n', '\r'], " "))).collect();
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(lines.as_bytes()).and_then(|()| file.sync_all()));
    written.and_then(|()| File::open(directory)?.sync_all()).map_err(at(&path))
}

/// All losses that were accepted and not dealt with, the oldest first.
pub(super) fn read(directory: &Path) -> Result<Vec<AcceptedLoss>, Error> {
    let path = directory.join(FILE);
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(at(&path))?,
    };
    let text = String::from_utf8_lossy(&bytes);
    let loss = |line: &str| match line.split_once(' ').and_then(|(at, what)| Some((at.parse().ok()?, what))) {
        Some((at_ms, what)) => AcceptedLoss { at_ms, what: what.to_owned() },
        // A damaged line is reported as it is.
        None => AcceptedLoss { at_ms: 0, what: line.to_owned() },
    };
    Ok(text.lines().filter(|line| !line.is_empty()).map(loss).collect())
}
