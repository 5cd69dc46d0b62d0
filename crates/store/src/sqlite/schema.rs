//! Migrations: numbered, each applied once, each in a transaction of its own.

use std::cmp::Ordering;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::Error;
use crate::movement_report::TOTALS;

/// Tables in the memory of this process: see [`crate::table_names::SHORT_LIVED`].
const SHORT_LIVED: &str = include_str!("../../migrations/sqlite/short_lived.sql");
include!(concat!(env!("OUT_DIR"), "/sqlite_migrations.rs"));
/// The version of the schema that this version of the program makes.
pub(crate) const KNOWN: usize = MIGRATIONS.len();

/// The number of migrations after which a database records the state of its checksums.
const STATE_OF_SUMS: usize = 26;

/// Distinguishes our files from others, and says whether other files belong to the database. It is in the database's header, where it can be read
/// without SQLite.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    /// `DARC`: the database alone is the store.
    Closed,
    /// `DARO`: a process has opened it; its log, its checksums and the note of the acknowledged frames belong to it.
    Opened,
}

impl Mark {
    /// The application id in the header.
    pub(super) fn application(self) -> u32 {
        match self {
            Self::Closed => 0x4441_5243,
            Self::Opened => 0x4441_524f,
        }
    }

    fn of(application: i64) -> Option<Self> {
        [Self::Closed, Self::Opened].into_iter().find(|mark| i64::from(mark.application()) == application)
    }
}

fn application(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// The mark of a database.
pub(super) fn mark_of(connection: &Connection) -> Result<Option<Mark>, Error> {
    Ok(Mark::of(application(connection)?))
}

/// Marks a database, in a commit of its own.
pub(super) fn mark(connection: &Connection, mark: Mark) -> Result<(), Error> {
    Ok(connection.pragma_update(None, "application_id", i64::from(mark.application()))?)
}

/// The state of the checksums that a database records; 0: none, in older versions.
pub(super) fn state_of_sums(connection: &Connection) -> Result<u64, Error> {
    if version(connection)? < STATE_OF_SUMS {
        return Ok(0);
    }
    let state = connection.query_row("SELECT state_of_sums FROM settled", [], |row| row.get::<_, i64>(0)).optional()?;
    Ok(state.unwrap_or(0).unsigned_abs())
}

/// Records that state, in the open transaction or in a commit of its own; does nothing in a database of an older version.
pub(super) fn note_state_of_sums(connection: &Connection, state: u64) -> Result<(), Error> {
    if version(connection)? >= STATE_OF_SUMS {
        let state = i64::try_from(state).unwrap_or(i64::MAX);
        connection.prepare_cached("UPDATE settled SET state_of_sums = ?")?.execute([state])?;
    }
    Ok(())
}

/// Refuses a database of another program before anything is written to it.
pub(super) fn check_owner(connection: &Connection) -> Result<(), Error> {
    let application = application(connection)?;
    let (tables, ours): (i64, i64) = connection.query_row(
        "SELECT count(*), count(*) FILTER (WHERE name = 'settled') FROM sqlite_schema WHERE type = 'table'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match (application, tables, ours) {
        (0, 0, _) => Ok(()),
        // It was made before files were marked.
        (0, _, 1) => Ok(()),
        _ if Mark::of(application).is_some() => Ok(()),
        _ => Err(Error::ForeignFile),
    }
}

/// Whether a file is a database of this program.
pub(super) fn is_ours(connection: &Connection) -> Result<bool, rusqlite::Error> {
    Ok(Mark::of(application(connection)?).is_some())
}

/// Refuses a database whose schema is not that of this version.
pub(super) fn check_version(connection: &Connection) -> Result<(), Error> {
    let (found, known) = (version(connection)?, MIGRATIONS.len());
    match found.cmp(&known) {
        Ordering::Less => Err(Error::OlderSchema { found, known }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(Error::NewerSchema { found, known }),
    }
}

fn version(connection: &Connection) -> Result<usize, Error> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let found = version(connection)?;
    if found > MIGRATIONS.len() {
        return Err(Error::NewerSchema { found, known: MIGRATIONS.len() });
    }
    for (version, migration) in MIGRATIONS.iter().enumerate().skip(found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version as i64 + 1)?;
        transaction.commit()?;
    }
    if mark_of(connection)?.is_none() {
        mark(connection, Mark::Closed)?;
    }
    connection.execute_batch(SHORT_LIVED)?;
    let mut hash_key = [0u8; 16];
    getrandom::fill(&mut hash_key).map_err(Error::Entropy)?;
    connection.execute(
        "INSERT INTO settled (id, up_to, hash_key) VALUES (1, 0, ?) ON CONFLICT DO NOTHING",
        params![hash_key],
    )?;
    Ok(())
}

/// Tables that can be derived from others. The first two only this engine has.
pub(super) const LOOK_UPS: [&str; 3] = ["entry", "order_track", TOTALS];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table_names::{SHORT_LIVED, tables};

    #[test]
    fn short_lived_tables_are_in_the_memory_of_the_process() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let mut statement = connection.prepare("SELECT name FROM sqlite_temp_schema WHERE type = 'table'").unwrap();
        let found: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(found, SHORT_LIVED);
        let store: i64 = connection.pragma_query_value(None, "temp_store", |row| row.get(0)).unwrap();
        assert_eq!(store, 2, "memory");
    }

    #[test]
    fn wiping_knows_every_table_of_the_schema() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let mut statement = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('settled', 'origin', 'id_block', 'clock_mark', 'report_fold') ORDER BY name")
            .unwrap();
        let found: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut known: Vec<String> = tables().chain(LOOK_UPS).map(str::to_owned).collect();
        known.sort();
        assert_eq!(found, known);
    }

    #[test]
    fn a_database_of_a_newer_version_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", MIGRATIONS.len() as i64 + 1).unwrap();
        assert!(matches!(migrate(&mut connection), Err(Error::NewerSchema { .. })));
    }
}
