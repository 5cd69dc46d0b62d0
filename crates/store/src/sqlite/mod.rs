//! SQLite: one directory, one writing connection, a pool of readers, a write-ahead log that is flushed behind the commits.
//!
//! What a commit costs: rows of transfers and orders go to the right edge of their tables, so a batch writes a few pages and
//! flushes once ([`flush`]). Look-ups by trackId and by account, and the balances of accounts, would each dirty a page of their own per
//! row; they are settled behind the commits by [`tail`]. Checkpoints run beside the writer, see [`checkpoint`].

mod checkpoint;
mod flush;
#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod plans;
mod reader;
mod schema;
mod tail;
mod value;
mod writer;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use parking_lot::RwLock;
use rusqlite::{Connection, OpenFlags};
use tracing::{error, warn};

use crate::Error;

use flush::Marker;
pub use flush::{Flusher, Ticket};
pub use reader::Reader;
pub use writer::Writer;

/// The database's file in its directory.
pub(crate) const FILE: &str = "daric.db";
/// What the writer keeps of pages that it changes. Not more: below 1 GiB of database, SQLite walks the whole table of cached pages at
/// every commit that has split a page (it gives the new page a number beyond the end for a moment). Measured with 256 MiB:
/// 38 % of the writer's time. Pages that are only read come from the mapped file.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// How much of the database file is mapped: all that SQLite allows.
const MAPPED_BYTES: i64 = 0x7fff_0000;
/// The same for each reader.
const READER_CACHE_KIB: i64 = 8 * 1024;
/// Statements kept prepared for each connection: more than there are.
const STATEMENTS: usize = 64;
/// Connections of the reader pool: reads are short, and there are few cores.
const READERS: usize = 4;

pub(crate) fn open(directory: &Path, settle_after: usize) -> Result<(Writer, Flusher, Reader), Error> {
    open_with(directory, settle_after, checkpoint::START_AT_PAGES)
}

fn open_with(directory: &Path, settle_after: usize, start_at: i32) -> Result<(Writer, Flusher, Reader), Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    let lock = lock(directory)?;
    let path = directory.join(FILE);
    let mut connection = Connection::open(&path)?;
    schema::check_owner(&connection)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")?;
    // What an earlier process left in the log goes into the database, written and flushed anew: after a failed flush the system takes for
    // written what is not, and answers will rest on it.
    let full = move_log(&connection)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::migrate(&mut connection)?;
    let log = File::open(directory.join("daric.db-wal")).map_err(unusable)?;
    log.sync_data().and_then(|()| File::open(directory)?.sync_all()).map_err(unusable)?;
    let (marker, failed_at_ms) = Marker::open(&directory.join("flush")).map_err(unusable)?;
    if let Some(failed_at_ms) = failed_at_ms {
        if full {
            return Err(Error::NoRoomAfterFailure);
        }
        error!(
            failed_at_ms,
            "the last process ended because a flush failed; what it left was written and flushed anew"
        );
        marker.clear().map_err(unusable)?;
    }
    let flusher = Flusher::new(log, marker);
    // Whoever had claimed jobs was this directory's only process, and is gone. Without room for that the claims run out by themselves.
    match connection.execute("UPDATE job SET leased_until_ms = 0 WHERE leased_until_ms <> 0", []).map_err(Error::from) {
        Ok(_) => {}
        Err(Error::Full) => warn!("there is no space left: jobs of the last process wait until their claims run out"),
        Err(error) => return Err(error),
    }
    if full {
        warn!("there is no space left to move the log into the database: it is read where it is");
    }
    let (state, next_id) = tail::recover(&connection, settle_after)?;
    let state = Arc::new(RwLock::new(state));
    let gate = Arc::default();
    let checkpoint = checkpoint::start(&path, &mut connection, flusher.progress(), Arc::clone(&gate), start_at)?;
    let readers = (0..READERS).map(|_| open_reader(&path)).collect::<Result<Vec<_>, _>>()?;
    let connections = (readers, open_reader(&path)?);
    let reader = Reader::new(directory, connections, Arc::clone(&state), flusher.progress(), gate)?;
    let writer = Writer::new(connection, state, next_id, checkpoint, flusher.clone(), lock, failed_at_ms);
    Ok((writer, flusher, reader))
}

/// Moves the whole log into the database and empties it. `true`: there is no room for that.
fn move_log(connection: &Connection) -> Result<bool, Error> {
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    match moved.map_err(Error::from) {
        Ok(0) => Ok(false),
        Ok(_) => Err(Error::Failed),
        Err(Error::Full) => Ok(true),
        Err(error) => Err(error),
    }
}

fn open_reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Takes the directory for this process alone; the lock goes with the file.
fn lock(directory: &Path) -> Result<File, Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    // Account numbers and names are in it: nobody else needs to read them.
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unusable)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("lock"));
    let file = file.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}
