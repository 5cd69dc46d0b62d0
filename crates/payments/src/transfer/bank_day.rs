//! The row that counts a bank's orders of one day.

use schema::table;

use crate::Bank;

/// A source bank and a day in Tehran.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BankDayKey {
    /// The source bank.
    pub bank: Bank,
    /// Jalali `YYYYMMDD`.
    pub day: i64,
}

/// The last `inquirySequence` that was assigned at a bank on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BankDay {
    /// The bank and the day.
    pub key: BankDayKey,
    /// The last number; the first of a day is 1001.
    pub last_sequence: i64,
}

table! {
    BankDay = "bank_day",
    key |k: BankDayKey| { bank: k.bank, day: k.day },
    of |r| r.key,
    row |r| { bank: r.key.bank, day: r.key.day, last_sequence: r.last_sequence },
    make BankDay { key: BankDayKey { bank, day }, last_sequence }
}
