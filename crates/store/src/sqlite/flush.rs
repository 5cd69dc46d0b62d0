//! Durability, separate from committing.
//!
//! A commit appends to the write-ahead log without waiting for the disk (`synchronous = NORMAL`); a flush makes all commits before
//! it durable with one `fdatasync` of the log. So the next batch is decided and appended while this one is being flushed.
//! Two rules keep that correct: no command and no read is answered before everything that its answer rests on is flushed; and a
//! failed flush ends the process, because the state of the disk is then unknown.
//! SQLite itself flushes the log before a checkpoint copies from it, and when it starts the log over.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;
use tracing::warn;

use super::acknowledged::Acknowledged;
use super::log_position::LogPosition;
use crate::Error;

/// The number of a commit in this process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Ticket(u64);

/// Flushes the log; see the module. Clones share one log.
#[derive(Clone, Debug)]
pub struct Flusher {
    log: Arc<File>,
    marker: Arc<Marker>,
    acknowledged: Arc<Acknowledged>,
    progress: Arc<Progress>,
}

/// A file that records a failed flush. It exists before it is needed, so that writing to it takes no new block and no new name.
#[derive(Debug)]
pub(super) struct Marker(File);

/// The name of the marker's file.
pub(super) const FILE: &str = "flush";
/// The length of the marker in bytes: a number, and blanks.
const MARKER: usize = 32;

