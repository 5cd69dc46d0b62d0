//! Describing a table once.
//!
//! [`table!`] states a table's name, key and columns beside the row type, and derives select, upsert, binding and fetching from
//! that. A new table costs one declaration in `tables.rs` and one migration per engine.

use ledger::{AccountId, Rial, TransferId};
use payments::{
    AuditId, Bank, ChargeLimits, ClientId, CycleId, Digest, GrantId, InvoiceId, JobId, MessageId, OrderId,
    OtpRequestId, PartyId, PhoneOrderId, ProposalId, SentOtps, SsoConsentId, SsoFamilyId, TakingId, Text, Version,
};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// Takes the values of a row, column by column.
pub(crate) trait Bind {
    fn int(&mut self, value: Option<i64>) -> Result<(), Error>;
    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Error>;
    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Error>;

    fn text(&mut self, value: &str) -> Result<(), Error> {
        self.optional_text(Some(value))
    }

    fn blob(&mut self, value: &[u8]) -> Result<(), Error> {
        self.optional_blob(Some(value))
    }
}

/// Gives the values of a row, column by column.
pub(crate) trait Fetch {
    fn int(&mut self) -> Result<Option<i64>, Error>;
    fn optional_text(&mut self) -> Result<Option<String>, Error>;
    fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, Error>;

    fn text(&mut self) -> Result<String, Error> {
        self.optional_text()?.ok_or_else(|| corrupt("?", "a text is missing"))
    }

    fn blob(&mut self) -> Result<Vec<u8>, Error> {
        self.optional_blob()?.ok_or_else(|| corrupt("?", "bytes are missing"))
    }
}

/// A row type and its table.
pub(crate) trait Table: Sized {
    /// What finds a row.
    type Key;
    /// The table.
    const NAME: &'static str;
    /// The columns of the key.
    const KEYS: &'static [&'static str];
    /// All columns.
    const FIELDS: &'static [&'static str];
    /// The columns that a row may get another value in: neither what finds it, nor its number, nor what it keeps for life.
    const CHANGING: &'static [&'static str];
    /// Selects all columns by key.
    const SELECT: &'static str;
    /// All columns, for selects of other kinds.
    const COLUMNS: &'static str;
    /// Removes the row with a key.
    const DELETE: &'static str;

    /// Writes a new row; a row under its key is an error.
    fn insert() -> &'static str;
    /// Writes what may change of a row that is there; empty: nothing may.
    fn update() -> &'static str;
    /// Writes a row, over the one with its key if there is one.
    fn upsert() -> &'static str;
    /// The key of a row.
    fn key(&self) -> Self::Key;
    /// Binds a key for [`Table::SELECT`].
    fn bind_key(key: &Self::Key, to: &mut impl Bind) -> Result<(), Error>;
    /// Binds a row for [`Table::insert`] and [`Table::upsert`].
    fn bind(&self, to: &mut impl Bind) -> Result<(), Error>;
    /// Binds a row for [`Table::update`]: the columns of [`Table::CHANGING`], then its key.
    fn bind_change(&self, to: &mut impl Bind) -> Result<(), Error>;
    /// Reads a row from the columns of [`Table::COLUMNS`].
    fn fetch(from: &mut impl Fetch) -> Result<Self, Error>;
}

/// The values of a row, to be compared with those of another.
#[derive(Debug, Default)]
pub(crate) struct Values(Vec<Value>);

#[derive(PartialEq, Eq, Debug)]
enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

impl Values {
    /// Of each column whether it is another than in `other`.
    pub(crate) fn differs(&self, other: &Self) -> impl Iterator<Item = bool> {
        self.0.iter().zip(&other.0).map(|(one, another)| one != another)
    }
}

impl Bind for Values {
    fn int(&mut self, value: Option<i64>) -> Result<(), Error> {
        self.0.push(Value::Int(value));
        Ok(())
    }

    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Error> {
        self.0.push(Value::Text(value.map(str::to_owned)));
        Ok(())
    }

    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Error> {
        self.0.push(Value::Blob(value.map(<[u8]>::to_owned)));
        Ok(())
    }
}

/// All values of a row.
pub(crate) fn values<T: Table>(row: &T) -> Result<Values, Error> {
    let mut values = Values::default();
    row.bind(&mut values)?;
    Ok(values)
}

/// A value in one column.
pub(crate) trait Cell: Sized {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error>;
    fn take(from: &mut impl Fetch) -> Result<Self, Error>;
}

