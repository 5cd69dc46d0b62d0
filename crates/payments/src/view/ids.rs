//! Fresh numbers for rows.

/// The first number given to a row; smaller ones are well-known accounts.
pub const FIRST_ID: i64 = 1_000_000;

/// Fresh numbers for rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ids {
    next: i64,
    end: i64,
}

impl Ids {
    /// Numbers from `next` on.
    pub fn from(next: i64) -> Self {
        Self::between(next, i64::MAX)
    }

    /// Numbers from `next` on, below `end`.
    pub fn between(next: i64, end: i64) -> Self {
        Self { next, end }
    }

    /// How many numbers are left; less than zero when more were taken than there are, which makes them all void.
    pub fn left(&self) -> i64 {
        self.end.saturating_sub(self.next)
    }

    /// A fresh number.
    pub fn take(&mut self) -> i64 {
        let id = self.next;
        self.next += 1;
        id
    }

    /// The number that would come next.
    pub fn peek(&self) -> i64 {
        self.next
    }
}
