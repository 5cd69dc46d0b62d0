//! The number of a bank's part in a cycle.

use ledger::AccountId;
use schema::{Bind, Fetch, Nullable};

use crate::{Bank, PayaCycle};

/// A bank's part in a cycle: its code, the Jalali day, the cycle's number, as one number of 13 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CycleId(pub i64);

const NUMBERS: i64 = 100;
const DAYS: i64 = 100_000_000;
/// Numbers from here on are not counted up to: they say what they are, as those of cycles' accounts do.
pub const NAMED_IDS: i64 = 1_000_000_000_000_000;

impl CycleId {
    /// A bank's part in a cycle.
    pub fn of(bank: Bank, cycle: &PayaCycle) -> Self {
        Self((i64::from(bank.number()) * DAYS + cycle.day.long()) * NUMBERS + i64::from(cycle.number))
    }

    /// A number that was given; `None`: none of at most 13 digits, so that its account has a number.
    pub fn numbered(number: i64) -> Option<Self> {
        (1..10_000_000_000_000).contains(&number).then_some(Self(number))
    }

    /// The source bank.
    pub fn bank(self) -> Option<Bank> {
        u16::try_from(self.0 / NUMBERS / DAYS).ok().and_then(Bank::from_number)
    }

    /// Jalali `YYYYMMDD`.
    pub fn day(self) -> i64 {
        self.0 / NUMBERS % DAYS
    }

    /// Its number on that day.
    pub fn number(self) -> i64 {
        self.0 % NUMBERS
    }

    /// The account on which the money of its orders waits.
    pub fn clearing(self) -> AccountId {
        AccountId(NAMED_IDS + self.0)
    }
}

impl Nullable for CycleId {
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
        to.int(value.map(|id| id.0))
    }

    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
        Ok(from.int()?.map(Self))
    }
}
