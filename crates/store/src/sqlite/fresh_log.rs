//! Starting the log over: it is emptied, and begins with a commit that states which state of the checksums it continues.

use std::io::ErrorKind;

use rusqlite::Connection;

use super::acknowledged::Acknowledged;
use super::schema::Mark;
use super::sums::Sums;
use super::{acknowledged, schema};
use crate::Error;

/// Moves the whole log into the database, marks the database as closed, and empties the log. `false`: there is no space, or a read prevents it.
pub(super) fn close_log(
    connection: &Connection,
    mut sums: Option<&mut Sums>,
    acknowledged: &Acknowledged,
) -> Result<bool, Error> {
    if !move_log(connection, sums.as_deref_mut())? {
        return Ok(false);
    }
    if schema::mark_of(connection)? == Some(Mark::Opened) {
        // Not together with the other pages: the mark must not be in the database before they are.
        let marked = connection.unchecked_transaction().map_err(Error::from).and_then(|closing| {
            schema::mark(&closing, Mark::Closed)?;
            // The log may start over with this commit.
            schema::note_state_of_sums(&closing, acknowledged.state())?;
            Ok(closing.commit()?)
        });
        match marked {
            Err(Error::Full) => return Ok(false),
            marked => marked?,
        }
        if !move_log(connection, sums)? {
            return Ok(false);
        }
    }
    // Before the log is emptied, so that an empty log does not look like one that has lost its frames.
    acknowledged.clear().map_err(|source| Error::Beside { name: acknowledged::FILE, source })?;
    checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
}

/// Moves the whole log into the database, and its checksums before that. `false`: there is no space, or a read prevents it.
pub(super) fn move_log(connection: &Connection, sums: Option<&mut Sums>) -> Result<bool, Error> {
    match sums.map(|sums| sums.take_in(None)).transpose() {
        Err(Error::Beside { source, .. }) if source.kind() == ErrorKind::StorageFull => return Ok(false),
        taken => taken?,
    };
    checkpoint(connection, "PRAGMA wal_checkpoint(FULL)")
}

pub(super) fn checkpoint(connection: &Connection, text: &str) -> Result<bool, Error> {
    match connection.query_row(text, [], |row| row.get::<_, i64>(0)).map_err(Error::from) {
        Ok(busy) => Ok(busy == 0),
        Err(Error::Full) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Marks a database as opened, if possible: until it is closed, the log is never empty, and belongs to it. First the log gets the mark; then the
/// checksums get its page, and the note its end; then the database gets it. `full`: the log has pages that could not be moved, and is continued.
pub(super) fn open_log(
    connection: &Connection,
    sums: &mut Sums,
    acknowledged: &Acknowledged,
    full: bool,
) -> Result<bool, Error> {
    if full {
        return Ok(sums.mark_in_database()? == Some(Mark::Opened.application()));
    }
    match schema::mark(connection, Mark::Opened) {
        Err(Error::Full) => return Ok(false),
        marked => marked?,
    }
    match sums.take_in(None) {
        Err(Error::Beside { source, .. }) if source.kind() == ErrorKind::StorageFull => return Ok(false),
        taken => taken?,
    };
    let beside = |source| Error::Beside { name: acknowledged::FILE, source };
    acknowledged.begin(sums.taken()).map_err(beside)?;
    checkpoint(connection, "PRAGMA wal_checkpoint(FULL)")
}

/// Closes and opens the log again, once there is space.
pub(super) fn open_log_again(
    connection: &Connection,
    sums: &mut Sums,
    acknowledged: &Acknowledged,
) -> Result<bool, Error> {
    let full = !close_log(connection, Some(sums), acknowledged)?;
    open_log(connection, sums, acknowledged, full)
}
