//! The SQLite engine: one directory, one writing connection, a pool of readers, and a write-ahead log that is flushed after the commits.
//!
//! Cost of a commit: rows of transfers and orders go to the right edge of their tables, so a batch writes a few pages and
//! flushes once ([`flush`]). Look-ups by trackId and by account, and the balances of accounts, would each dirty a page of their own per
//! row; [`tail`] compacts them in later commits. Checkpoints run beside the writer, see [`checkpoint`].

mod accepted;
mod acknowledged;
pub(crate) mod backup;
mod check;
mod checkpoint;
mod connect;
mod digest;
mod files;
mod flush;
mod foreign;
mod fresh_log;
mod listing;
mod log;
mod log_position;
#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod plans;
mod queries;
mod read_gate;
mod reader;
mod reports;
pub(crate) mod restored;
mod schema;
mod snapshot;
mod sums;
#[cfg(test)]
mod sums_tests;
mod tail;
mod value;
mod writer;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::RwLock;
use tracing::{error, info, warn};

use crate::model::Origin;
use crate::{COMPACT_AFTER, Error};
use connect::{
    MAPPED_BYTES, STATEMENTS, WRITER_CACHE_KIB, of_database, open_beside, open_database, open_reader, open_unchanged,
};
use fresh_log::{close_log, open_log};

pub use accepted::AcceptedLoss;
use acknowledged::Acknowledged;
use check::Looked;
pub(crate) use files::FILE;
use files::{LOCK, LOG, at};
use flush::Marker;
pub use flush::{Flusher, Ticket};
pub use reader::Reader;
pub(crate) use schema::KNOWN;
use sums::Sums;
pub use writer::Writer;

/// How many pages are compared with their checksums at a start: 256 MiB, about a second from a cold disk. `daric verify` compares all.
const START_CHECKS: u64 = 65_536;
/// How many connections the reader pool has: reads are short, and there are few cores.
const READERS: usize = 4;

/// What an opening does with a store that has lost data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Loss {
    /// It refuses the store, and checks [`START_CHECKS`] pages.
    Refuse,
    /// It records the loss ([`accepted`]) and continues with what is left. It checks all pages.
    Accept,
}

pub(crate) fn open(directory: &Path, compact_after: usize, loss: Loss) -> Result<(Writer, Flusher, Reader), Error> {
    open_with(directory, compact_after, checkpoint::START_AT_PAGES, loss)
}

/// Opens the store of a directory for reading; changes no byte of any file. The returned file keeps other processes out.
pub(crate) fn open_to_read(directory: &Path) -> Result<(Option<File>, Reader), Error> {
    let lock = lock_to_read(directory)?;
    if directory.join(restored::RESTORED).exists() {
        return Err(Error::RestoreWaits(directory.to_owned()));
    }
    let Looked { damage, has_sums, .. } = check::look(directory, u64::MAX)?;
    let path = directory.join(FILE);
    let opened = open_unchanged(directory).map_err(of_database(&path)).and_then(|connection| {
        let (tail, _) = tail::recover(&connection, COMPACT_AFTER)?;
        Ok((connection, Arc::new(RwLock::new(tail))))
    });
    // Damaged pages are the cause, and are reported.
    let (connection, tail) = opened.or_else(|error| damage.none(directory).and(Err(error)))?;
    let mut reader = Reader::new(directory, (Vec::new(), connection), tail, Arc::default(), Arc::default())?;
    reader.notes.extend((!has_sums).then(|| "daric.sums is not there: no page was compared with its sum".to_owned()));
    reader.accepted = accepted::read(directory)?;
    reader.foreign = foreign::none(directory).err().map(|error| error.to_string());
    reader.damage = damage;
    Ok((lock, reader))
}

/// What a look at a directory has found.
#[derive(Debug)]
pub(crate) struct Inspected {
    pub(crate) origin: Option<Origin>,
    pub(crate) in_use: bool,
    pub(crate) compared: Option<u64>,
}

/// Looks at the store of a directory, on which a server may be running; changes no byte. A store that no process has open is kept from others
/// meanwhile, and up to [`START_CHECKS`] of its pages are compared, as at a start.
pub(crate) fn inspect(directory: &Path) -> Result<Inspected, Error> {
    let path = directory.join(FILE);
    foreign::none(directory)?;
    match lock_to_read(directory) {
        Ok(_lock) => {
            if directory.join(restored::RESTORED).exists() {
                return Err(Error::RestoreWaits(directory.to_owned()));
            }
            let Looked { damage, has_sums, .. } = check::look(directory, START_CHECKS)?;
            damage.none(directory)?;
            let connection = open_unchanged(directory).map_err(of_database(&path))?;
            let compared = has_sums.then(|| damage.compared());
            Ok(Inspected { origin: value::select(&connection, &())?, in_use: false, compared })
        }
        Err(Error::InUse(_)) => {
            check::check_log(directory)?;
            let connection = open_beside(&path).map_err(of_database(&path))?;
            Ok(Inspected { origin: value::select(&connection, &())?, in_use: true, compared: None })
        }
        Err(error) => Err(error),
    }
}

/// The origin of the store of a directory that no process has open; changes no byte. `None`: there is no store yet, or it cannot be read; then
/// opening the store reports the fault.
pub(crate) fn origin(directory: &Path, loss: Loss) -> Option<Origin> {
    let _lock = lock_to_read(directory).ok()??;
    if directory.join(restored::RESTORED).exists() {
        return None;
    }
    match loss {
        Loss::Refuse => {
            check::look(directory, START_CHECKS).ok().filter(|looked| looked.damage.count() == 0).map(|_| ())?
        }
        // The origin of most stores that have lost data can still be read.
        Loss::Accept => {}
    }
    value::select(&open_unchanged(directory).ok()?, &()).ok()?
}

