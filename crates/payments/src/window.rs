//! Counting events in a window of time that begins with the first event counted.
//!
//! Absent: sliding limits, which hold in every span of that length: see `payer_card/sent_otps.rs`.

use crate::Now;

/// A window and the number of events in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Window {
    /// The beginning of the window, in milliseconds of Unix time.
    pub(crate) since_ms: i64,
    /// The number of events.
    pub(crate) count: i64,
}

impl Window {
    /// An empty window that begins now.
    pub(crate) fn begun(now: &Now) -> Self {
        Self { since_ms: now.at_ms, count: 0 }
    }

    /// This window, or a new one if `length_ms` milliseconds have passed since it began.
    pub(crate) fn renewed(self, length_ms: i64, now: &Now) -> Self {
        if now.at_ms.saturating_sub(self.since_ms) < length_ms { self } else { Self::begun(now) }
    }
}
