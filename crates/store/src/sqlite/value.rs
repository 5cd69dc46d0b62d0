//! Values to and from SQLite's statements; binding does not copy them.

use rusqlite::{Connection, OptionalExtension, Row, Statement};

use crate::Error;
use crate::error::corrupt;
use schema::{Bind, Fetch, Table, values};

/// Binds the parameters of a statement, beginning with the first.
pub(super) struct Binder<'a, 'b> {
    statement: &'a mut Statement<'b>,
    next: usize,
}

impl<'a, 'b> Binder<'a, 'b> {
    pub(super) fn new(statement: &'a mut Statement<'b>) -> Self {
        Self { statement, next: 1 }
    }

    fn next_index(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

impl Bind for Binder<'_, '_> {
    type Error = Error;

    fn int(&mut self, value: Option<i64>) -> Result<(), Error> {
        let at = self.next_index();
        Ok(self.statement.raw_bind_parameter(at, value)?)
    }

    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Error> {
        let at = self.next_index();
        Ok(self.statement.raw_bind_parameter(at, value)?)
    }

    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Error> {
        let at = self.next_index();
        Ok(self.statement.raw_bind_parameter(at, value)?)
    }
}

/// Reads the columns of a row, beginning with the first.
pub(super) struct Fetcher<'a, 'b> {
    row: &'a Row<'b>,
    next: usize,
}

impl<'a, 'b> Fetcher<'a, 'b> {
    pub(super) fn new(row: &'a Row<'b>) -> Self {
        Self { row, next: 0 }
    }

    fn next_index(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

impl Fetch for Fetcher<'_, '_> {
    type Error = Error;

    fn int(&mut self) -> Result<Option<i64>, Error> {
        let at = self.next_index();
        Ok(self.row.get(at)?)
    }

    fn optional_text(&mut self) -> Result<Option<String>, Error> {
        let at = self.next_index();
        Ok(self.row.get(at)?)
    }

    fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let at = self.next_index();
        Ok(self.row.get(at)?)
    }
}

/// Reads a row of a table. If a value does not fit its column, the error names table and column.
fn fetch<T: Table>(row: &Row<'_>) -> Result<T, Error> {
    let mut columns = Fetcher::new(row);
    T::fetch(&mut columns).map_err(|error| match error {
        Error::Sqlite(source) => {
            let column = columns.next.checked_sub(1).and_then(|at| T::FIELDS.get(at)).unwrap_or(&"?");
            corrupt(T::NAME, format!("column {column}: {source}"))
        }
        error => error,
    })
}

/// The row with a key.
pub(super) fn select<T: Table>(connection: &Connection, key: &T::Key) -> Result<Option<T>, Error> {
    let mut statement = connection.prepare_cached(T::SELECT)?;
    T::bind_key(key, &mut Binder::new(&mut statement))?;
    let mut rows = statement.raw_query();
    match rows.next()? {
        Some(row) => fetch(row).map(Some),
        None => Ok(None),
    }
}

/// Removes the row with a key.
pub(super) fn delete<T: Table>(connection: &Connection, key: &T::Key) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(T::DELETE)?;
    T::bind_key(key, &mut Binder::new(&mut statement))?;
    statement.raw_execute()?;
    Ok(())
}

/// Inserts rows; an existing row with the key of one is an error, and stays unchanged.
pub(super) fn insert_all<'a, T: Table + 'a>(
    connection: &Connection,
    rows: impl Iterator<Item = &'a T>,
) -> Result<(), Error> {
    write_all(connection, T::insert(), rows, |row, to| row.bind(to))
}

/// Updates the changing columns of existing rows.
pub(super) fn update_all<'a, T: Table + 'a>(
    connection: &Connection,
    rows: impl Iterator<Item = &'a T>,
) -> Result<(), Error> {
    if T::CHANGING.is_empty() {
        return Ok(());
    }
    write_all(connection, T::update(), rows, |row, to| {
        debug_assert!(keeps_its_own(connection, row)?, "{}: what a row keeps for life has changed", T::NAME);
        row.bind_change(to)
    })
}

/// Whether the columns of a row that may not change are as in the store.
fn keeps_its_own<T: Table>(connection: &Connection, row: &T) -> Result<bool, Error> {
    let Some(kept) = select::<T>(connection, &row.key())? else { return Ok(true) };
    let (kept, row) = (values(&kept)?, values(row)?);
    Ok(T::FIELDS
        .iter()
        .zip(kept.differs(&row))
        .all(|(field, differs)| !differs || T::CHANGING.contains(field) || T::KEYS.contains(field)))
}

/// Inserts rows, or updates those with their keys.
pub(super) fn upsert_all<'a, T: Table + 'a>(
    connection: &Connection,
    rows: impl Iterator<Item = &'a T>,
) -> Result<(), Error> {
    write_all(connection, T::upsert(), rows, |row, to| row.bind(to))
}

fn write_all<'a, T: Table + 'a>(
    connection: &Connection,
    text: &'static str,
    rows: impl Iterator<Item = &'a T>,
    bind: impl Fn(&T, &mut Binder<'_, '_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(text)?;
    for row in rows {
        bind(row, &mut Binder::new(&mut statement))?;
        if statement.raw_execute()? != 1 {
            return Err(corrupt(T::NAME, "a row that was read is not there"));
        }
    }
    Ok(())
}

/// All rows of a statement that selects a table's columns.
pub(super) fn collect<T: Table>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<T>, Error> {
    let mut found = Vec::new();
    each(connection, sql, parameters, |row| {
        found.push(row);
        Ok(())
    })?;
    Ok(found)
}

/// Passes all rows of a statement that selects a table's columns to `take`, one by one.
pub(super) fn each<T: Table>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    mut take: impl FnMut(T) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        take(fetch(row)?)?;
    }
    Ok(())
}

/// The number in the first column of the first row, if there is one.
pub(super) fn number(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Option<i64>, Error> {
    let value: Option<Option<i64>> =
        connection.prepare_cached(sql)?.query_row(parameters, |row| row.get(0)).optional()?;
    Ok(value.flatten())
}

#[cfg(test)]
mod tests {
    use payments::BankUser;

    use super::*;

    #[test]
    fn a_value_that_its_column_cannot_have_is_told_with_table_and_column() {
        let mut connection = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&mut connection).unwrap();
        let user = BankUser {
            nid: "0012345679".to_owned(),
            password: "hash".to_owned(),
            failures: 0,
            locked_until_ms: 0,
            mobile: None,
        };
        insert_all(&connection, std::iter::once(&user)).unwrap();
        assert_eq!(select::<BankUser>(&connection, &user.nid).unwrap(), Some(user.clone()));
        connection.execute_batch("UPDATE bank_user SET password = CAST(X'ff' AS TEXT)").unwrap();
        let one = select::<BankUser>(&connection, &user.nid).unwrap_err();
        let text = format!("SELECT {} FROM bank_user", BankUser::COLUMNS);
        let all = collect::<BankUser>(&connection, &text, []).unwrap_err();
        for said in [one, all] {
            assert!(said.to_string().starts_with("table bank_user: column password: "), "{said}");
            assert_eq!(said.after(), crate::After::Halve, "it is in the way of those commands that need the row");
        }
    }
}
