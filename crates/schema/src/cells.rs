//! The types that fit one column.

use std::sync::Arc;

use ledger::{AccountId, Rial, TransferId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cell::{Bind, Cell, Corrupt, Fetch, corrupt};

impl Cell for i64 {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.int(Some(*self))
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Ok(from.int()?.ok_or_else(|| corrupt("?", "a number is missing"))?)
    }
}

impl Cell for bool {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.int(Some(i64::from(*self)))
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Ok(i64::take(from)? != 0)
    }
}

impl Cell for String {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.text(self)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        from.text()
    }
}

impl Cell for Arc<str> {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.text(self)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        from.text().map(Self::from)
    }
}

impl Cell for Vec<u8> {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.blob(self)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        from.blob()
    }
}

impl<const N: usize> Cell for [u8; N] {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.blob(self)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Ok(from.blob()?.try_into().map_err(|_| corrupt("?", "a hash has the wrong length"))?)
    }
}

impl Cell for Rial {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        self.get().put(to)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Cell::take(from).map(Self::new)
    }
}

/// Implements [`Cell`](crate::Cell) for types that wrap the number of a row in one field.
#[macro_export]
macro_rules! numbers {
    ($($type:ident),* $(,)?) => {
        $(impl $crate::Cell for $type {
            fn put<B: $crate::Bind>(&self, to: &mut B) -> Result<(), B::Error> {
                to.int(Some(self.0))
            }

            fn take<F: $crate::Fetch>(from: &mut F) -> Result<Self, F::Error> {
                $crate::Cell::take(from).map($type)
            }
        })*
    };
}

numbers!(AccountId, TransferId);

/// A value whose column may be NULL.
pub trait Nullable: Sized {
    /// Binds the value or NULL.
    ///
    /// # Errors
    /// The engine does not accept it.
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error>;
    /// Reads the value; `None` for NULL.
    ///
    /// # Errors
    /// The column holds another value, or the engine fails.
    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error>;
}

impl<T: Nullable> Cell for Option<T> {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        T::put_optional(self.as_ref(), to)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        T::take_optional(from)
    }
}

impl Nullable for i64 {
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
        to.int(value.copied())
    }

    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
        from.int()
    }
}

impl Nullable for Arc<str> {
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
        to.optional_text(value.map(|text| &**text))
    }

    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
        Ok(from.optional_text()?.map(Self::from))
    }
}

impl Nullable for AccountId {
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
        to.int(value.map(|id| id.0))
    }

    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
        Ok(from.int()?.map(Self))
    }
}

/// An element of a list that is stored in one column as a JSON array of texts.
pub trait Listed: Sized {
    /// The text that stands for it in the list.
    fn text(&self) -> String;
    /// The element that a text stands for.
    ///
    /// # Errors
    /// The text stands for no element.
    fn of_text(text: String) -> Result<Self, Corrupt>;
}

impl<T: Listed> Cell for Vec<T> {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        Json::list(self.iter().map(Listed::text)).put(to)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        let Json(texts) = Json::<Vec<String>>::take(from)?;
        Ok(texts.into_iter().map(T::of_text).collect::<Result<_, _>>()?)
    }
}

impl Listed for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn of_text(text: String) -> Result<Self, Corrupt> {
        Ok(text)
    }
}

impl Listed for AccountId {
    fn text(&self) -> String {
        self.0.to_string()
    }

    fn of_text(text: String) -> Result<Self, Corrupt> {
        text.parse().map(Self).map_err(|_| corrupt("?", "a number is no number"))
    }
}

/// A value that is stored as JSON in one column.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> Cell for Json<T> {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.text(&serde_json::to_string(&self.0).map_err(|error| corrupt("?", error.to_string()))?)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Ok(serde_json::from_str(&from.text()?).map(Json).map_err(|error| corrupt("?", error.to_string()))?)
    }
}

impl<T> Json<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Json<Vec<T>> {
    /// The rows as a list in one column.
    pub fn list(rows: impl Iterator<Item = T>) -> Self {
        Self(rows.collect())
    }
}
