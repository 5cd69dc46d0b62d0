//! The row that counts the paid invoices of a business in a year.

use schema::table;

use crate::{Now, PartyId};

/// A business and a Jalali year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SerialKey {
    /// The business.
    pub issuer: PartyId,
    /// The Jalali year.
    pub year: i64,
}

impl SerialKey {
    /// The business and the year of an instant.
    pub fn at(issuer: PartyId, now: &Now) -> Self {
        Self { issuer, year: i64::from(now.date.year) }
    }
}

/// The count of a business's paid invoices in a year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Serial {
    /// The business and the year.
    pub key: SerialKey,
    /// The place of the last paid invoice.
    pub last: i64,
}

table! {
    Serial = "invoice_serial",
    key |k: SerialKey| { issuer: k.issuer, year: k.year },
    of |r| r.key,
    row |r| { issuer: r.key.issuer, year: r.key.year, last: r.last },
    make Serial { key: SerialKey { issuer, year }, last }
}
