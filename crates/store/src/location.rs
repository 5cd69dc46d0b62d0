//! The location of a store.

use std::path::PathBuf;
use std::time::Duration;

use crate::memory::Memory;

/// The location of a store's rows.
#[derive(Clone, Debug)]
pub enum Location {
    /// A directory with an SQLite database, for one process.
    Directory {
        /// The directory.
        path: PathBuf,
        /// How many orders or transfers accumulate in memory before their look-ups are compacted to the disk. With more, they share pages better;
        /// with fewer, they take less memory and are read again sooner after a crash.
        compact_after: usize,
    },
    /// A PostgreSQL database that several processes share.
    Database {
        /// `postgres://user:password@host,host/name` or `host=… dbname=…`; of several hosts, the one that accepts writes is used.
        url: String,
        /// Time-out of a statement, a lock or a connection.
        timeout: Duration,
    },
    /// The memory of the process, for tests and simulations.
    Memory(Memory),
}

/// The default of [`Location::Database::timeout`].
pub const TIMEOUT: Duration = Duration::from_secs(3);
/// The default of [`Location::Directory::compact_after`]: about 60 MiB.
pub const COMPACT_AFTER: usize = 262_144;
