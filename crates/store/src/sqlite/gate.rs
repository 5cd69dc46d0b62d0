//! Lets the writer keep readers out for a moment.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// How long a read may take: the log cannot start over while one is under way.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// Lets reads begin, or keeps them waiting until the log has started over.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<GateState>,
    opened: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct GateState {
    under_way: usize,
    is_shut: bool,
}

impl Gate {
    pub(super) fn enter(&self) -> Entered<'_> {
        let mut state = self.state.lock();
        while state.is_shut {
            // Reads under way have ended by then; the commit that would open it may not come.
            if self.opened.wait_for(&mut state, PATIENCE).timed_out() {
                state.is_shut = false;
                self.opened.notify_all();
            }
        }
        state.under_way += 1;
        Entered(self)
    }

    /// New reads wait.
    pub(super) fn shut(&self) {
        self.state.lock().is_shut = true;
    }

    pub(super) fn open(&self) {
        self.state.lock().is_shut = false;
        self.opened.notify_all();
    }

    /// Whether new reads wait, and none is under way.
    pub(super) fn is_quiet(&self) -> bool {
        let state = *self.state.lock();
        state.is_shut && state.under_way == 0
    }
}

/// A read under way.
pub(super) struct Entered<'a>(&'a Gate);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.state.lock().under_way -= 1;
    }
}
