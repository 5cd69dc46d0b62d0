//! The declaration of a row: its key, its columns, and how it is made from them.
//!
//! Shape: [`table!`] beside a row type states its table, key and columns; selects, inserts, updates, binding and fetching of every engine follow from
//! it. [`codes!`] and [`words!`] give the values of an enum their codes and names. [`Cell`] is a value that fits one column.
//! Absent: engines. A type that writes values to a database or reads them from it implements [`Bind`] or [`Fetch`].

mod cell;
mod cells;
mod ledger_rows;
mod row_type;
mod statements;

use std::fmt::Debug;

pub use cell::{Bind, Cell, Corrupt, Fetch, corrupt};
pub use cells::{Json, Listed, Nullable};
pub use ledger_rows::TransferCode;
pub use row_type::Table;
pub use statements::{changing, changing_count, has, insert, update, upsert};

/// The values of a row's columns in memory, for comparison and for reading back.
#[derive(Debug, Default)]
pub struct Values(Vec<Value>);

#[derive(PartialEq, Eq, Debug)]
enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

impl Values {
    /// The row that these values make.
    ///
    /// # Errors
    /// They do not make one.
    pub fn row<T: Table>(self) -> Result<T, Corrupt> {
        let named = |corrupt: Corrupt| Corrupt { table: T::NAME, ..corrupt };
        T::fetch(&mut InTurn(self.0.into_iter())).map_err(named)
    }

    /// The number in column `at`, if the column holds one.
    pub fn number(&self, at: usize) -> Option<i64> {
        match self.0.get(at)? {
            Value::Int(number) => *number,
            Value::Text(_) | Value::Blob(_) => None,
        }
    }

    /// The length in bytes of the text in column `at`; 0 if it holds none.
    pub fn bytes(&self, at: usize) -> usize {
        match self.0.get(at) {
            Some(Value::Text(Some(text))) => text.len(),
            Some(Value::Text(None) | Value::Int(_) | Value::Blob(_)) | None => 0,
        }
    }

    /// For each column, whether its value differs from that in `other`.
    pub fn differs(&self, other: &Self) -> impl Iterator<Item = bool> {
        self.0.iter().zip(&other.0).map(|(one, another)| one != another)
    }
}

/// Yields values one after the other.
struct InTurn(std::vec::IntoIter<Value>);

impl InTurn {
    fn next(&mut self) -> Result<Value, Corrupt> {
        self.0.next().ok_or_else(|| corrupt("?", "a column is missing"))
    }
}

impl Fetch for InTurn {
    type Error = Corrupt;

    fn int(&mut self) -> Result<Option<i64>, Corrupt> {
        match self.next()? {
            Value::Int(number) => Ok(number),
            Value::Text(_) | Value::Blob(_) => Err(corrupt("?", "a number is none")),
        }
    }

    fn optional_text(&mut self) -> Result<Option<String>, Corrupt> {
        match self.next()? {
            Value::Text(text) => Ok(text),
            Value::Int(_) | Value::Blob(_) => Err(corrupt("?", "a text is none")),
        }
    }

    fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, Corrupt> {
        match self.next()? {
            Value::Blob(bytes) => Ok(bytes),
            Value::Int(_) | Value::Text(_) => Err(corrupt("?", "bytes are none")),
        }
    }
}

impl Bind for Values {
    type Error = Corrupt;

    fn int(&mut self, value: Option<i64>) -> Result<(), Corrupt> {
        self.0.push(Value::Int(value));
        Ok(())
    }

    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Corrupt> {
        self.0.push(Value::Text(value.map(str::to_owned)));
        Ok(())
    }

    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Corrupt> {
        self.0.push(Value::Blob(value.map(<[u8]>::to_owned)));
        Ok(())
    }
}

/// The values of all columns of a row.
///
/// # Errors
/// A value cannot be written.
pub fn values<T: Table>(row: &T) -> Result<Values, Corrupt> {
    let mut values = Values::default();
    row.bind(&mut values)?;
    Ok(values)
}

/// A value that is stored as a numeric code.
pub trait Coded: Sized + 'static {
    /// All values.
    const ALL: &'static [Self];

    /// The code of this value.
    fn code(&self) -> i64;
    /// The value that has a code.
    ///
    /// # Errors
    /// No value has it.
    fn of_code(code: i64) -> Result<Self, Corrupt>;
}

/// The codes of the values for which a condition holds, in ascending order, as SQL lists them: `3, 4, 9`.
pub fn codes_of<T: Coded + Copy>(which: impl Fn(T) -> bool) -> String {
    let mut codes: Vec<i64> = T::ALL.iter().filter(|value| which(**value)).map(T::code).collect();
    codes.sort_unstable();
    codes.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// A value that is stored as a name.
pub trait Worded: Sized + 'static {
    /// All values.
    const ALL: &'static [Self];

    /// The name of this value.
    fn word(&self) -> &'static str;
    /// The value that has a name.
    ///
    /// # Errors
    /// No value has it.
    fn of_word(word: &str) -> Result<Self, Corrupt>;
}