/// A value with a code in the database.
pub(crate) trait Coded: Sized {
    fn code(&self) -> i64;
    fn of_code(code: i64) -> Result<Self, Error>;
}

/// Declares a table: name, key columns with what they hold of a key, columns with what they hold of a row, those of them that a row keeps for life
/// (their indexes are not touched when it changes, and what they hold is not made again), and how a row is made of them.
macro_rules! table {
    (
        $row:ty = $name:literal,
        key |$k:ident: $key:ty| { $key0:ident: $keyval0:expr $(, $keycol:ident: $keyval:expr)* },
        of |$o:ident| $of:expr,
        row |$r:ident| { $col0:ident: $val0:expr $(, $col:ident: $val:expr)* $(,)? },
        $(for_life { $($fixed:ident),* $(,)? },)?
        make $make:expr
    ) => {
        impl $crate::table::Table for $row {
            type Key = $key;
            const NAME: &'static str = $name;
            const KEYS: &'static [&'static str] = &[stringify!($key0) $(, stringify!($keycol))*];
            const FIELDS: &'static [&'static str] = &[stringify!($col0) $(, stringify!($col))*];
            const CHANGING: &'static [&'static str] = {
                const FOR_LIFE: &[&str] = &[$($(stringify!($fixed)),*)?];
                const KEYS: &[&str] = <$row as $crate::table::Table>::KEYS;
                const ALL: &[&str] = <$row as $crate::table::Table>::FIELDS;
                const CHANGING: [&str; $crate::table::changing_count(ALL, KEYS, FOR_LIFE)] =
                    $crate::table::changing(ALL, KEYS, FOR_LIFE);
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
                TEXT.get_or_init($crate::table::insert::<Self>)
            }

            fn update() -> &'static str {
                static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                TEXT.get_or_init($crate::table::update::<Self>)
            }

            fn upsert() -> &'static str {
                static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                TEXT.get_or_init($crate::table::upsert::<Self>)
            }

            fn key(&self) -> $key {
                let $o = self;
                $of
            }

            fn bind_key($k: &$key, to: &mut impl $crate::table::Bind) -> Result<(), $crate::Error> {
                $crate::table::Cell::put(&$keyval0, to)?;
                $($crate::table::Cell::put(&$keyval, to)?;)*
                Ok(())
            }

            fn bind(&self, to: &mut impl $crate::table::Bind) -> Result<(), $crate::Error> {
                let $r = self;
                $crate::table::Cell::put(&$val0, to)?;
                $($crate::table::Cell::put(&$val, to)?;)*
                Ok(())
            }

            fn bind_change(&self, to: &mut impl $crate::table::Bind) -> Result<(), $crate::Error> {
                let $r = self;
                if const { $crate::table::has(<Self as $crate::table::Table>::CHANGING, stringify!($col0)) } {
                    $crate::table::Cell::put(&$val0, to)?;
                }
                $(if const { $crate::table::has(<Self as $crate::table::Table>::CHANGING, stringify!($col)) } {
                    $crate::table::Cell::put(&$val, to)?;
                })*
                <Self as $crate::table::Table>::bind_key(&$crate::table::Table::key(self), to)
            }

            fn fetch(from: &mut impl $crate::table::Fetch) -> Result<Self, $crate::Error> {
                let $col0 = $crate::table::Cell::take(from)?;
                $(let $col = $crate::table::Cell::take(from)?;)*
                Ok($make)
            }
        }
    };
}

/// A row's own number never changes, whatever finds the row.
const NUMBER: &str = "id";

/// The text of [`Table::insert`].
pub(crate) fn insert<T: Table>() -> String {
    let places = vec!["?"; T::FIELDS.len()].join(",");
    format!("INSERT INTO {} ({}) VALUES ({places})", T::NAME, T::COLUMNS)
}

/// The text of [`Table::update`].
pub(crate) fn update<T: Table>() -> String {
    if T::CHANGING.is_empty() {
        return String::new();
    }
    let given = |columns: &[&str], between: &str| {
        columns.iter().map(|column| format!("{column} = ?")).collect::<Vec<_>>().join(between)
    };
    format!("UPDATE {} SET {} WHERE {}", T::NAME, given(T::CHANGING, ", "), given(T::KEYS, " AND "))
}

