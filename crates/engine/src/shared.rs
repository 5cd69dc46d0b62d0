//! The state that calls, the writer and the ticker share.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::Mutex;
use payments::{ClockMode, DayClose};
use store::{Invalidation, Reader};

use crate::chain_watch::ChainWatch;
use crate::change_signal::ChangeSignal;
use crate::clock::Clock;
use crate::rights_cache::RightsCache;
use crate::throughput::ThroughputStats;

/// The state that calls, the writer and the ticker share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub reader: Reader,
    pub clock: Clock,
    pub rights_cache: RightsCache,
    /// The epoch of other processes' changes up to which sessions, clock and day close are current.
    pub epoch: AtomicI64,
    pub catching_up: tokio::sync::Mutex<()>,
    /// Held while changes of other processes are applied, which both calls and the writer do.
    pub learning: Mutex<()>,
    /// Held while the clock is moved: jobs that become due then are run, and counted, by the move alone.
    pub moving: tokio::sync::Mutex<()>,
    /// Whether the banks are closing their day.
    pub day_close: AtomicBool,
    /// Whether the store has failed to commit the last batch.
    pub refused: AtomicBool,
    /// Statistics of payments.
    pub throughput: ThroughputStats,
    /// Announces commits that change messages, when they are durable.
    pub messages: ChangeSignal,
    /// Held while a link of a hash chain is made, and while the world is replaced.
    pub sealing: tokio::sync::Mutex<()>,
    /// The check of the hash chains.
    pub chain_watch: Mutex<ChainWatch>,
}

impl Shared {
    /// Applies other processes' changes; see [`crate::Engine::catch_up`].
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

    /// Applies the changes up to an epoch, unless a later epoch is already applied.
    pub fn learn(&self, epoch: i64, Learned { what, clock, day_close }: Learned) {
        let _one_at_a_time = self.learning.lock();
        if self.epoch.load(Ordering::Acquire) >= epoch {
            return;
        }
        self.rights_cache.invalidate(&what);
        if let Some(clock) = clock {
            self.clock.set(clock.unwrap_or(ClockMode::System));
        }
        if let Some(day_close) = day_close {
            self.close_day(day_close);
        }
        self.epoch.store(epoch, Ordering::Release);
    }
}

/// Changes, and the new values of the settings among them; `None`: unchanged.
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
