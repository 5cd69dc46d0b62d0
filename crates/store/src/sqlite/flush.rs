//! Durability, apart from committing.
//!
//! A commit appends to the write-ahead log without waiting for the disk (`synchronous = NORMAL`); a flush makes all commits before
//! it durable with one `fdatasync` of the log. So the next batch is decided and appended while this one is on its way to the disk.
//! Two rules keep that sound: nobody is answered before the flush of what the answer rests on, writers and readers alike; and a
//! failed flush ends the process, because what is on the disk is then unknown.
//! SQLite itself flushes the log before a checkpoint copies from it, and when it starts the log over.

use std::fs::File;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::Error;

/// A commit's number in this process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Ticket(u64);

/// See the module. Clones share one log.
#[derive(Clone, Debug)]
pub struct Flusher {
    log: Arc<File>,
    progress: Arc<Progress>,
}

#[derive(Debug, Default)]
pub(super) struct Progress {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Commits that have begun: a reader may see any of them.
    begun: Ticket,
    /// Commits whose rows are in the log.
    committed: Ticket,
    /// Commits that are on the disk.
    durable: Ticket,
    failed: bool,
}

impl Flusher {
    pub(super) fn new(log: File) -> Self {
        Self { log: Arc::new(log), progress: Arc::default() }
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Returns when a commit, and all before it, are on the disk.
    pub(crate) fn flush(&self, commit: Ticket) -> Result<(), Error> {
        let state = *self.progress.state.lock();
        if state.failed {
            return Err(Error::Failed);
        }
        if state.durable >= commit {
            return Ok(());
        }
        let flushed = self.log.sync_data();
        let mut now = self.progress.state.lock();
        match &flushed {
            Ok(()) => now.durable = now.durable.max(state.committed),
            Err(_) => now.failed = true,
        }
        self.progress.moved.notify_all();
        flushed.map_err(Error::Flush)
    }
}

impl Progress {
    /// A commit begins: from here on readers may see it.
    pub(super) fn begin(&self) -> Ticket {
        let mut state = self.state.lock();
        state.begun.0 += 1;
        state.begun
    }

    /// A commit's rows are in the log.
    pub(super) fn committed(&self, commit: Ticket) {
        self.state.lock().committed = commit;
    }

    /// The last commit whose rows are in the log.
    pub(super) fn last(&self) -> Ticket {
        self.state.lock().committed
    }

    /// The store is not to be trusted any more, or is being closed: nobody waits for it.
    pub(super) fn fail(&self) {
        self.state.lock().failed = true;
        self.moved.notify_all();
    }

    /// Whether the store is not to be trusted any more.
    pub(super) fn has_failed(&self) -> bool {
        self.state.lock().failed
    }

    /// Returns when everything that a read could have seen is on the disk. Called after the read.
    pub(super) fn wait_for_all_seen(&self) -> Result<(), Error> {
        let mut state = self.state.lock();
        let seen = state.begun;
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

    fn flusher(name: &str) -> Flusher {
        let path = std::env::temp_dir().join(format!("daric-flush-{name}-{}", std::process::id()));
        let file = File::create(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        Flusher::new(file)
    }

    #[test]
    fn a_reader_waits_for_the_flush_of_a_commit_that_has_begun() {
        let flusher = flusher("wait");
        let progress = flusher.progress();
        assert!(progress.wait_for_all_seen().is_ok(), "nothing has begun");
        let commit = progress.begin();
        let reader = std::thread::spawn({
            let progress = flusher.progress();
            move || {
                let seen = progress.wait_for_all_seen();
                (seen.is_ok(), progress.state.lock().durable)
            }
        });
        progress.committed(commit);
        flusher.flush(commit).unwrap();
        assert_eq!(reader.join().unwrap(), (true, commit));
    }

    #[test]
    fn a_flush_covers_only_commits_whose_rows_were_in_the_log_before_it() {
        let flusher = flusher("cover");
        let progress = flusher.progress();
        let first = progress.begin();
        progress.committed(first);
        let second = progress.begin();
        flusher.flush(first).unwrap();
        let state = *progress.state.lock();
        assert!(state.durable == first && state.begun == second);
    }

    #[test]
    fn nobody_waits_for_a_store_that_has_failed() {
        let flusher = flusher("fail");
        let progress = flusher.progress();
        let commit = progress.begin();
        progress.fail();
        assert!(matches!(progress.wait_for_all_seen(), Err(Error::Failed)));
        assert!(matches!(flusher.flush(commit), Err(Error::Failed)));
    }
}
