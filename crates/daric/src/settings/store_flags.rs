//! The location of a store, for commands that work on one without serving it.

use std::path::PathBuf;

use clap::Args;
use store::{COMPACT_AFTER, Location, TIMEOUT};

/// The default directory of a store.
pub const DIRECTORY: &str = "daric-data";

/// A directory, or a database.
#[derive(Args)]
pub struct StoreFlags {
    /// Directory of the store; no server may be running on it [default: ./daric-data]
    #[arg(long, env = "DARIC_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL database of the store; servers may be running on it.
    #[arg(long, env = "DARIC_DATABASE", value_name = "URL", hide_env_values = true, conflicts_with = "data")]
    database: Option<String>,
}

impl StoreFlags {
    pub fn location(self) -> Location {
        match self.database {
            Some(url) => Location::Database { url, timeout: TIMEOUT },
            None => {
                let path = self.data.unwrap_or_else(|| PathBuf::from(DIRECTORY));
                Location::Directory { path, compact_after: COMPACT_AFTER }
            }
        }
    }
}