/// The text of [`Table::upsert`]: what finds a row is not written over, so that its indexes stay untouched.
pub(crate) fn upsert<T: Table>() -> String {
    let set: Vec<String> = T::CHANGING.iter().map(|field| format!("{field} = excluded.{field}")).collect();
    // A row that is nothing but its key has nothing to be written over.
    let over = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
    format!("{} ON CONFLICT ({}) DO {over}", insert::<T>(), T::KEYS.join(", "))
}

/// Whether a name is among these.
pub(crate) const fn has(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        let (one, other) = (names[at].as_bytes(), name.as_bytes());
        let mut same = if one.len() == other.len() { 0 } else { one.len() + 1 };
        while same < one.len() && one[same] == other[same] {
            same += 1;
        }
        if same == one.len() {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_changing(field: &str, keys: &[&str], for_life: &[&str]) -> bool {
    !has(keys, field) && !has(for_life, field) && !has(&[NUMBER], field)
}

/// How many columns are changing.
pub(crate) const fn changing_count(all: &[&str], keys: &[&str], for_life: &[&str]) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < all.len() {
        if is_changing(all[at], keys, for_life) {
            count += 1;
        }
        at += 1;
    }
    let mut at = 0;
    while at < for_life.len() {
        assert!(has(all, for_life[at]), "what is kept for life is a column");
        at += 1;
    }
    count
}

/// The columns that are changing.
pub(crate) const fn changing<'a, const N: usize>(all: &[&'a str], keys: &[&str], for_life: &[&str]) -> [&'a str; N] {
    let mut found = [""; N];
    let (mut at, mut next) = (0, 0);
    while at < all.len() {
        if is_changing(all[at], keys, for_life) {
            found[next] = all[at];
            next += 1;
        }
        at += 1;
    }
    found
}

/// Gives the values of an enum their codes in the database. Codes are for ever.
macro_rules! codes {
    ($type:ty = $name:literal { $($code:literal => $variant:path,)* }) => {
        impl $crate::table::Coded for $type {
            fn code(&self) -> i64 {
                match self { $($variant => $code,)* }
            }

            fn of_code(code: i64) -> Result<Self, $crate::Error> {
                match code {
                    $($code => Ok($variant),)*
                    other => Err($crate::table::corrupt($name, format!("unknown code {other}"))),
                }
            }
        }

        impl $crate::table::Cell for $type {
            fn put(&self, to: &mut impl $crate::table::Bind) -> Result<(), $crate::Error> {
                to.int(Some($crate::table::Coded::code(self)))
            }

            fn take(from: &mut impl $crate::table::Fetch) -> Result<Self, $crate::Error> {
                $crate::table::Coded::of_code($crate::table::Cell::take(from)?)
            }
        }
    };
}

pub(crate) use {codes, table};

pub(crate) fn corrupt(table: &'static str, what: impl Into<String>) -> Error {
    Error::Corrupt { table, what: what.into() }
}

/// The row that must be there.
pub(crate) fn expect<T>(row: Option<T>, table: &'static str, what: &str) -> Result<T, Error> {
    row.ok_or_else(|| corrupt(table, what))
}

impl Cell for i64 {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.int(Some(*self))
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        from.int()?.ok_or_else(|| corrupt("?", "a number is missing"))
    }
}

impl Cell for Option<i64> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.int(*self)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        from.int()
    }
}

impl Cell for bool {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.int(Some(i64::from(*self)))
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Ok(i64::take(from)? != 0)
    }
}

impl Cell for String {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.text(self)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        from.text()
    }
}

impl Cell for Text {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.text(self)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        from.text().map(Text::from)
    }
}

impl Cell for Option<Text> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.optional_text(self.as_deref())
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Ok(from.optional_text()?.map(Text::from))
    }
}

impl Cell for Option<Version> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.optional_text(self.as_ref().map(Version::as_str))
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Ok(from.optional_text()?.map(|text| Version::sent(&text)))
    }
}

impl Cell for Vec<u8> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.blob(self)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        from.blob()
    }
}

impl Cell for Option<Digest> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.optional_blob(self.as_ref().map(|digest| digest.0.as_slice()))
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        let Some(blob) = from.optional_blob()? else { return Ok(None) };
        let digest = blob.try_into().map_err(|_| corrupt("?", "a hash has the wrong length"))?;
        Ok(Some(Digest(digest)))
    }
}

impl Cell for Option<AccountId> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.int(self.map(|id| id.0))
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Ok(from.int()?.map(AccountId))
    }
}

