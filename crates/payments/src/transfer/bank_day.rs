//! What a bank counts up in a day.

use schema::table;

use crate::Bank;

/// A bank's day in Tehran.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BankDayKey {
    /// The source bank.
    pub bank: Bank,
    /// Jalali `YYYYMMDD`.
    pub day: i64,
}

/// The last `inquirySequence` given at a bank on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BankDay {
    /// Of what.
    pub key: BankDayKey,
    /// 1001 is the first of a day.
    pub last_sequence: i64,
}

table! {
    BankDay = "bank_day",
    key |k: BankDayKey| { bank: k.bank, day: k.day },
    of |r| r.key,
    row |r| { bank: r.key.bank, day: r.key.day, last_sequence: r.last_sequence },
    make BankDay { key: BankDayKey { bank, day }, last_sequence }
}
