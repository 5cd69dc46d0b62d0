//! Moving the write-ahead log into the database beside the writer.
//!
//! A checkpoint in the commit path is the long tail of SQLite: it writes back thousands of pages and flushes twice. Here a thread
//! with a connection of its own does that while commits go on. What they append meanwhile is little; the writer moves that rest
//! itself, between two commits, and its next commit starts the log over, so that the file stays at its size.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, hooks::Wal};
use tracing::error;

use super::flush::Progress;
use super::reader::Gate;
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
    gate: Arc<Gate>,
    /// Pages in the log before a checkpoint starts.
    start_at: i32,
    thread: Option<JoinHandle<()>>,
}

pub(super) fn start(
    path: &Path,
    writer: &mut Connection,
    progress: Arc<Progress>,
    gate: Arc<Gate>,
    start_at: i32,
) -> Result<Checkpoint, Error> {
    let log_pages = Arc::new(AtomicI32::new(0));
    let counted = Arc::clone(&log_pages);
    writer.wal_hook(Some(move |_: &mut Wal, pages: i32| {
        counted.store(pages, Ordering::Relaxed);
        Ok(())
    }))?;
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")?;
    let nearly_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&nearly_done);
    let (wake, woken) = sync_channel::<()>(1);
    let thread = std::thread::Builder::new().name("checkpoint".into()).spawn(move || {
        while woken.recv().is_ok() {
            // Twice: the second pass moves only what came during the first, so that little is left for the writer.
            for _ in 0..2 {
                // What a failed flush has left in the log is not to be relied on before the store is opened anew.
                if progress.has_failed() {
                    return;
                }
                if let Err(error) = pass(&connection) {
                    failed(&error);
                }
            }
            done.store(true, Ordering::Release);
        }
    });
    let thread = thread.map_err(|source| Error::Directory { path: path.to_owned(), source })?;
    Ok(Checkpoint { wake: Some(wake), log_pages, nearly_done, gate, start_at, thread: Some(thread) })
}

/// What was committed stays in the log: nothing is lost.
fn failed(error: &rusqlite::Error) {
    error!(%error, "a checkpoint failed; the log grows until one succeeds");
}

/// Moves what no reader still needs from the log into the database.
fn pass(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

impl Checkpoint {
    /// Called by the writer between two commits: starts a checkpoint when the log is long, ends one that is nearly done, and has new
    /// reads wait when the log cannot start over because of them.
    pub(super) fn after_commit(&self, writer: &Connection) {
        let pages = self.log_pages.load(Ordering::Relaxed);
        if self.gate.is_quiet() {
            self.end(writer);
            // The next commit begins the log anew: nobody reads in it.
            self.gate.open();
            metrics::counter!("daric_log_restarts_forced_total").increment(1);
        } else if self.nearly_done.swap(false, Ordering::Acquire) {
            self.end(writer);
        } else if pages >= self.start_at {
            if let Some(wake) = &self.wake {
                match wake.try_send(()) {
                    Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
                }
            }
            if pages >= self.start_at.saturating_mul(FULL_AT) && !self.gate.is_shut() {
                self.gate.shut();
            }
        }
    }

    fn end(&self, writer: &Connection) {
        match pass(writer) {
            Ok(()) => self.log_pages.store(0, Ordering::Relaxed),
            Err(error) => failed(&error),
        }
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