/// Declares a table: its name; the key's columns, each with its part of a key; all columns, each with its part of a row; the columns that never
/// change (`for_life`: an update leaves them and their indexes alone); and how a row is made from its columns.
#[macro_export]
macro_rules! table {
    (
        $row:ty = $name:literal,
        key |$k:ident: $key:ty| { $key0:ident: $keyval0:expr $(, $keycol:ident: $keyval:expr)* },
        of |$o:ident| $of:expr,
        row |$r:ident| { $col0:ident: $val0:expr $(, $col:ident: $val:expr)* $(,)? },
        $(for_life { $($fixed:ident),* $(,)? },)?
        make $make:expr
    ) => {
        impl $crate::Table for $row {
            type Key = $key;
            const NAME: &'static str = $name;
            const KEYS: &'static [&'static str] = &[stringify!($key0) $(, stringify!($keycol))*];
            const FIELDS: &'static [&'static str] = &[stringify!($col0) $(, stringify!($col))*];
            const CHANGING: &'static [&'static str] = {
                const FOR_LIFE: &[&str] = &[$($(stringify!($fixed)),*)?];
                const KEYS: &[&str] = <$row as $crate::Table>::KEYS;
                const ALL: &[&str] = <$row as $crate::Table>::FIELDS;
                const CHANGING: [&str; $crate::changing_count(ALL, KEYS, FOR_LIFE)] =
                    $crate::changing(ALL, KEYS, FOR_LIFE);
                &CHANGING
            };
            const COLUMNS: &'static str = concat!(stringify!($col0) $(, ", ", stringify!($col))*);
            const SELECT: &'static str = concat!(
                "SELECT ", stringify!($col0) $(, ", ", stringify!($col))*,
                " FROM ", $name,
                " WHERE ", stringify!($key0), " = ?" $(, " AND ", stringify!($keycol), " = ?")*,
            );
            const DELETE: &'static str = concat!(
                "DELETE FROM ", $name, " WHERE ", stringify!($key0), " = ?" $(, " AND ", stringify!($keycol), " = ?")*,
            );

            fn insert() -> &'static str {
                static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                TEXT.get_or_init($crate::insert::<Self>)
            }

            fn update() -> &'static str {
                static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                TEXT.get_or_init($crate::update::<Self>)
            }

            fn upsert() -> &'static str {
                static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                TEXT.get_or_init($crate::upsert::<Self>)
            }

            fn key(&self) -> $key {
                let $o = self;
                $of
            }

            fn bind_key<B: $crate::Bind>($k: &$key, to: &mut B) -> Result<(), B::Error> {
                $crate::Cell::put(&$keyval0, to)?;
                $($crate::Cell::put(&$keyval, to)?;)*
                Ok(())
            }

            fn bind<B: $crate::Bind>(&self, to: &mut B) -> Result<(), B::Error> {
                let $r = self;
                $crate::Cell::put(&$val0, to)?;
                $($crate::Cell::put(&$val, to)?;)*
                Ok(())
            }

            fn bind_change<B: $crate::Bind>(&self, to: &mut B) -> Result<(), B::Error> {
                let $r = self;
                if const { $crate::has(<Self as $crate::Table>::CHANGING, stringify!($col0)) } {
                    $crate::Cell::put(&$val0, to)?;
                }
                $(if const { $crate::has(<Self as $crate::Table>::CHANGING, stringify!($col)) } {
                    $crate::Cell::put(&$val, to)?;
                })*
                <Self as $crate::Table>::bind_key(&$crate::Table::key(self), to)
            }

            fn fetch<F: $crate::Fetch>(from: &mut F) -> Result<Self, F::Error> {
                let $col0 = $crate::Cell::take(from)?;
                $(let $col = $crate::Cell::take(from)?;)*
                Ok($make)
            }
        }
    };
}

/// Gives the values of an enum their codes in the database; with `enum` in front it declares the enum, too. A value without a code does not
/// compile. A code never changes: databases hold it.
#[macro_export]
macro_rules! codes {
    ($(#[$doc:meta])* $vis:vis enum $type:ident = $name:literal { $($code:literal => $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "the names are the documentation")]
        $vis enum $type {
            $($variant,)*
        }

        $crate::codes!($type = $name { $($code => $type::$variant,)* });
    };
    ($type:ty = $name:literal { $($code:literal => $variant:path,)* }) => {
        impl $crate::Coded for $type {
            const ALL: &'static [Self] = &[$($variant,)*];

            fn code(&self) -> i64 {
                match self { $($variant => $code,)* }
            }

            fn of_code(code: i64) -> Result<Self, $crate::Corrupt> {
                match code {
                    $($code => Ok($variant),)*
                    other => Err($crate::corrupt($name, format!("unknown code {other}"))),
                }
            }
        }

        impl $crate::Cell for $type {
            fn put<B: $crate::Bind>(&self, to: &mut B) -> Result<(), B::Error> {
                to.int(Some($crate::Coded::code(self)))
            }

            fn take<F: $crate::Fetch>(from: &mut F) -> Result<Self, F::Error> {
                Ok($crate::Coded::of_code($crate::Cell::take(from)?)?)
            }
        }

        impl $crate::Nullable for $type {
            fn put_optional<B: $crate::Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
                to.int(value.map($crate::Coded::code))
            }

            fn take_optional<F: $crate::Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
                Ok(from.int()?.map($crate::Coded::of_code).transpose()?)
            }
        }
    };
}

/// Gives the values of an enum their names in the database, as [`codes!`] gives codes. A name never changes.
#[macro_export]
macro_rules! words {
    ($type:ty = $name:literal { $($word:literal => $variant:path,)* }) => {
        impl $crate::Worded for $type {
            const ALL: &'static [Self] = &[$($variant,)*];

            fn word(&self) -> &'static str {
                match self { $($variant => $word,)* }
            }

            fn of_word(word: &str) -> Result<Self, $crate::Corrupt> {
                match word {
                    $($word => Ok($variant),)*
                    other => Err($crate::corrupt($name, format!("unknown name {other}"))),
                }
            }
        }
    };
}
