//! What a store is, looked at without serving it: for diagnosis. Nothing is changed, and a server may be running.

use std::time::Duration;

use crate::{Error, Location, Purpose, model::Origin, postgres, sqlite};

/// The versions of the schema that this version of the program makes, on each engine.
pub const SCHEMAS: [(&str, usize); 2] = [("SQLite", sqlite::KNOWN), ("PostgreSQL", postgres::KNOWN)];

/// What was found.
#[derive(Debug)]
pub struct Inspection {
    /// Whether a process has the store of a directory open. Its pages are not compared then: the process takes them in as they change.
    pub in_use: bool,
    /// The number of pages that agree with their checksums; `None`: they were not compared, or there are no checksums.
    pub compared: Option<u64>,
    /// The purpose of the store; `None`: it was never served.
    pub purpose: Option<Purpose>,
    /// Whether the store may be served for the wanted purpose with the given keys.
    pub admitted: Result<(), Error>,
}

impl Inspection {
    fn of(origin: Option<Origin>, purpose: Purpose, keys: &[[u8; 32]]) -> Self {
        let admitted = origin.as_ref().map_or(Ok(()), |origin| origin.admits(purpose, keys));
        Self { in_use: false, compared: None, purpose: origin.map(|origin| origin.purpose), admitted }
    }
}

/// Looks at a store of this version's schema. `keys` are the fingerprints of the keys that it would be served with.
///
/// # Errors
/// There is no store, it has another schema, it cannot be read, or it is damaged.
pub fn inspect(location: &Location, purpose: Purpose, keys: &[[u8; 32]]) -> Result<Inspection, Error> {
    match location {
        Location::Directory { path, .. } => {
            crate::require(location)?;
            let sqlite::Inspected { origin, in_use, compared } = sqlite::inspect(path)?;
            Ok(Inspection { in_use, compared, ..Inspection::of(origin, purpose, keys) })
        }
        Location::Database { url, timeout } => Ok(Inspection::of(postgres::origin(url, *timeout)?, purpose, keys)),
        Location::Memory(_) => Ok(Inspection::of(None, purpose, keys)),
    }
}

/// The settings of a database's server that durability and capacity depend on, by name.
///
/// # Errors
/// The server cannot be reached.
pub fn server_settings(url: &str, timeout: Duration) -> Result<Vec<(String, String)>, Error> {
    postgres::server_settings(url, timeout)
}