fn open_with(
    directory: &Path,
    compact_after: usize,
    start_at: i32,
    loss: Loss,
) -> Result<(Writer, Flusher, Reader), Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    let lock = lock(directory)?;
    restored::finish_restore(directory)?;
    let (path, path_of_log) = (directory.join(FILE), directory.join(LOG));
    let backup = match loss {
        Loss::Refuse => {
            let looked = check::look(directory, START_CHECKS)?;
            foreign::none(directory)?;
            looked.damage.none(directory)?;
            looked.backup
        }
        Loss::Accept => check::accept(directory)?.backup,
    };
    if let Some(bytes) = backup {
        // A backup that was copied here by hand: its digest is checked once, and then cut off.
        let cut = OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(bytes));
        cut.map_err(at(&path))?;
    }
    let mut connection = open_database(&path).map_err(of_database(&path))?;
    let log = File::open(&path_of_log).map_err(at(&path_of_log))?;
    let mut acknowledged = Acknowledged::open(directory).map_err(at(&directory.join(acknowledged::FILE)))?;
    // The log of an earlier process is moved into the database, which writes and flushes it again: after a failed flush the system may treat pages as
    // written that are not, and answers will rest on them.
    let database = File::open(&path).map_err(at(&path))?;
    let pages_of_log = log.try_clone().map_err(at(&path_of_log))?;
    let path_of_sums = directory.join(sums::FILE);
    let (mut sums, full) = match Sums::open(directory).map_err(at(&path_of_sums))? {
        Some(file) => {
            let mut sums = Sums::new(file, database, pages_of_log).map_err(at(&path_of_sums))?;
            acknowledged.belongs_to(sums.stamp());
            let full = !close_log(&connection, Some(&mut sums), &acknowledged)?;
            (sums, full)
        }
        None if close_log(&connection, None, &acknowledged)? => {
            info!("the pages of the database have no sums yet: they are made from what is there");
            let state = schema::state_of_sums(&connection)?;
            (Sums::make(directory, database, pages_of_log, state).map_err(at(&path_of_sums))?, false)
        }
        None => return Err(Error::Full),
    };
    acknowledged.belongs_to(sums.stamp());
    // The mark comes before anything else in the log: a closed database has no log, except for this.
    let opened = open_log(&connection, &mut sums, &acknowledged, full)?;
    if opened {
        match schema::note_state_of_sums(&connection, acknowledged.state()) {
            // The first commit notes the state, when there is space again.
            Err(Error::Full) => {}
            noted => noted?,
        }
    }
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::migrate(&mut connection).map_err(of_database(&path))?;
    log.sync_data().and_then(|()| File::open(directory)?.sync_all()).map_err(unusable)?;
    let path_of_marker = directory.join(flush::FILE);
    let (marker, failed_at_ms) = Marker::open(&path_of_marker).map_err(at(&path_of_marker))?;
    if let Some(failed_at_ms) = failed_at_ms {
        if full {
            return Err(Error::NoRoomAfterFailure);
        }
        error!(
            failed_at_ms,
            "the last process ended because a flush failed; what it left was written and flushed anew"
        );
        marker.clear().map_err(at(&path_of_marker))?;
    }
    let flusher = Flusher::new(log, marker, acknowledged);
    // The previous process was the only one of this directory, and has ended, so its claims are released. Without space for that they expire.
    match connection.execute("UPDATE job SET leased_until_ms = 0 WHERE leased_until_ms <> 0", []).map_err(Error::from) {
        Ok(_) => {}
        Err(Error::Full) => warn!("there is no space left: jobs of the last process wait until their claims run out"),
        Err(error) => return Err(error),
    }
    if !opened {
        warn!("there is no space left: nothing is written before there is");
    }
    if full {
        warn!(
            "the log could not be moved into the database (no space left, or another program reads it): it is read where it is"
        );
    }
    let (state, next_id) = tail::recover(&connection, compact_after)?;
    let state = Arc::new(RwLock::new(state));
    let read_gate = Arc::default();
    let checkpoint =
        checkpoint::start(&path, &mut connection, flusher.progress(), Arc::clone(&read_gate), sums, start_at)?;
    let readers = (0..READERS).map(|_| open_reader(&path)).collect::<Result<Vec<_>, _>>()?;
    let connections = (readers, open_reader(&path)?);
    let reader = Reader::new(directory, connections, Arc::clone(&state), flusher.progress(), read_gate)?;
    let held = writer::Held { directory: directory.to_owned(), _lock: lock };
    let mut writer = Writer::new(connection, state, next_id, checkpoint, flusher.clone(), held, failed_at_ms)?;
    writer.is_opened = opened;
    writer.accepted = accepted::read(directory)?;
    Ok((writer, flusher, reader))
}

/// Takes the lock of a directory for a process that only reads; `None`: no process has used the store yet.
fn lock_to_read(directory: &Path) -> Result<Option<File>, Error> {
    let path = directory.join(LOCK);
    let file = match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(at(&path))?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(at(&path)(source)),
    }
}

/// Takes the lock of a directory for this process; dropping the file releases it. The file's time shows a backup that the store was opened.
fn lock(directory: &Path) -> Result<File, Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    let path = directory.join(LOCK);
    // The directory contains account numbers and names, so only this user may read it.
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unusable)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => file.set_modified(SystemTime::now()).map(|()| file).map_err(at(&path)),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(at(&path)(source)),
    }
}
