//! What a bank counts up in a day.

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
