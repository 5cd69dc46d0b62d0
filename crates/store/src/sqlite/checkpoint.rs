//! Moving the write-ahead log into the database beside the writer.
//!
//! A checkpoint in the commit path causes SQLite's tail latency: it writes thousands of pages and flushes twice. Here a thread
//! with its own connection runs it while commits continue. They append little meanwhile; the writer moves that rest
//! itself, between two commits, and its next commit starts the log over, so that the file keeps its size.
//! Each pass first takes in the checksums of the pages ([`super::sums`]), and holds a snapshot, so that it copies no page without its checksum.

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
use super::read_gate::ReadGate;
use super::sums::Sums;
use crate::Error;

/// The length of the log, in pages, at which a checkpoint starts: 64 MiB. With a longer log every look-up in it is slower; with a shorter one the
/// same pages are written to the database more often.
pub(super) const START_AT_PAGES: i32 = 16_384;
/// The multiple of that length at which new reads wait until the log can start over: while reads overlap such that one of them always began before
/// the log's last page, the log only grows.
const FULL_AT: i32 = 3;

/// The handle of the checkpoint thread, and the state that it shares with the writer.
#[derive(Debug)]
pub(super) struct Checkpoint {
    wake: Option<SyncSender<()>>,
    log_pages: Arc<AtomicI32>,
    nearly_done: Arc<AtomicBool>,
    progress: Arc<Progress>,
    read_gate: Arc<ReadGate>,
    sums: Arc<Mutex<Sums>>,
    /// Whether the writer has done a last pass, so that its next commit may start the log over: a snapshot would now prevent that. It changes under
    /// the lock of the checksums.
    restarting: Arc<AtomicBool>,
    /// The length of the log, in pages, at which a checkpoint starts.
    start_at: i32,
    /// The length of the log, in pages, at which new reads wait the next time, if waiting did not help the last time; otherwise 0.
    closed_from: AtomicI32,
    thread: Option<JoinHandle<()>>,
}

pub(super) fn start(
    path: &Path,
    writer: &mut Connection,
    progress: Arc<Progress>,
    read_gate: Arc<ReadGate>,
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
    let (sums_of_thread, held_off) = (Arc::clone(&sums), Arc::clone(&restarting));
    let nearly_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&nearly_done);
    let of_writer = Arc::clone(&progress);
    let (wake, woken) = sync_channel::<()>(1);
    let thread = std::thread::Builder::new().name("checkpoint".into()).spawn(move || {
        while woken.recv().is_ok() {
            // Two passes: the second one moves only pages that came during the first, so that little is left for the writer.
            for _ in 0..2 {
                // After a failed flush the log must not be used before the store is opened again.
                if progress.has_failed() {
                    return;
                }
                let mut sums = sums_of_thread.lock();
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
    let (wake, thread, closed_from) = (Some(wake), Some(thread), AtomicI32::new(0));
    Ok(Checkpoint {
        wake,
        log_pages,
        nearly_done,
        progress: of_writer,
        read_gate,
        sums,
        restarting,
        start_at,
        closed_from,
        thread,
    })
}

/// Logs a failed checkpoint. The commits are still in the log, so nothing is lost.
fn failed(error: &Error) {
    error!(%error, "a checkpoint failed; the log grows until one succeeds");
}

/// Prevents SQLite from moving the log when its last connection is closed: that would bypass the checksums.
pub(super) fn keep_log(connection: &Connection) -> Result<(), Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// A pass while the writer continues. Pages that it commits after the snapshot of `holder` are not copied, and the checksums of all pages of the
/// snapshot are taken in, because the position is queried after it. A log that starts over in between had no page left to copy.
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

/// Moves the pages that no reader needs from the log into the database. Returns how many pages had to stay in the log.
fn pass(connection: &Connection, sums: &mut Sums, progress: &Progress) -> Result<i32, Error> {
    sums.take_in(progress.position_of_all_begun())?;
    let left = |row: &rusqlite::Row<'_>| Ok(row.get::<_, i32>(1)? - row.get::<_, i32>(2)?);
    Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], left)?)
}

impl Checkpoint {
    /// Called by the writer between two commits: starts a checkpoint when the log is long, ends one that is nearly done, and makes new
    /// reads wait if they prevent the log from starting over.
    pub(super) fn after_commit(&self, writer: &Connection) {
        let pages = self.log_pages.load(Ordering::Relaxed);
        self.restarting.store(false, Ordering::Release);
        if pages >= self.full_at().max(self.closed_from.load(Ordering::Relaxed)) {
            self.read_gate.close();
        }
        if self.read_gate.is_quiet() {
            // Reads wait, so the writer waits, too, for a running pass.
            let left = self.end(writer, &mut self.sums.lock());
            // The next commit starts the log over, unless another process (a backup) reads from it: then waiting would not shorten it.
            let next = if left > 0 { pages.saturating_add(self.full_at()) } else { 0 };
            self.closed_from.store(next, Ordering::Relaxed);
            self.read_gate.open();
            metrics::counter!("daric_log_restarts_forced_total").increment(1);
        } else if self.nearly_done.load(Ordering::Acquire) {
            // If a pass is running, this is done at one of the next commits.
            if let Some(mut sums) = self.sums.try_lock() {
                if self.end(writer, &mut sums) == 0 {
                    self.closed_from.store(0, Ordering::Relaxed);
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

    /// Moves the whole log into the database and empties it. `false`: there is no space, or a read prevents it.
    pub(super) fn empty(&self, writer: &Connection, acknowledged: &Acknowledged) -> Result<bool, Error> {
        super::fresh_log::close_log(writer, Some(&mut self.sums.lock()), acknowledged)
    }

    /// Marks the database as opened, if there was no space for that before.
    pub(super) fn open_log(&self, writer: &Connection, acknowledged: &Acknowledged) -> Result<bool, Error> {
        super::fresh_log::open_log_again(writer, &mut self.sums.lock(), acknowledged)
    }

    /// The number of frames in the log after the last commit.
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
