//! Counts work in flight, so that a shutdown can wait for it.

use std::time::Duration;

use tokio::sync::watch;

/// The number of pieces of work in flight.
#[derive(Debug)]
pub(crate) struct UnderWay(watch::Sender<usize>);

/// One piece of work; dropping it ends it.
pub(crate) struct Piece(watch::Sender<usize>);

impl Default for UnderWay {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl UnderWay {
    pub(crate) fn begin(&self) -> Piece {
        self.0.send_modify(|count| *count += 1);
        Piece(self.0.clone())
    }

    pub(crate) fn is_any(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Returns when nothing is in flight, or after `limit`.
    pub(crate) async fn finished_within(&self, limit: Duration) {
        let mut count = self.0.subscribe();
        // Unfinished work is claimed again by a process that starts later.
        drop(tokio::time::timeout(limit, count.wait_for(|count| *count == 0)).await);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
