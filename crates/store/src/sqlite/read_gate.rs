//! A gate with which the writer can keep new reads waiting for a moment.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// Time-out of a read: the log cannot start over while a read is in progress.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// Admits reads, or keeps them waiting until the log has started over.
#[derive(Debug, Default)]
pub(super) struct ReadGate {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    under_way: usize,
    is_closed: bool,
}

impl ReadGate {
    pub(super) fn enter(&self) -> Entered<'_> {
        let mut state = self.state.lock();
        while state.is_closed {
            // By now all reads in progress have ended; the commit that would open the gate may never come.
            if self.opened.wait_for(&mut state, TIMEOUT).timed_out() {
                state.is_closed = false;
                self.opened.notify_all();
            }
        }
        state.under_way += 1;
        Entered(self)
    }

    /// Makes new reads wait.
    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
    }

    pub(super) fn open(&self) {
        self.state.lock().is_closed = false;
        self.opened.notify_all();
    }

    /// Whether new reads wait and none is in progress.
    pub(super) fn is_quiet(&self) -> bool {
        let state = *self.state.lock();
        state.is_closed && state.under_way == 0
    }
}

/// A read in progress.
pub(super) struct Entered<'a>(&'a ReadGate);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.state.lock().under_way -= 1;
    }
}
