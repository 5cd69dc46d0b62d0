//! New numbers for rows.

/// The first number of the sequence. Smaller numbers are well-known accounts, and numbers of parties that operators choose.
pub const FIRST_ID: i64 = 1_000_000;

/// A range of unused numbers for new rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ids {
    next: i64,
    end: i64,
}

impl Ids {
    /// The numbers from `next` on.
    pub fn from(next: i64) -> Self {
        Self::between(next, i64::MAX)
    }

    /// The numbers from `next` on, below `end`.
    pub fn between(next: i64, end: i64) -> Self {
        Self { next, end }
    }

    /// How many numbers are left. Less than zero: more were taken than there are, and none of those taken may be used.
    pub fn left(&self) -> i64 {
        self.end.saturating_sub(self.next)
    }

    /// Takes the next number.
    pub fn take(&mut self) -> i64 {
        let id = self.next;
        self.next += 1;
        id
    }

    /// The number that [`Ids::take`] returns next.
    pub fn peek(&self) -> i64 {
        self.next
    }
}
