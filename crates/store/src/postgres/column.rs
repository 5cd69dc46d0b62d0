//! Many values of one column as one parameter.
//!
//! A batch of rows is sent to the server as one array a column (`unnest($1::bigint[], …)`), so a statement costs the same round trip
//! for one row and for a thousand. Binding writes values directly in the array's wire format; nothing is copied twice.

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::Error;
use crate::error::corrupt;
use schema::Bind;

/// The type of a column's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Int,
    Text,
    Blob,
}

impl Kind {
    fn element(self) -> Type {
        match self {
            Self::Int => Type::INT8,
            Self::Text => Type::TEXT,
            Self::Blob => Type::BYTEA,
        }
    }

    /// The type of the parameter.
    pub(super) fn array(self) -> Type {
        match self {
            Self::Int => Type::INT8_ARRAY,
            Self::Text => Type::TEXT_ARRAY,
            Self::Blob => Type::BYTEA_ARRAY,
        }
    }
}

/// One column of a batch.
#[derive(Debug)]
pub(super) struct Column {
    kind: Kind,
    /// The elements in the binary format of arrays: length, bytes; the length -1 stands for NULL.
    elements: BytesMut,
    rows: i32,
    nulls: bool,
}

/// The columns of a batch, bound row by row.
#[derive(Debug, Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    at: usize,
}

impl Columns {
    /// Binds rows; `bind` binds the values of one row, the same columns for each.
    pub(super) fn of<'a, R: 'a>(
        rows: impl IntoIterator<Item = &'a R>,
        bind: impl Fn(&'a R, &mut Self) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut columns = Self::default();
        for row in rows {
            bind(row, &mut columns)?;
            columns.at = 0;
        }
        Ok(columns)
    }

    /// The number of bound rows.
    pub(super) fn rows(&self) -> u64 {
        self.columns.first().map_or(0, |column| u64::from(column.rows.unsigned_abs()))
    }

    pub(super) fn kinds(&self) -> Vec<Kind> {
        self.columns.iter().map(|column| column.kind).collect()
    }

    pub(super) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect()
    }

    fn next_column(&mut self, kind: Kind) -> Result<&mut Column, Error> {
        if self.at == self.columns.len() {
            self.columns.push(Column { kind, elements: BytesMut::new(), rows: 0, nulls: false });
        }
        self.at += 1;
        let column = &mut self.columns[self.at - 1];
        column.rows = column.rows.checked_add(1).ok_or_else(|| corrupt("?", "too many rows for one statement"))?;
        Ok(column)
    }
}

impl Column {
    fn put(&mut self, value: Option<&[u8]>) -> Result<(), Error> {
        let Some(value) = value else {
            self.nulls = true;
            self.elements.put_i32(-1);
            return Ok(());
        };
        let length = i32::try_from(value.len()).map_err(|_| corrupt("?", "a value is too long"))?;
        self.elements.put_i32(length);
        self.elements.put_slice(value);
        Ok(())
    }
}

impl Bind for Columns {
    type Error = Error;

    fn int(&mut self, value: Option<i64>) -> Result<(), Error> {
        self.next_column(Kind::Int)?.put(value.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
    }

    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Error> {
        self.next_column(Kind::Text)?.put(value.map(str::as_bytes))
    }

    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Error> {
        self.next_column(Kind::Blob)?.put(value)
    }
}

impl ToSql for Column {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        const DIMENSIONS: i32 = 1;
        const FIRST_INDEX: i32 = 1;
        out.put_i32(DIMENSIONS);
        out.put_i32(i32::from(self.nulls));
        out.put_u32(self.kind.element().oid());
        out.put_i32(self.rows);
        out.put_i32(FIRST_INDEX);
        out.put_slice(&self.elements);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        [Kind::Int, Kind::Text, Kind::Blob].iter().any(|kind| kind.array() == *ty)
    }

    to_sql_checked!();
}
