//! Connections to the database for the various purposes.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::checkpoint::keep_log;
use super::files::{FILE, LOG};
use super::schema;
use crate::Error;

/// The writer's page cache, in KiB, for pages that it changes. A larger one is slower: below 1 GiB of database, SQLite walks the whole table of
/// cached pages at every commit that has split a page (it gives the new page a number beyond the end for a moment). Measured with 256 MiB:
/// 38 % of the writer's time. Pages that are only read come from the mapped file.
pub(super) const WRITER_CACHE_KIB: i64 = 16 * 1024;

/// How many bytes of the database file are mapped: the maximum that SQLite allows.
pub(super) const MAPPED_BYTES: i64 = 0x7fff_0000;

/// The page cache of each reader, in KiB.
pub(super) const READER_CACHE_KIB: i64 = 8 * 1024;

/// How many prepared statements a connection caches: more than there are.
pub(super) const STATEMENTS: usize = 64;

/// A connection that creates and changes no file. The index of an existing log is kept in the memory of the process.
pub(super) fn open_unchanged(directory: &Path) -> Result<Connection, Error> {
    let has_log = std::fs::metadata(directory.join(LOG)).is_ok_and(|log| log.len() > 0);
    if !has_log {
        return open_alone(directory);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(directory.join(FILE), flags)?;
    keep_log(&connection)?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = 1")?;
    ready_to_read(connection)
}

/// A connection like [`open_unchanged`] that reads only the database's file, without the log.
pub(super) fn open_alone(directory: &Path) -> Result<Connection, Error> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-._".contains(byte);
    let path = directory.join(FILE);
    let name = path.as_os_str().as_bytes().iter();
    let name: String =
        name.map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02x}") }).collect();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    ready_to_read(Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)?)
}

/// A connection that reads beside a server.
pub(super) fn open_beside(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    keep_log(&connection)?;
    ready_to_read(connection)
}

pub(super) fn ready_to_read(connection: Connection) -> Result<Connection, Error> {
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::check_owner(&connection)?;
    schema::check_version(&connection)?;
    Ok(connection)
}

/// Opens a database for writing, and creates the file of its log by a first read.
pub(super) fn open_database(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    keep_log(&connection)?;
    schema::check_owner(&connection)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// Adds the name of the file to an error of SQLite.
pub(super) fn of_database(path: &Path) -> impl Fn(Error) -> Error + use<> {
    let path = path.to_owned();
    move |error| match error {
        Error::Sqlite(source) => Error::Unreadable { path: path.clone(), source },
        error => error,
    }
}

pub(super) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    keep_log(&connection)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}
