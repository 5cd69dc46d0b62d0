//! The row that counts the paid invoices of a business's year.

use schema::table;

use crate::{Now, PartyId};

/// A business's Jalali year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SerialKey {
    /// Whose.
    pub issuer: PartyId,
    /// Which.
    pub year: i64,
}

impl SerialKey {
    /// A business's year at an instant.
    pub fn at(issuer: PartyId, now: &Now) -> Self {
        Self { issuer, year: i64::from(now.date.year) }
    }
}

/// How many invoices of a business were paid in a year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Serial {
    /// Whose year.
    pub key: SerialKey,
    /// The last one's place.
    pub last: i64,
}

table! {
    Serial = "invoice_serial",
    key |k: SerialKey| { issuer: k.issuer, year: k.year },
    of |r| r.key,
    row |r| { issuer: r.key.issuer, year: r.key.year, last: r.last },
    make Serial { key: SerialKey { issuer, year }, last }
}
