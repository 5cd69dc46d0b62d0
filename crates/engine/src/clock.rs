//! The clock service: the machine's time or, in a sandbox, a frozen instant or a time that runs ahead of the machine's.
//!
//! The machine's wall clock is compared with its monotonic clock. A step of up to [`STEP_TOLERANCE_MS`] is followed. A larger one raises an alarm and
//! is not followed, until it is reverted or the process restarts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;
use payments::{ClockMode, Now};
use rustix::time::{ClockId, clock_gettime};
use tracing::{error, info};

/// The largest step of the machine's clock that is followed, in milliseconds: more than time services correct while they run, less
/// than the distance between orders of two cycles or days.
pub const STEP_TOLERANCE_MS: i64 = 10_000;
/// The two readings of the monotonic clock around one of the wall clock must be less than this apart, in milliseconds.
const READ_WITHIN_MS: i64 = 1_000;

/// The value of `frozen_ms` while the clock runs. No clock can be set to this instant.
const RUNNING: i64 = i64::MIN;

/// A source of time.
pub trait TimeSource: std::fmt::Debug + Send + Sync {
    /// The wall clock, in Unix milliseconds. It can be set.
    fn wall_ms(&self) -> i64;
    /// Milliseconds since an arbitrary instant. They never go back, and continue while the machine sleeps.
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

/// The clock that all parts of the process share.
#[derive(Clone, Debug)]
pub struct Clock {
    frozen_ms: Arc<AtomicI64>,
    /// How far it is ahead of the machine's time while it runs.
    ahead_ms: Arc<AtomicI64>,
    /// How often it was set to another mode.
    settings: Arc<AtomicU64>,
    source: Arc<dyn TimeSource>,
    /// The difference between the time of this clock and the monotonic clock.
    offset_ms: Arc<AtomicI64>,
    /// The step of the machine's clock that is not followed; zero if it is followed.
    step_ms: Arc<AtomicI64>,
}

/// A change of a clock's mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// Freeze it at an instant, in Unix milliseconds.
    Set(i64),
    /// Freeze it where it is.
    Freeze,
    /// Let it run this many milliseconds ahead of the machine's time; zero: with it.
    Run(i64),
    /// Move a frozen clock to each due job, until none is due at this instant or before it, in Unix milliseconds.
    ToDueJobs(i64),
}

impl Clock {
    /// A clock in this mode, on a source of time.
    pub fn new(mode: ClockMode, source: Arc<dyn TimeSource>) -> Self {
        let (wall_ms, count_ms) = read(&*source);
        let clock = Self {
            frozen_ms: Arc::new(AtomicI64::new(RUNNING)),
            ahead_ms: Arc::default(),
            settings: Arc::default(),
            source,
            offset_ms: Arc::new(AtomicI64::new(wall_ms - count_ms)),
            step_ms: Arc::default(),
        };
        clock.set(mode);
        clock
    }

    pub(crate) fn set(&self, mode: ClockMode) {
        if self.mode() == mode {
            return;
        }
        // While it stands still its distance to the machine's time is not read, so it is set before the clock runs.
        match mode {
            ClockMode::System => self.ahead_ms.store(0, Ordering::Release),
            ClockMode::Ahead(by_ms) => self.ahead_ms.store(by_ms, Ordering::Release),
            ClockMode::Frozen(_) => {}
        }
        let frozen_ms = if let ClockMode::Frozen(at_ms) = mode { at_ms } else { RUNNING };
        self.frozen_ms.store(frozen_ms, Ordering::Release);
        self.settings.fetch_add(1, Ordering::AcqRel);
    }

    /// The number of the present setting: time never goes back within one.
    pub(crate) fn setting(&self) -> u64 {
        self.settings.load(Ordering::Acquire)
    }

    /// The present instant, in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        match self.mode() {
            ClockMode::System => self.system_ms(),
            ClockMode::Frozen(at_ms) => at_ms,
            ClockMode::Ahead(by_ms) => self.system_ms().saturating_add(by_ms),
        }
    }

    /// The machine's time in Unix milliseconds, without steps that are not followed.
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

    /// Milliseconds of the monotonic clock since an arbitrary instant, to measure how long something takes.
    pub(crate) fn count_ms(&self) -> i64 {
        self.source.count_ms()
    }

    /// The step of the machine's clock that is not followed, in milliseconds; zero: the clock is followed.
    pub fn step_ms(&self) -> i64 {
        self.step_ms.load(Ordering::Acquire)
    }

    /// The present instant with its civil time.
    pub fn now(&self) -> Now {
        // The clock can only be set to instants that have a civil time.
        Now::at(self.now_ms()).unwrap_or_else(Now::epoch)
    }

    /// The mode of the clock.
    pub fn mode(&self) -> ClockMode {
        match self.frozen_ms.load(Ordering::Acquire) {
            RUNNING => ClockMode::ahead(self.ahead_ms.load(Ordering::Acquire)),
            at_ms => ClockMode::Frozen(at_ms),
        }
    }
}

/// The wall clock and the monotonic clock, read at the same moment.
fn read(source: &dyn TimeSource) -> (i64, i64) {
    loop {
        let (before_ms, wall_ms, after_ms) = (source.count_ms(), source.wall_ms(), source.count_ms());
        // Otherwise this thread was suspended between the readings.
        if after_ms - before_ms < READ_WITHIN_MS {
            return (wall_ms, after_ms);
        }
    }
}
