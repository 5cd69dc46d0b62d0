//! The number that identifies a bank's part in a cycle.

use ledger::AccountId;
use schema::{Bind, Fetch, Nullable};

use crate::{Bank, PayaCycle};

/// A bank's part in a cycle as one number of up to 13 digits: bank code, Jalali day (`YYYYMMDD`), number of the cycle on that day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CycleId(pub i64);

const NUMBERS: i64 = 100;
const DAYS: i64 = 100_000_000;
/// Account numbers from this value on are derived from what the account is for, such as the clearing account of a cycle; the id sequence stays below.
pub const NAMED_IDS: i64 = 1_000_000_000_000_000;

impl CycleId {
    /// The number of a bank's part in `cycle`.
    pub fn of(bank: Bank, cycle: &PayaCycle) -> Self {
        Self((i64::from(bank.number()) * DAYS + cycle.day.long()) * NUMBERS + i64::from(cycle.number))
    }

    /// A given number as an id; `None` unless it is positive and has at most 13 digits, which its clearing account's number needs.
    pub fn numbered(number: i64) -> Option<Self> {
        (1..10_000_000_000_000).contains(&number).then_some(Self(number))
    }

    /// The source bank; `None` if the code is unknown.
    pub fn bank(self) -> Option<Bank> {
        u16::try_from(self.0 / NUMBERS / DAYS).ok().and_then(Bank::from_number)
    }

    /// The day, Jalali `YYYYMMDD`.
    pub fn day(self) -> i64 {
        self.0 / NUMBERS % DAYS
    }

    /// The number of the cycle on that day.
    pub fn number(self) -> i64 {
        self.0 % NUMBERS
    }

    /// The clearing account, which has the money of the cycle's orders until they settle.
    pub fn clearing(self) -> AccountId {
        AccountId(NAMED_IDS + self.0)
    }

    /// The cycle whose clearing account this is; `None`: it is another account.
    pub fn of_clearing(account: AccountId) -> Option<Self> {
        Self::numbered(account.0.checked_sub(NAMED_IDS)?)
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
