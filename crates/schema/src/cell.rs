//! Values of a row, one to a column: how they go to an engine and come back.

/// What a database says that no row of ours can be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the table {table} is not as this version writes it: {what}")]
pub struct Corrupt {
    /// Which table; `?`: any.
    pub table: &'static str,
    /// What is wrong.
    pub what: String,
}

/// See [`Corrupt`].
pub fn corrupt(table: &'static str, what: impl Into<String>) -> Corrupt {
    Corrupt { table, what: what.into() }
}

/// Takes the values of a row, column by column.
pub trait Bind {
    /// The engine's.
    type Error: From<Corrupt>;

    /// A number.
    ///
    /// # Errors
    /// The engine does not take it; so for the others.
    fn int(&mut self, value: Option<i64>) -> Result<(), Self::Error>;

    /// A text that may be missing.
    ///
    /// # Errors
    /// As [`Bind::int`].
    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Self::Error>;

    /// Bytes that may be missing.
    ///
    /// # Errors
    /// As [`Bind::int`].
    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Self::Error>;

    /// A text.
    ///
    /// # Errors
    /// As [`Bind::int`].
    fn text(&mut self, value: &str) -> Result<(), Self::Error> {
        self.optional_text(Some(value))
    }

    /// Bytes.
    ///
    /// # Errors
    /// As [`Bind::int`].
    fn blob(&mut self, value: &[u8]) -> Result<(), Self::Error> {
        self.optional_blob(Some(value))
    }
}

/// Gives the values of a row, column by column.
pub trait Fetch {
    /// The engine's.
    type Error: From<Corrupt>;

    /// A number, if there is one.
    ///
    /// # Errors
    /// The engine has none; so for the others.
    fn int(&mut self) -> Result<Option<i64>, Self::Error>;

    /// A text, if there is one.
    ///
    /// # Errors
    /// As [`Fetch::int`].
    fn optional_text(&mut self) -> Result<Option<String>, Self::Error>;

    /// Bytes, if there are any.
    ///
    /// # Errors
    /// As [`Fetch::int`].
    fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, Self::Error>;

    /// A text.
    ///
    /// # Errors
    /// There is none, or as [`Fetch::int`].
    fn text(&mut self) -> Result<String, Self::Error> {
        Ok(self.optional_text()?.ok_or_else(|| corrupt("?", "a text is missing"))?)
    }

    /// Bytes.
    ///
    /// # Errors
    /// There are none, or as [`Fetch::int`].
    fn blob(&mut self) -> Result<Vec<u8>, Self::Error> {
        Ok(self.optional_blob()?.ok_or_else(|| corrupt("?", "bytes are missing"))?)
    }
}

/// A value in one column.
pub trait Cell: Sized {
    /// Binds it.
    ///
    /// # Errors
    /// The engine does not take it.
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error>;
    /// Reads it.
    ///
    /// # Errors
    /// The column holds none, or the engine has none.
    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error>;
}
