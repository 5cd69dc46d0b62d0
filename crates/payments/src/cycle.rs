//! Cycles of the paya network, a row for each bank's part in one.
//!
//! ```text
//! (first order) ──► gathering ──(settle time: its job)──► settling ──► settled
//! ```
//! A cycle settles in slices, each a commit: the cycle's row remembers how far it is, and its job stays due until the last slice.

use ledger::AccountId;

use crate::{Bank, OrderId, PayaCycle};

/// Orders of a slice: what a commit does in well under the time that anybody notices.
pub const SETTLE_SLICE: usize = 500;

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

/// A bank's part in a cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// Which.
    pub id: CycleId,
    /// Orders accepted before this instant are in it, in milliseconds of Unix time.
    pub cutoff_ms: i64,
    /// When it settles, in milliseconds of Unix time.
    pub settle_ms: i64,
    /// How far it has settled: the last order, by source account and number; zeros: not begun.
    pub settled_to: (AccountId, OrderId),
    /// Orders that it has brought to their destinations.
    pub settled: i64,
    /// Orders that it has brought back.
    pub returned: i64,
    /// When its last order was done, in milliseconds of Unix time.
    pub settled_at_ms: Option<i64>,
}

impl Cycle {
    /// A cycle that nothing has happened in.
    pub fn new(bank: Bank, cycle: &PayaCycle) -> Self {
        Self {
            id: CycleId::of(bank, cycle),
            cutoff_ms: cycle.cutoff_ms,
            settle_ms: cycle.settle_ms,
            settled_to: (AccountId(0), OrderId(0)),
            settled: 0,
            returned: 0,
            settled_at_ms: None,
        }
    }

    /// Whether it takes orders: nothing of it has settled.
    pub fn is_gathering(&self) -> bool {
        self.settled_at_ms.is_none() && self.settled_to.1 == OrderId(0)
    }
}
