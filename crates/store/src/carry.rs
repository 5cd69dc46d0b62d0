//! Copying rows from one engine to another.

use schema::Table;

use crate::Error;

/// How many rows one statement writes: enough to make round trips cheap, few enough to keep memory small.
const ROWS: usize = 2_000;

/// The counters of a store that are not rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counters {
    pub next_id: i64,
    pub last_ms: i64,
    pub disorder_ms: i64,
}

/// Receives the rows of all tables.
pub(crate) trait Sink {
    /// Receives some rows of one table.
    fn rows<T: Table>(&mut self, rows: Vec<T>) -> Result<(), Error>;
}

/// Collects the rows of one table for a sink.
pub(crate) struct Gather<'a, S, T> {
    sink: &'a mut S,
    rows: Vec<T>,
}

impl<'a, S: Sink, T: Table> Gather<'a, S, T> {
    pub(crate) fn into(sink: &'a mut S) -> Self {
        Self { sink, rows: Vec::with_capacity(ROWS) }
    }

    pub(crate) fn push(&mut self, row: T) -> Result<(), Error> {
        self.rows.push(row);
        if self.rows.len() == ROWS {
            let full = std::mem::replace(&mut self.rows, Vec::with_capacity(ROWS));
            self.sink.rows(full)?;
        }
        Ok(())
    }

    pub(crate) fn end(self) -> Result<(), Error> {
        if self.rows.is_empty() { Ok(()) } else { self.sink.rows(self.rows) }
    }
}
