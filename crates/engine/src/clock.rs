//! The clock service: the machine's time or, in a sandbox, a frozen instant.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;
use payments::{ClockMode, Now};

/// No frozen instant: the clock runs. Outside of all instants that a clock can be set to.
const RUNNING: i64 = i64::MIN;

/// The time, the same for everyone in the process.
#[derive(Clone, Debug)]
pub struct Clock {
    frozen_ms: Arc<AtomicI64>,
    /// How often it was set.
    settings: Arc<AtomicU64>,
}

/// How a clock shall be moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// Freeze it at an instant, in milliseconds of Unix time.
    Set(i64),
    /// Run with the machine's time.
    System,
}

impl Clock {
    pub(crate) fn new(mode: ClockMode) -> Self {
        let clock = Self { frozen_ms: Arc::new(AtomicI64::new(RUNNING)), settings: Arc::default() };
        clock.set(mode);
        clock
    }

    pub(crate) fn set(&self, mode: ClockMode) {
        let frozen_ms = match mode {
            ClockMode::System => RUNNING,
            ClockMode::Frozen(at_ms) => at_ms,
        };
        if self.frozen_ms.swap(frozen_ms, Ordering::AcqRel) != frozen_ms {
            self.settings.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Which setting of the clock this is: time never goes back within one.
    pub(crate) fn setting(&self) -> u64 {
        self.settings.load(Ordering::Acquire)
    }

    /// Milliseconds of Unix time.
    pub fn now_ms(&self) -> i64 {
        match self.mode() {
            ClockMode::System => Self::system_ms(),
            ClockMode::Frozen(at_ms) => at_ms,
        }
    }

    /// The machine's time, in milliseconds of Unix time.
    pub fn system_ms() -> i64 {
        Timestamp::now().as_millisecond()
    }

    /// The instant with its civil time.
    pub fn now(&self) -> Now {
        // A clock is only ever set to instants that have a civil time.
        Now::at(self.now_ms()).unwrap_or_else(Now::epoch)
    }

    /// How it runs.
    pub fn mode(&self) -> ClockMode {
        match self.frozen_ms.load(Ordering::Acquire) {
            RUNNING => ClockMode::System,
            at_ms => ClockMode::Frozen(at_ms),
        }
    }
}
