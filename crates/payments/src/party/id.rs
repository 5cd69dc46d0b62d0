//! The number that identifies a user or a business.

/// The largest number that a party may have: the numbers of its ledger accounts are derived from it.
pub const LAST_PARTY: i64 = 99_999_999_999;

/// The number of a user or a business; both share one sequence of numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartyId(pub i64);

impl PartyId {
    /// A given number as an id; `None` unless it is in `1..=LAST_PARTY`.
    pub fn numbered(number: i64) -> Option<Self> {
        (1..=LAST_PARTY).contains(&number).then_some(Self(number))
    }
}
