//! A saved world of a sandbox: all rows of the store, and how its clock stood.

use std::sync::Arc;

use payments::{ClockMode, Job};
use store::{Snapshot, Tables};

/// The rows of a world, and how its clock stood.
#[derive(Clone, Debug)]
pub(crate) struct SavedWorld {
    /// The rows.
    pub(crate) snapshot: Snapshot,
    /// What the clock showed, in milliseconds of Unix time.
    pub(crate) at_ms: i64,
    /// How it stood.
    pub(crate) clock: ClockMode,
    /// The number of its last audit line; 0: it has none.
    pub(crate) last_line: i64,
}

impl SavedWorld {
    /// A world as the writer has read it, while the clock stood like this.
    pub(crate) fn of(snapshot: Snapshot, at_ms: i64, clock: ClockMode) -> Self {
        let last_line = snapshot.tables.audit_lines.keys().next_back().map_or(0, |line| line.0);
        Self { snapshot, at_ms, clock, last_line }
    }

    /// How the clock stands when the world is loaded while the machine's shows this instant. A clock that was never set follows the machine.
    pub(crate) fn clock_at(&self, system_ms: i64) -> ClockMode {
        match self.clock {
            ClockMode::Frozen(at_ms) => ClockMode::Frozen(at_ms),
            ClockMode::System if self.snapshot.tables.clock.is_empty() => ClockMode::System,
            ClockMode::System | ClockMode::Ahead(_) => ClockMode::ahead(self.at_ms.saturating_sub(system_ms)),
        }
    }

    /// The rows to put back while the machine's clock shows this instant. Claims are those of work that is not under way any more: each job gets a
    /// fence that no claim has had.
    pub(crate) fn tables_at(&self, system_ms: i64) -> Tables {
        let mut tables = self.snapshot.tables.clone();
        if let Some(row) = tables.clock.get_mut(&()) {
            *row = Arc::new(self.clock_at(system_ms));
        }
        for job in tables.jobs.values_mut() {
            *job = Arc::new(Job { leased_until_ms: 0, fence: job.fence.max(system_ms), ..**job });
        }
        tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loaded_clock_shows_the_instant_of_its_snapshot_unless_it_was_never_set() {
        let snapshot = Snapshot { tables: Tables::default(), rows: 0, bytes: 0 };
        let mut set = SavedWorld::of(snapshot, 1_000, ClockMode::System);
        assert_eq!(set.clock_at(5_000), ClockMode::System);
        set.snapshot.tables.clock.insert((), Arc::new(ClockMode::System));
        for (clock, shown) in [
            (ClockMode::System, ClockMode::Ahead(-4_000)),
            (ClockMode::Ahead(7), ClockMode::Ahead(-4_000)),
            (ClockMode::Frozen(1_000), ClockMode::Frozen(1_000)),
        ] {
            set.clock = clock;
            assert_eq!(set.clock_at(5_000), shown);
            assert_eq!(set.tables_at(5_000).clock.get(&()).map(|mode| **mode), Some(shown));
        }
    }
}
