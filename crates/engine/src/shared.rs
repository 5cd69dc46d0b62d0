//! What calls, the writer and the ticker all use.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::Mutex;
use payments::{ClockMode, DayClose};
use store::{Invalidation, Reader};

use crate::clock::Clock;
use crate::pulse::Pulse;
use crate::sessions::Sessions;

/// What calls, the writer and the ticker all use.
#[derive(Debug)]
pub(crate) struct Shared {
    pub reader: Reader,
    pub clock: Clock,
    pub sessions: Sessions,
    /// The state of other processes' changes that sessions, clock and day close are as of.
    pub epoch: AtomicI64,
    pub catching_up: tokio::sync::Mutex<()>,
    /// Held while what other processes have changed is taken over: calls and the writer learn of it.
    pub learning: Mutex<()>,
    /// Held while the clock is moved: what is due then is run by the move alone, which counts it.
    pub moving: tokio::sync::Mutex<()>,
    /// The banks are closing their day.
    pub day_close: AtomicBool,
    /// The store has not taken the last batch.
    pub refused: AtomicBool,
    /// How payments go.
    pub pulse: Pulse,
}

impl Shared {
    /// See [`crate::Engine::catch_up`].
    pub async fn catch_up(&self) -> Result<(), store::Error> {
        let Some(epoch) = self.reader.epoch().await? else { return Ok(()) };
        if self.epoch.load(Ordering::Acquire) >= epoch {
            return Ok(());
        }
        let _one_at_a_time = self.catching_up.lock().await;
        let after = self.epoch.load(Ordering::Acquire);
        if after < epoch {
            let what = self.reader.invalidations(after, epoch).await?;
            let clock = if Invalidation::Clock.is_in(&what) { Some(self.reader.clock().await?) } else { None };
            let day_close =
                if Invalidation::DayClose.is_in(&what) { Some(self.reader.day_close().await?) } else { None };
            self.learn(epoch, Learned { what, clock, day_close });
        }
        Ok(())
    }

    /// Takes over what has changed up to a state, unless a later one was learned meanwhile.
    pub fn learn(&self, epoch: i64, Learned { what, clock, day_close }: Learned) {
        let _one_at_a_time = self.learning.lock();
        if self.epoch.load(Ordering::Acquire) >= epoch {
            return;
        }
        self.sessions.invalidate(&what);
        if let Some(clock) = clock {
            self.clock.set(clock.unwrap_or(ClockMode::System));
        }
        if let Some(day_close) = day_close {
            self.close_day(day_close);
        }
        self.epoch.store(epoch, Ordering::Release);
    }
}

/// What has changed, and how the settings among it are now; `None`: as they were.
pub(crate) struct Learned {
    pub what: Vec<Invalidation>,
    pub clock: Option<Option<ClockMode>>,
    pub day_close: Option<Option<DayClose>>,
}

impl Shared {
    pub fn close_day(&self, day_close: Option<DayClose>) {
        self.day_close.store(day_close.is_some_and(|day_close| day_close.on), Ordering::Release);
    }
}
