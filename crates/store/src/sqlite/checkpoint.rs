//! Moving the write-ahead log into the database beside the writer.
//!
//! A checkpoint in the commit path is the long tail of SQLite: it writes back thousands of pages and flushes twice. Here a thread
//! with a connection of its own does that while commits go on. What they append meanwhile is little; the writer moves that rest
//! itself, between two commits, and its next commit starts the log over, so that the file stays at its size.
//! Each pass takes in the sums of its pages first ([`super::sums`]), and holds a snapshot, so that it copies no page whose sum it does not have.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, config::DbConfig, hooks::Wal};
use tracing::error;

use super::acknowledged::Acknowledged;
use super::flush::Progress;
use super::gate::Gate;
use super::sums::Sums;
use crate::Error;

/// Pages in the log before a checkpoint starts: 64 MiB. A longer log makes every look-up in it slower; a shorter one has the same
/// pages written to the database more often.
pub(super) const START_AT_PAGES: i32 = 16_384;
/// Times that many pages at which new reads wait until the log can start over: as long as a read that began before the log's last
/// page is under way, and another one before that one ends, it only grows.
const FULL_AT: i32 = 3;

/// The checkpointing thread, and what the writer and it tell each other.
#[derive(Debug)]
pub(super) struct Checkpoint {
    wake: Option<SyncSender<()>>,
    log_pages: Arc<AtomicI32>,
    nearly_done: Arc<AtomicBool>,
    progress: Arc<Progress>,
    gate: Arc<Gate>,
    sums: Arc<Mutex<Sums>>,
    /// The writer has done a last pass, and its next commit may start the log over: a snapshot held then would be in its way. Changes under the lock
    /// of the sums.
    restarting: Arc<AtomicBool>,
    /// Pages in the log before a checkpoint starts.
    start_at: i32,
    /// Pages at which new reads wait the next time, where waiting did not help the last time.
    shut_from: AtomicI32,
    thread: Option<JoinHandle<()>>,
}

pub(super) fn start(
    path: &Path,
    writer: &mut Connection,
    progress: Arc<Progress>,
    gate: Arc<Gate>,
    sums: Sums,
    start_at: i32,
) -> Result<Checkpoint, Error> {
    let log_pages = Arc::new(AtomicI32::new(0));
    let counted = Arc::clone(&log_pages);
    writer.wal_hook(Some(move |_: &mut Wal, pages: i32| {
        counted.store(pages, Ordering::Relaxed);
        Ok(())
    }))?;
    let connection = Connection::open(path)?;
    keep_log(&connection)?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")?;
    let mut holder = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    keep_log(&holder)?;
    let sums = Arc::new(Mutex::new(sums));
    let restarting = Arc::new(AtomicBool::new(false));
    let (taking_in, held_off) = (Arc::clone(&sums), Arc::clone(&restarting));
    let nearly_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&nearly_done);
    let of_writer = Arc::clone(&progress);
    let (wake, woken) = sync_channel::<()>(1);
    let thread = std::thread::Builder::new().name("checkpoint".into()).spawn(move || {
        while woken.recv().is_ok() {
            // Twice: the second pass moves only what came during the first, so that little is left for the writer.
            for _ in 0..2 {
                // What a failed flush has left in the log is not to be relied on before the store is opened anew.
                if progress.has_failed() {
                    return;
                }
                let mut sums = taking_in.lock();
                if held_off.load(Ordering::Acquire) {
                    break;
                }
                if let Err(error) = pass_beside(&connection, &mut holder, &mut sums, &progress) {
                    failed(&error);
                }
            }
            done.store(true, Ordering::Release);
        }
    });
    let thread = thread.map_err(|source| Error::Directory { path: path.to_owned(), source })?;
    let (wake, thread, shut_from) = (Some(wake), Some(thread), AtomicI32::new(0));
    Ok(Checkpoint {
        wake,
        log_pages,
        nearly_done,
        progress: of_writer,
        gate,
        sums,
        restarting,
        start_at,
        shut_from,
        thread,
    })
}

