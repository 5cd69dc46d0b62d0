//! Moving a store to another engine.
//!
//! The whole store is copied in one transaction of the target, tables included. The target is marked before it, and no server uses it while it is
//! marked: [`finish_move`] removes the mark after both sides were compared. A move that was interrupted is started again from the beginning.

use crate::carry::Sink;
use std::sync::Arc;
use std::time::Duration;

use crate::error::corrupt;
use crate::model::Origin;
use crate::postgres::Import;
use crate::{Error, Location, Reader, open_to_read, postgres};
use schema::Table;

/// A sink that reports progress.
struct Counted<'a, S> {
    sink: S,
    done: u64,
    of: u64,
    progress: &'a mut dyn FnMut(u64, u64),
}

impl<S: Sink> Sink for Counted<'_, S> {
    fn rows<T: Table>(&mut self, rows: Vec<T>) -> Result<(), Error> {
        self.done += rows.len() as u64;
        self.sink.rows(rows)?;
        (self.progress)(self.done, self.of);
        Ok(())
    }
}

/// Opens a database that [`migrate`] has filled, for reading.
///
/// # Errors
/// It cannot be read.
pub fn open_moved(to: &Location) -> Result<Reader, Error> {
    let (url, timeout) = database(to)?;
    Ok(Reader::Postgres(Arc::new(postgres::open_to_read(url, timeout, postgres::Readable::Moved)?)))
}

/// Removes the mark of a database that [`migrate`] has filled, so that servers can use it.
///
/// # Errors
/// It cannot be written.
pub fn finish_move(to: &Location) -> Result<(), Error> {
    let (url, timeout) = database(to)?;
    postgres::end_move(url, timeout)
}

fn database(location: &Location) -> Result<(&str, Duration), Error> {
    match location {
        Location::Database { url, timeout } => Ok((url, *timeout)),
        Location::Directory { .. } | Location::Memory(_) => {
            Err(Error::Address("a store moves from a directory to a database".to_owned()))
        }
    }
}

/// Copies the store of a directory into an empty database. No server may be running on the directory. `progress` gets the number of copied rows and
/// of all rows.
///
/// # Errors
/// [`Error::NotEmpty`], or one of the two cannot be used.
pub fn migrate(from: &Location, to: &Location, progress: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
    let (url, timeout) = database(to)?;
    // The lock is held until the end: no server may write while rows are copied.
    let (held, reader) = open_to_read(from)?;
    let Reader::Sqlite(source) = &reader else {
        return Err(Error::Address("a store moves from a directory to a database".to_owned()));
    };
    let origin = source.read(|reads| reads.origin())?.ok_or(Error::NoOrigin)?;
    source.damage().none(source.directory())?;
    let import = Import::begin(url, timeout)?;
    let of = source.read(|reads| reads.row_count())?;
    let mut counted = Counted { sink: import, done: 0, of, progress };
    let counters = source.read(|reads| reads.export(&mut counted))?;
    if counted.done != of {
        return Err(corrupt("?", format!("{} of {of} rows were read", counted.done)));
    }
    counted.sink.rows::<Origin>(vec![origin])?;
    counted.sink.commit(counters)?;
    drop(held);
    Ok(())
}
