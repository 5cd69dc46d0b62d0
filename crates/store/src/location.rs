//! Where a store is.

use std::path::PathBuf;
use std::time::Duration;

use crate::memory::Memory;

/// Where the rows are.
#[derive(Clone, Debug)]
pub enum Location {
    /// A directory of this process alone, with an SQLite database in it.
    Directory {
        /// Where.
        path: PathBuf,
        /// How many orders or transfers gather in memory before their look-ups are settled on the disk: more share pages
        /// better, fewer take less memory and are read again sooner after a crash.
        settle_after: usize,
    },
    /// A PostgreSQL database that processes share.
    Database {
        /// `postgres://user:password@host,host/name` or `host=… dbname=…`; of several hosts the one that takes writes is used.
        url: String,
        /// How long a statement, a lock or a connection may take.
        patience: Duration,
    },
    /// The memory of the process, for tests and simulations.
    Memory(Memory),
}

/// The usual [`Location::Database::patience`].
pub const PATIENCE: Duration = Duration::from_secs(3);
/// The usual [`Location::Directory::settle_after`]: about 60 MiB.
pub const SETTLE_AFTER: usize = 262_144;