impl Cell for Option<CycleId> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.int(self.map(|id| id.0))
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Ok(from.int()?.map(CycleId))
    }
}

/// Pairs of an instant and a count, as JSON.
impl Cell for SentOtps {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.text(&serde_json::to_string(self.as_pairs()).map_err(|e| corrupt("?", e.to_string()))?)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        let pairs: Vec<(i64, i64)> = serde_json::from_str(&from.text()?).map_err(|e| corrupt("?", e.to_string()))?;
        Ok(Self::from(pairs))
    }
}

/// Seven amounts, as JSON.
impl Cell for ChargeLimits {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        let Self { per_card, per_transaction, daily, monthly, account, account_daily, account_monthly } = self;
        let all = [per_card, per_transaction, daily, monthly, account, account_daily, account_monthly];
        let json = serde_json::to_string(&all.map(|rial| rial.get())).map_err(|e| corrupt("?", e.to_string()))?;
        to.text(&json)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        let all: [i64; 7] = serde_json::from_str(&from.text()?).map_err(|e| corrupt("?", e.to_string()))?;
        let [per_card, per_transaction, daily, monthly, account, account_daily, account_monthly] = all.map(Rial::new);
        Ok(Self { per_card, per_transaction, daily, monthly, account, account_daily, account_monthly })
    }
}

impl<const N: usize> Cell for [u8; N] {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.blob(self)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        from.blob()?.try_into().map_err(|_| corrupt("?", "a hash has the wrong length"))
    }
}

impl Cell for Digest {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        self.0.put(to)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Cell::take(from).map(Digest)
    }
}

impl Cell for Rial {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        self.get().put(to)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Cell::take(from).map(Rial::new)
    }
}

/// Numbers of rows.
macro_rules! numbers {
    ($($type:ident),*) => {
        $(impl Cell for $type {
            fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
                self.0.put(to)
            }

            fn take(from: &mut impl Fetch) -> Result<Self, Error> {
                Cell::take(from).map($type)
            }
        })*
    };
}

numbers!(
    AccountId,
    TransferId,
    GrantId,
    OrderId,
    JobId,
    CycleId,
    PhoneOrderId,
    OtpRequestId,
    MessageId,
    PartyId,
    InvoiceId,
    TakingId,
    AuditId,
    ProposalId,
    SsoConsentId,
    SsoFamilyId
);

impl Cell for Bank {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        i64::from(self.number()).put(to)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        let bank = u16::try_from(i64::take(from)?).ok().and_then(Bank::from_number);
        bank.ok_or_else(|| corrupt("?", "unknown bank"))
    }
}

impl Cell for Option<Bank> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.int(self.map(|bank| i64::from(bank.number())))
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        let Some(number) = from.int()? else { return Ok(None) };
        let bank = u16::try_from(number).ok().and_then(Bank::from_number);
        bank.map(Some).ok_or_else(|| corrupt("?", "unknown bank"))
    }
}

impl Cell for ClientId {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.text(&self.0)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Ok(ClientId::from(from.text()?.as_str()))
    }
}

impl Cell for Vec<String> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        let json = serde_json::to_string(self).map_err(|error| corrupt("?", error.to_string()))?;
        to.text(&json)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        serde_json::from_str(&from.text()?).map_err(|error| corrupt("?", error.to_string()))
    }
}

impl Cell for Vec<ClientId> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        self.iter().map(|client| client.0.to_string()).collect::<Vec<_>>().put(to)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        Ok(Vec::<String>::take(from)?.iter().map(|name| ClientId::from(name.as_str())).collect())
    }
}

impl Cell for Vec<AccountId> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        self.iter().map(|account| account.0.to_string()).collect::<Vec<_>>().put(to)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        let number = |text: &String| text.parse().map(AccountId).map_err(|_| corrupt("?", "a number is no number"));
        Vec::<String>::take(from)?.iter().map(number).collect()
    }
}

/// A value of JSON in a column.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize + DeserializeOwned> Cell for Json<T> {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.text(&serde_json::to_string(&self.0).map_err(|error| corrupt("?", error.to_string()))?)
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        serde_json::from_str(&from.text()?).map(Json).map_err(|error| corrupt("?", error.to_string()))
    }
}

impl<T> Json<T> {
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Json<Vec<T>> {
    pub(crate) fn list(rows: impl Iterator<Item = T>) -> Self {
        Self(rows.collect())
    }
}
