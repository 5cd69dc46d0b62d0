//! The number of a user or a business.

/// The largest number of a party, so that its accounts have numbers.
pub const LAST_PARTY: i64 = 99_999_999_999;

/// A user or a business: both have one row of numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartyId(pub i64);

impl PartyId {
    /// A number that was given; `None`: no party has it, for its accounts would have no numbers.
    pub fn numbered(number: i64) -> Option<Self> {
        (1..=LAST_PARTY).contains(&number).then_some(Self(number))
    }
}
