//! Values of a row, one to a column: how they are written to a database engine and read back.

/// A row or a column in the database that this version cannot have written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the table {table} is not as this version writes it: {what}")]
pub struct Corrupt {
    /// The table; `?` where the code that found the error does not know it.
    pub table: &'static str,
    /// What is wrong, for the operator.
    pub what: String,
}

/// Makes a [`Corrupt`].
pub fn corrupt(table: &'static str, what: impl Into<String>) -> Corrupt {
    Corrupt { table, what: what.into() }
}

/// Receives the values of a row, column by column.
pub trait Bind {
    /// The engine's error.
    type Error: From<Corrupt>;

    /// Binds a number.
    ///
    /// # Errors
    /// The engine does not accept the value.
    fn int(&mut self, value: Option<i64>) -> Result<(), Self::Error>;

    /// Binds a text or NULL.
    ///
    /// # Errors
    /// As [`Bind::int`].
    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Self::Error>;

    /// Binds bytes or NULL.
    ///
    /// # Errors
    /// As [`Bind::int`].
    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Self::Error>;

    /// Binds a text.
    ///
    /// # Errors
    /// As [`Bind::int`].
    fn text(&mut self, value: &str) -> Result<(), Self::Error> {
        self.optional_text(Some(value))
    }

    /// Binds bytes.
    ///
    /// # Errors
    /// As [`Bind::int`].
    fn blob(&mut self, value: &[u8]) -> Result<(), Self::Error> {
        self.optional_blob(Some(value))
    }
}

/// Yields the values of a row, column by column.
pub trait Fetch {
    /// The engine's error.
    type Error: From<Corrupt>;

    /// Reads a number or NULL.
    ///
    /// # Errors
    /// The column has another type, or the engine fails.
    fn int(&mut self) -> Result<Option<i64>, Self::Error>;

    /// Reads a text or NULL.
    ///
    /// # Errors
    /// As [`Fetch::int`].
    fn optional_text(&mut self) -> Result<Option<String>, Self::Error>;

    /// Reads bytes or NULL.
    ///
    /// # Errors
    /// As [`Fetch::int`].
    fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Reads a text.
    ///
    /// # Errors
    /// The column is NULL, or as [`Fetch::int`].
    fn text(&mut self) -> Result<String, Self::Error> {
        Ok(self.optional_text()?.ok_or_else(|| corrupt("?", "a text is missing"))?)
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// The column is NULL, or as [`Fetch::int`].
    fn blob(&mut self) -> Result<Vec<u8>, Self::Error> {
        Ok(self.optional_blob()?.ok_or_else(|| corrupt("?", "bytes are missing"))?)
    }
}

/// A value that fits one column.
pub trait Cell: Sized {
    /// Binds the value.
    ///
    /// # Errors
    /// The engine does not accept it.
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error>;
    /// Reads the value.
    ///
    /// # Errors
    /// The column does not hold such a value, or the engine fails.
    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error>;
}