impl Marker {
    /// Opens the marker of a directory; also returns when a flush failed that an earlier process has recorded, in Unix milliseconds.
    pub(super) fn open(path: &Path) -> std::io::Result<(Self, Option<i64>)> {
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let mut text = [b' '; MARKER];
        let read = file.read_at(&mut text, 0)?;
        if read < MARKER {
            // Without space for it now there is none for the record later; then the log line has to suffice.
            match file.write_all_at(&[b' '; MARKER], 0).and_then(|()| file.sync_data()) {
                Err(error) if error.kind() != ErrorKind::StorageFull => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        let failed = std::str::from_utf8(&text[..read]).ok().and_then(|text| text.trim().parse().ok());
        Ok((Self(file), failed))
    }

    /// Removes the record, after the store was opened again.
    pub(super) fn clear(&self) -> std::io::Result<()> {
        self.0.write_all_at(&[b' '; MARKER], 0)?;
        self.0.sync_data()
    }

    fn note(&self) {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let text = format!("{now_ms:<MARKER$}");
        // The disk has a fault: if this record is lost, too, the log line of the failed flush remains.
        let noted = self.0.write_all_at(text.as_bytes(), 0).and_then(|()| self.0.sync_data());
        if let Err(error) = noted {
            warn!(%error, "the failure of a flush could not be recorded");
        }
    }
}

#[derive(Debug)]
pub(super) struct Progress {
    state: Mutex<State>,
    /// Notifies waiting threads.
    moved: Condvar,
    /// The last durable commit, and whether the store has failed, for waiting tasks.
    published: watch::Sender<(Ticket, bool)>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            moved: Condvar::new(),
            published: watch::Sender::new((Ticket::default(), false)),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The last commit that has begun: a reader may see it.
    begun: Ticket,
    /// The last commit whose rows are in the log.
    committed: Ticket,
    /// The end of that commit in the log.
    position: LogPosition,
    /// The last commit that is on the disk.
    durable: Ticket,
    failed: bool,
}

impl Flusher {
    pub(super) fn new(log: File, marker: Marker, acknowledged: Acknowledged) -> Self {
        Self {
            log: Arc::new(log),
            marker: Arc::new(marker),
            acknowledged: Arc::new(acknowledged),
            progress: Arc::default(),
        }
    }

    /// The note of how far the log is acknowledged.
    pub(super) fn acknowledged(&self) -> &Acknowledged {
        &self.acknowledged
    }

    /// The log, for reading.
    pub(super) fn log(&self) -> &File {
        &self.log
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Returns when a commit and all before it are on the disk.
    pub(crate) fn flush(&self, commit: Ticket) -> Result<(), Error> {
        let state = *self.progress.state.lock();
        if state.failed {
            return Err(Error::Failed);
        }
        if state.durable >= commit {
            return Ok(());
        }
        let flushed = self.log.sync_data();
        if flushed.is_ok() {
            self.acknowledged.note(state.position);
        }
        let mut now = self.progress.state.lock();
        match &flushed {
            Ok(()) => now.durable = now.durable.max(state.committed),
            Err(_) => now.failed = true,
        }
        self.progress.published.send_replace((now.durable, now.failed));
        self.progress.moved.notify_all();
        drop(now);
        if flushed.is_err() {
            self.marker.note();
        }
        flushed.map_err(Error::Flush)
    }
}

impl Progress {
    /// Begins a commit: from now on readers may see it.
    pub(super) fn begin(&self) -> Ticket {
        let mut state = self.state.lock();
        state.begun.0 += 1;
        state.begun
    }

    /// Records that a commit's rows are in the log, up to a position.
    pub(super) fn committed(&self, commit: Ticket, position: LogPosition) {
        let mut state = self.state.lock();
        (state.committed, state.position) = (commit, position);
        self.moved.notify_all();
    }

    /// The last commit whose rows are in the log.
    pub(super) fn last(&self) -> Ticket {
        self.state.lock().committed
    }

    /// The end of the log after all commits that have begun, which a snapshot may contain; waits until they are committed. `None`: it is unknown.
    pub(super) fn position_of_all_begun(&self) -> Option<LogPosition> {
        let mut state = self.state.lock();
        let begun = state.begun;
        while state.committed < begun {
            if state.failed {
                return None;
            }
            self.moved.wait(&mut state);
        }
        Some(state.position).filter(|position| position.frames > 0)
    }

    /// Marks the store as failed or closed, and ends all waiting for it.
    pub(super) fn fail(&self) {
        let mut state = self.state.lock();
        state.failed = true;
        self.published.send_replace((state.durable, true));
        self.moved.notify_all();
    }

    /// Whether the store has failed or is closed.
    pub(super) fn has_failed(&self) -> bool {
        self.state.lock().failed
    }

    /// The last commit that a read which ends now may have seen: the last one that has begun.
    pub(super) fn seen(&self) -> Ticket {
        self.state.lock().begun
    }

    /// Waits asynchronously until a commit is on the disk.
    pub(super) async fn durable(&self, seen: Ticket) -> Result<(), Error> {
        let mut published = self.published.subscribe();
        let now = published.wait_for(|(durable, failed)| *durable >= seen || *failed).await;
        match now {
            Ok(now) if now.0 >= seen => Ok(()),
            _ => Err(Error::Failed),
        }
    }

    /// Blocks the thread until a commit is on the disk.
    pub(super) fn wait_for(&self, seen: Ticket) -> Result<(), Error> {
        let mut state = self.state.lock();
        while state.durable < seen {
            if state.failed {
                return Err(Error::Failed);
            }
            self.moved.wait(&mut state);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for_all_seen(progress: &Progress) -> Result<(), Error> {
        progress.wait_for(progress.seen())
    }

    fn flusher(name: &str) -> Flusher {
        let path = std::env::temp_dir().join(format!("daric-flush-{name}-{}", std::process::id()));
        let file = File::create(&path).unwrap();
        let (marker, failed) = Marker::open(&path.with_extension("marker")).unwrap();
        assert_eq!(failed, None);
        let home = path.with_extension("home");
        std::fs::create_dir_all(&home).unwrap();
        let acknowledged = Acknowledged::open(&home).unwrap();
        std::fs::remove_dir_all(home).unwrap();
        std::fs::remove_file(path.with_extension("marker")).unwrap();
        std::fs::remove_file(path).unwrap();
        Flusher::new(file, marker, acknowledged)
    }

    #[test]
    fn a_reader_waits_for_the_flush_of_a_commit_that_has_begun() {
        let flusher = flusher("wait");
        let progress = flusher.progress();
        assert!(wait_for_all_seen(&progress).is_ok(), "nothing has begun");
        let commit = progress.begin();
        let reader = std::thread::spawn({
            let progress = flusher.progress();
            move || {
                let seen = wait_for_all_seen(&progress);
                (seen.is_ok(), progress.state.lock().durable)
            }
        });
        progress.committed(commit, LogPosition::default());
        flusher.flush(commit).unwrap();
        assert_eq!(reader.join().unwrap(), (true, commit));
    }

    #[test]
    fn a_position_in_the_log_is_published_only_behind_every_commit_that_a_snapshot_may_have() {
        let progress = Progress::default();
        let at = |frames| LogPosition { frames, ..LogPosition::default() };
        assert_eq!(progress.position_of_all_begun(), None, "nothing is in the log");
        let first = progress.begin();
        progress.committed(first, at(7));
        assert_eq!(progress.position_of_all_begun(), Some(at(7)));
        let second = progress.begin();
        let ready = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                ready.wait();
                progress.position_of_all_begun()
            });
            ready.wait();
            progress.committed(second, at(9));
            assert_eq!(asked.join().unwrap(), Some(at(9)));
        });
        progress.begin();
        progress.fail();
        assert_eq!(progress.position_of_all_begun(), None, "no checkpoint waits for a store that has failed");
    }

    #[test]
    fn a_flush_covers_only_commits_whose_rows_were_in_the_log_before_it() {
        let flusher = flusher("cover");
        let progress = flusher.progress();
        let first = progress.begin();
        progress.committed(first, LogPosition::default());
        let second = progress.begin();
        flusher.flush(first).unwrap();
        let state = *progress.state.lock();
        assert!(state.durable == first && state.begun == second);
    }

    #[test]
    fn a_failed_flush_is_noted_until_the_store_has_been_opened_anew() {
        let path = std::env::temp_dir().join(format!("daric-marker-{}", std::process::id()));
        let (marker, failed) = Marker::open(&path).unwrap();
        assert_eq!(failed, None);
        marker.note();
        let (marker, failed) = Marker::open(&path).unwrap();
        assert!(failed.is_some_and(|at_ms| at_ms > 1_700_000_000_000), "{failed:?}");
        marker.clear().unwrap();
        assert_eq!(Marker::open(&path).unwrap().1, None);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn no_flush_waits_for_a_store_that_has_failed() {
        let flusher = flusher("fail");
        let progress = flusher.progress();
        let commit = progress.begin();
        progress.fail();
        assert!(matches!(wait_for_all_seen(&progress), Err(Error::Failed)));
        assert!(matches!(flusher.flush(commit), Err(Error::Failed)));
    }
}
