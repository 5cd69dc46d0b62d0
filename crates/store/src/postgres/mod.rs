//! The PostgreSQL engine: one database, any number of processes, a writing connection and a pool of readers in each.
//!
//! A batch takes three round trips ([`writer`]); most reads take one. Rows that a batch may change are locked in the order of
//! their keys, and the second of two conflicting batches decides again. Only SQL that PostgreSQL-compatible databases also run: no advisory locks, no
//! notifications, no code in the server.
//! Commits are durable when they return, so there is nothing to flush.

mod accounts;
mod column;
mod connection;
mod driver;
mod epoch;
mod horizon;
mod import;
mod invalidation;
mod listing;
mod load;
mod open;
mod pipeline;
#[cfg(test)]
mod plans;
mod queries;
mod reader;
mod reports;
mod schema;
mod statement;
mod tls;
mod value;
mod write;
mod writer;

use std::time::Duration;

use crate::Error;
use crate::model::Origin;
use ::schema::Table as _;
use connection::{ConnectionError, Database};

pub(crate) use import::{Import, end_move};
pub use reader::Reader;
pub(crate) use schema::{KNOWN, Readable};
pub(crate) use statement::same;
pub use writer::Writer;

pub(crate) fn open(url: &str, timeout: Duration) -> Result<(Writer, Reader), Error> {
    let database = Database::new(url, timeout)?;
    let reader = Reader::new(database.clone())?;
    let writer = Writer::open(database)?;
    Ok((writer, reader))
}

/// Opens a reader of an existing store; creates and changes nothing.
pub(crate) fn open_to_read(url: &str, timeout: Duration, readable: Readable) -> Result<Reader, Error> {
    let database = Database::new(url, timeout)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    runtime.block_on(async {
        let connection = database.connect(connection::Use::Read).await?;
        schema::check(&database, &connection, readable).await
    })?;
    Reader::new(database)
}

/// The origin of an existing store; creates and changes nothing.
pub(crate) fn origin(url: &str, timeout: Duration) -> Result<Option<Origin>, Error> {
    let database = Database::new(url, timeout)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    runtime.block_on(async {
        let connection = database.connect(connection::Use::Read).await?;
        schema::check(&database, &connection, Readable::Complete).await?;
        let select = format!("SELECT {} FROM origin", Origin::COLUMNS);
        let rows = database.with_timeout(connection.client.query(&select, &[])).await?;
        Ok(value::fetch_all(&rows)?.pop())
    })
}

/// The settings of the server as a new session gets them, and how many sessions there are.
const SETTINGS: &str = "SELECT name::text, reset_val::text FROM pg_catalog.pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'max_connections', 'server_version', 'synchronous_commit')
    UNION ALL SELECT 'sessions', count(*)::text FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'
    ORDER BY 1";

pub(crate) fn server_settings(url: &str, timeout: Duration) -> Result<Vec<(String, String)>, Error> {
    let database = Database::new(url, timeout)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    runtime.block_on(async {
        let connection = database.connect(connection::Use::Read).await?;
        let rows = database.with_timeout(connection.client.query(SETTINGS, &[])).await?;
        let setting = |row: &tokio_postgres::Row| -> Result<(String, String), tokio_postgres::Error> {
            Ok((row.try_get(0)?, row.try_get(1)?))
        };
        rows.iter().map(setting).collect::<Result<_, _>>().map_err(|error| ConnectionError::of(error).into())
    })
}
