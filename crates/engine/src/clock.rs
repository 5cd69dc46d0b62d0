//! The clock service: the machine's time or, in a sandbox, a frozen instant.
//!
//! The machine's clock is compared with the one that only counts on: a step of up to [`STEP_TOLERANCE_MS`] is followed, a greater one raises an
//! alarm and is not, until it is taken back or the process starts anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;
use payments::{ClockMode, Now};
use rustix::time::{ClockId, clock_gettime};
use tracing::{error, info};

/// How far the machine's clock may be set at once and is followed, in milliseconds: more than time services correct while they run, less
/// than what orders of two cycles or days are apart by.
pub const STEP_TOLERANCE_MS: i64 = 10_000;
/// Milliseconds between two looks at the counting clock within which the other one was read.
const READ_WITHIN_MS: i64 = 1_000;

/// No frozen instant: the clock runs. Outside of all instants that a clock can be set to.
const RUNNING: i64 = i64::MIN;

/// Where time comes from.
pub trait TimeSource: std::fmt::Debug + Send + Sync {
    /// What the clock shows, in milliseconds of Unix time. It may be set.
    fn wall_ms(&self) -> i64;
    /// Milliseconds since some instant. They count on at all times, also while the machine sleeps.
    fn count_ms(&self) -> i64;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub struct MachineTime;

impl TimeSource for MachineTime {
    fn wall_ms(&self) -> i64 {
        Timestamp::now().as_millisecond()
    }

    fn count_ms(&self) -> i64 {
        let since = clock_gettime(ClockId::Boottime);
        since.tv_sec * 1_000 + since.tv_nsec / 1_000_000
    }
}

/// The time, the same for everyone in the process.
#[derive(Clone, Debug)]
pub struct Clock {
    frozen_ms: Arc<AtomicI64>,
    /// How often it was set.
    settings: Arc<AtomicU64>,
    source: Arc<dyn TimeSource>,
    /// What is added to the counting clock where the machine's clock is not followed.
    offset_ms: Arc<AtomicI64>,
    /// By how much the machine's clock is off; zero: it is followed.
    step_ms: Arc<AtomicI64>,
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
    /// A clock in this mode, by a source of time.
    pub fn new(mode: ClockMode, source: Arc<dyn TimeSource>) -> Self {
        let (wall_ms, count_ms) = read(&*source);
        let clock = Self {
            frozen_ms: Arc::new(AtomicI64::new(RUNNING)),
            settings: Arc::default(),
            source,
            offset_ms: Arc::new(AtomicI64::new(wall_ms - count_ms)),
            step_ms: Arc::default(),
        };
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
            ClockMode::System => self.system_ms(),
            ClockMode::Frozen(at_ms) => at_ms,
        }
    }

    /// The machine's time, in milliseconds of Unix time, without its greater steps.
    pub fn system_ms(&self) -> i64 {
        let (wall_ms, count_ms) = read(&*self.source);
        let followed_ms = count_ms + self.offset_ms.load(Ordering::Acquire);
        let step_ms = wall_ms - followed_ms;
        if step_ms.abs() <= STEP_TOLERANCE_MS {
            self.offset_ms.store(wall_ms - count_ms, Ordering::Release);
            if self.step_ms.swap(0, Ordering::AcqRel) != 0 {
                metrics::gauge!("daric_clock_step_seconds").set(0.0);
                info!("the machine's clock is where it was before its step, and is followed again");
            }
            return wall_ms;
        }
        if self.step_ms.swap(step_ms, Ordering::AcqRel) == 0 {
            metrics::counter!("daric_alarms_total", "kind" => "clock step").increment(1);
            metrics::gauge!("daric_clock_step_seconds").set(step_ms as f64 / 1_000.0);
            error!(
                step_ms,
                "the machine's clock was set by more than is followed: time goes on as before. Set it back; if it is right now, restart"
            );
        }
        followed_ms
    }

    /// By how much the machine's clock was set beyond what is followed, in milliseconds; zero: it is followed.
    pub fn step_ms(&self) -> i64 {
        self.step_ms.load(Ordering::Acquire)
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

/// Both clocks, as of one moment.
fn read(source: &dyn TimeSource) -> (i64, i64) {
    loop {
        let (before_ms, wall_ms, after_ms) = (source.count_ms(), source.wall_ms(), source.count_ms());
        // Otherwise this thread was stopped in between.
        if after_ms - before_ms < READ_WITHIN_MS {
            return (wall_ms, after_ms);
        }
    }
}