/// What was committed stays in the log: nothing is lost.
fn failed(error: &Error) {
    error!(%error, "a checkpoint failed; the log grows until one succeeds");
}

/// SQLite moves the log by itself when its last connection is closed, unless it is told not to: that would pass by the sums.
pub(super) fn keep_log(connection: &Connection) -> Result<(), Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// A pass while the writer goes on. Pages that it commits after the snapshot of `holder` are not copied, and what the snapshot has is taken in: the place
/// is asked for after it. A log that starts over in between had nothing left to copy.
fn pass_beside(
    connection: &Connection,
    holder: &mut Connection,
    sums: &mut Sums,
    progress: &Progress,
) -> Result<(), Error> {
    let snapshot = holder.transaction()?;
    snapshot.query_row("SELECT up_to FROM settled", [], |_| Ok(()))?;
    pass(connection, sums, progress).map(|_| ())
}

/// Moves what no reader still needs from the log into the database. Returns how many pages had to stay in it.
fn pass(connection: &Connection, sums: &mut Sums, progress: &Progress) -> Result<i32, Error> {
    sums.take_in(progress.place_of_all_begun())?;
    let left = |row: &rusqlite::Row<'_>| Ok(row.get::<_, i32>(1)? - row.get::<_, i32>(2)?);
    Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], left)?)
}

impl Checkpoint {
    /// Called by the writer between two commits: starts a checkpoint when the log is long, ends one that is nearly done, and has new
    /// reads wait when the log cannot start over because of them.
    pub(super) fn after_commit(&self, writer: &Connection) {
        let pages = self.log_pages.load(Ordering::Relaxed);
        self.restarting.store(false, Ordering::Release);
        if pages >= self.full_at().max(self.shut_from.load(Ordering::Relaxed)) {
            self.gate.shut();
        }
        if self.gate.is_quiet() {
            // Reads wait: the writer waits, too, for a pass beside it.
            let left = self.end(writer, &mut self.sums.lock());
            // The next commit begins the log anew, unless another process (a backup) reads in it: then no wait here makes it any shorter.
            let next = if left > 0 { pages.saturating_add(self.full_at()) } else { 0 };
            self.shut_from.store(next, Ordering::Relaxed);
            self.gate.open();
            metrics::counter!("daric_log_restarts_forced_total").increment(1);
        } else if self.nearly_done.load(Ordering::Acquire) {
            // Else at one of the next commits: a pass is under way beside it.
            if let Some(mut sums) = self.sums.try_lock() {
                if self.end(writer, &mut sums) == 0 {
                    self.shut_from.store(0, Ordering::Relaxed);
                }
                self.nearly_done.store(false, Ordering::Release);
            }
        } else if pages >= self.start_at
            && let Some(wake) = &self.wake
        {
            match wake.try_send(()) {
                Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
            }
        }
    }

    fn full_at(&self) -> i32 {
        self.start_at.saturating_mul(FULL_AT)
    }

    /// The last pass, by the writer. Returns how many pages had to stay in the log.
    fn end(&self, writer: &Connection, sums: &mut Sums) -> i32 {
        match pass(writer, sums, &self.progress) {
            Ok(left) => {
                self.restarting.store(true, Ordering::Release);
                left
            }
            Err(error) => {
                failed(&error);
                0
            }
        }
    }

    /// Moves the whole log into the database and empties it. `false`: a read is in the way.
    pub(super) fn empty(&self, writer: &Connection, acknowledged: &Acknowledged) -> Result<bool, Error> {
        super::fresh_log::close_log(writer, Some(&mut self.sums.lock()), acknowledged)
    }

    /// Marks the database as opened where there was no room for that before.
    pub(super) fn open_log(&self, writer: &Connection, acknowledged: &Acknowledged) -> Result<bool, Error> {
        super::fresh_log::open_log_again(writer, &mut self.sums.lock(), acknowledged)
    }

    /// Frames in the log behind the last commit.
    pub(super) fn frames(&self) -> u32 {
        u32::try_from(self.log_pages.load(Ordering::Relaxed)).unwrap_or(0)
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
