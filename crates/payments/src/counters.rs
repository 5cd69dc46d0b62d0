//! Small counters that decisions keep.

use crate::{Bank, GrantId};

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

/// A grant's Jalali month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GrantMonthKey {
    /// The grant.
    pub grant: GrantId,
    /// Jalali `YYYYMM`.
    pub month: i64,
}

/// How many orders of a grant were accepted in a month; refused ones do not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GrantMonth {
    /// Of what.
    pub key: GrantMonthKey,
    /// The count.
    pub orders: i64,
}
