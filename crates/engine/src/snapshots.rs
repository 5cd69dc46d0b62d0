//! Snapshots of a sandbox's world, kept in the memory of the process.
//!
//! Shape: the writer reads all rows between two commits, and puts them back in one, as a reset puts the first world back. What a
//! loaded world writes has new numbers, its jobs are not claimed, and its clock shows the instant of the snapshot.
//! Limits: [`SNAPSHOTS`] of them, [`BYTES`] together.
//! Absent: files. A snapshot ends with its process, and other processes of the same store do not have it.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::saved_world::SavedWorld;

/// Snapshots at most: a few fixtures for each suite of tests.
pub const SNAPSHOTS: usize = 16;
/// Bytes of all snapshots at most. A demo world takes less than one hundredth.
pub const BYTES: usize = 64 * 1024 * 1024;

/// A snapshot, without its rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnapshotInfo {
    /// Its name.
    pub name: String,
    /// What the clock showed, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The number of its rows.
    pub rows: usize,
    /// The memory that it takes, about.
    pub bytes: usize,
}

/// Why a snapshot is not saved or loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SnapshotRefusal {
    /// There is none of this name.
    Unknown,
    /// There are [`SNAPSHOTS`] already.
    TooMany,
    /// The world does not fit into the rest of [`BYTES`]: that many bytes.
    TooLarge(usize),
}

/// What is told of a saved world.
pub(crate) fn info(name: &str, world: &SavedWorld) -> SnapshotInfo {
    let (rows, bytes) = (world.snapshot.rows, world.snapshot.bytes);
    SnapshotInfo { name: name.to_owned(), at_ms: world.at_ms, rows, bytes }
}

/// The snapshots of this process, by name.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(Mutex<BTreeMap<String, Arc<SavedWorld>>>);

impl Snapshots {
    /// The bytes that a snapshot of this name may take.
    pub(crate) fn room(&self, name: &str) -> Result<usize, SnapshotRefusal> {
        let kept = self.0.lock();
        let others = || kept.iter().filter(|(known, _)| *known != name);
        if others().count() >= SNAPSHOTS {
            return Err(SnapshotRefusal::TooMany);
        }
        let taken: usize = others().map(|(_, world)| world.snapshot.bytes).sum();
        Ok(BYTES.saturating_sub(taken))
    }

    pub(crate) fn keep(&self, name: &str, world: SavedWorld) -> Result<SnapshotInfo, SnapshotRefusal> {
        // Another one may have been saved meanwhile.
        let room = self.room(name)?;
        if world.snapshot.bytes > room {
            return Err(SnapshotRefusal::TooLarge(room));
        }
        let info = info(name, &world);
        self.0.lock().insert(name.to_owned(), Arc::new(world));
        Ok(info)
    }

    /// All of them, by name.
    pub(crate) fn list(&self) -> Vec<SnapshotInfo> {
        self.0.lock().iter().map(|(name, world)| info(name, world)).collect()
    }

    /// Forgets one. `false`: there is none of this name.
    pub(crate) fn remove(&self, name: &str) -> bool {
        self.0.lock().remove(name).is_some()
    }

    pub(crate) fn named(&self, name: &str) -> Result<Arc<SavedWorld>, SnapshotRefusal> {
        self.0.lock().get(name).map(Arc::clone).ok_or(SnapshotRefusal::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use payments::ClockMode;
    use store::{Snapshot, Tables};

    use super::*;

    fn world(bytes: usize) -> SavedWorld {
        SavedWorld::of(Snapshot { tables: Tables::default(), rows: 1, bytes }, 1_000, ClockMode::System)
    }

    #[test]
    fn snapshots_are_limited_in_number_and_in_bytes_and_one_may_be_replaced() {
        let snapshots = Snapshots::default();
        for number in 0..SNAPSHOTS {
            assert!(snapshots.keep(&number.to_string(), world(1_000)).is_ok());
        }
        assert_eq!(snapshots.keep("one more", world(1)), Err(SnapshotRefusal::TooMany));
        let rest = BYTES - (SNAPSHOTS - 1) * 1_000;
        assert_eq!(snapshots.keep("0", world(rest + 1)), Err(SnapshotRefusal::TooLarge(rest)));
        assert_eq!(snapshots.keep("0", world(rest)).map(|info| info.bytes), Ok(rest));
        assert_eq!(snapshots.named("none").map(|_| ()), Err(SnapshotRefusal::Unknown));
    }
}
