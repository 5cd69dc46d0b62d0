//! Values from the server's rows.

use tokio_postgres::Row;

use super::connection::ConnectionError;
use crate::Error;
use crate::error::corrupt;
use schema::{Fetch, Table};

/// Reads the columns of a row, beginning with the first.
pub(super) struct Fetcher<'a> {
    row: &'a Row,
    next: usize,
}

impl<'r> Fetcher<'r> {
    pub(super) fn new(row: &'r Row) -> Self {
        Self { row, next: 0 }
    }

    fn next_index(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    fn get<'a, T: tokio_postgres::types::FromSql<'a>>(&'a mut self) -> Result<T, Error> {
        let at = self.next_index();
        self.row.try_get(at).map_err(|error| corrupt("?", super::connection::describe(&error)))
    }
}

impl Fetch for Fetcher<'_> {
    type Error = Error;

    fn int(&mut self) -> Result<Option<i64>, Error> {
        self.get()
    }

    fn optional_text(&mut self) -> Result<Option<String>, Error> {
        self.get()
    }

    fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.get()
    }
}

/// A row of a table, from its columns.
pub(super) fn fetch<T: Table>(row: &Row) -> Result<T, Error> {
    T::fetch(&mut Fetcher::new(row))
}

/// Rows of a table, from their columns.
pub(super) fn fetch_all<T: Table>(rows: &[Row]) -> Result<Vec<T>, Error> {
    rows.iter().map(fetch).collect()
}

/// The number in the first column of a row.
pub(super) fn number(row: &Row) -> Result<i64, Error> {
    row.try_get(0).map_err(|error| ConnectionError::of(error).into())
}
