//! A row type and its table: what [`crate::table!`] declares.

use crate::{Bind, Fetch};

/// A row type and its table.
pub trait Table: Sized {
    /// The key by which a row is looked up.
    type Key;
    /// The name of the table.
    const NAME: &'static str;
    /// The names of the key's columns.
    const KEYS: &'static [&'static str];
    /// The names of all columns.
    const FIELDS: &'static [&'static str];
    /// The columns that an update writes: all but the key, the number `id` and those declared `for_life`.
    const CHANGING: &'static [&'static str];
    /// The statement that selects all columns by key.
    const SELECT: &'static str;
    /// All columns as a comma-separated list, for other selects.
    const COLUMNS: &'static str;
    /// The statement that deletes the row with a key.
    const DELETE: &'static str;

    /// The statement that inserts a row; an existing row with its key is an error.
    fn insert() -> &'static str;
    /// The statement that updates the changing columns of an existing row; empty if no column changes.
    fn update() -> &'static str;
    /// The statement that inserts a row, or updates the one with its key.
    fn upsert() -> &'static str;
    /// The key of a row.
    fn key(&self) -> Self::Key;
    /// Binds a key for [`Table::SELECT`] and [`Table::DELETE`].
    ///
    /// # Errors
    /// The engine does not accept a value.
    fn bind_key<B: Bind>(key: &Self::Key, to: &mut B) -> Result<(), B::Error>;
    /// Binds a row for [`Table::insert`] and [`Table::upsert`].
    ///
    /// # Errors
    /// As [`Table::bind_key`].
    fn bind<B: Bind>(&self, to: &mut B) -> Result<(), B::Error>;
    /// Binds a row for [`Table::update`]: the columns of [`Table::CHANGING`], then its key.
    ///
    /// # Errors
    /// As [`Table::bind_key`].
    fn bind_change<B: Bind>(&self, to: &mut B) -> Result<(), B::Error>;
    /// Reads a row from the columns of [`Table::COLUMNS`], in their order.
    ///
    /// # Errors
    /// The columns do not make a row, or the engine fails.
    fn fetch<F: Fetch>(from: &mut F) -> Result<Self, F::Error>;
}
