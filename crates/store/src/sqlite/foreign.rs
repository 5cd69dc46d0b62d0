//! That another program has written to the database beside a server, in a file.
//!
//! The writer holds SQLite's lock for writing from one commit to the next, so that others are told that the database is locked. One that
//! slips in between is noticed before the next commit: the store ends then, because what it keeps in memory is not what is in the database. The
//! note stays, so that no start takes for its own what the other has written.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::files::at;
use crate::Error;

/// The file in the store's directory.
pub(super) const FILE: &str = "foreign-writes";

/// Notes that it was noticed now: durable when it returns.
pub(super) fn note(directory: &Path) -> Result<(), Error> {
    let path = directory.join(FILE);
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| writeln!(file, "{now_ms}").and_then(|()| file.sync_all()));
    written.and_then(|()| File::open(directory)?.sync_all()).map_err(at(&path))
}

/// # Errors
/// It was noted.
pub(super) fn none(directory: &Path) -> Result<(), Error> {
    let path = directory.join(FILE);
    match std::fs::metadata(&path) {
        Ok(_) => Err(Error::ForeignWrites(directory.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at(&path)(error)),
    }
}
