//! Counting within a window of time that begins with the first of what is counted.
//!
//! Absent: limits that hold in any such span of time: see `payer_card/sent_otps.rs`.

use crate::Now;

/// A window, and how many fell into it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Window {
    /// When it began, in milliseconds of Unix time.
    pub(crate) since_ms: i64,
    /// How many.
    pub(crate) count: i64,
}

impl Window {
    /// An empty one that begins now.
    pub(crate) fn begun(now: &Now) -> Self {
        Self { since_ms: now.at_ms, count: 0 }
    }

    /// The same, or where it is over, another one.
    pub(crate) fn renewed(self, length_ms: i64, now: &Now) -> Self {
        if now.at_ms.saturating_sub(self.since_ms) < length_ms { self } else { Self::begun(now) }
    }
}
