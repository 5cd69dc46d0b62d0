//! The record that another program has written to the database beside a server, in a file.
//!
//! The writer holds SQLite's write lock from one commit to the next, so other programs find the database locked. A commit of another
//! program that slips in between is noticed before the next commit: the store then ends, because its memory does not agree with the database. The
//! record stays, so that no start accepts the other program's changes as its own.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::files::at;
use crate::Error;

/// The file in the store's directory.
pub(super) const FILE: &str = "foreign-writes";

/// Records that it was noticed now; durable when it returns.
pub(super) fn note(directory: &Path) -> Result<(), Error> {
    let path = directory.join(FILE);
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| writeln!(file, "{now_ms}").and_then(|()| file.sync_all()));
    written.and_then(|()| File::open(directory)?.sync_all()).map_err(at(&path))
}

/// Checks that there is no such record.
///
/// # Errors
/// There is one.
pub(super) fn none(directory: &Path) -> Result<(), Error> {
    let path = directory.join(FILE);
    match std::fs::metadata(&path) {
        Ok(_) => Err(Error::ForeignWrites(directory.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at(&path)(error)),
    }
}
