//! Tells calls that wait for a change that there may be one.
//!
//! A change is announced, which costs one look at a counter while no call waits. A call listens before it looks, so that no change is
//! missed between its look and its wait.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// See the module.
#[derive(Debug, Default)]
pub struct ChangeSignal {
    listening: AtomicUsize,
    changed: Notify,
}

impl ChangeSignal {
    /// Wakes all calls that listen.
    pub fn announce(&self) {
        if self.listening.load(Ordering::SeqCst) > 0 {
            self.changed.notify_waiters();
        }
    }

    /// Listens until the returned value is dropped.
    pub fn listen(&self) -> Listening<'_> {
        self.listening.fetch_add(1, Ordering::SeqCst);
        Listening { signal: self }
    }
}

/// A call that listens.
#[derive(Debug)]
pub struct Listening<'a> {
    signal: &'a ChangeSignal,
}

impl Listening<'_> {
    /// Completes with the next change after it was enabled.
    pub fn changed(&self) -> Notified<'_> {
        self.signal.changed.notified()
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.signal.listening.fetch_sub(1, Ordering::SeqCst);
    }
}
