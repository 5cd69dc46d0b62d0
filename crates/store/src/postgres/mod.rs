//! The PostgreSQL engine: one database, any number of processes, a writing connection and a pool of readers in each.
//!
//! A batch takes three round trips ([`writer`]); most reads take one. Rows that a batch may change are locked in the order of
//! their keys, and the second of two conflicting batches decides again. Only SQL that PostgreSQL-compatible databases also run: no advisory locks, no
//! notifications, no code in the server.
//! Commits are durable when they return, so there is nothing to flush.

mod accounts;
mod column;
mod connection;
mod epoch;
mod import;
mod invalidation;
mod load;
mod open;
mod pipeline;
#[cfg(test)]
mod plans;
mod queries;
mod reader;
mod schema;
mod statement;
mod tls;
mod value;
mod write;
mod writer;

use std::time::Duration;

use crate::Error;
use connection::Database;

pub(crate) use import::{Import, end_move};
pub use reader::Reader;
pub(crate) use schema::Readable;
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
