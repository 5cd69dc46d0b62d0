//! Amounts of money in whole rials.

use std::fmt;

/// An amount or a balance in whole rials. It has no `+` and no `-` operator: the checked methods return `None` on overflow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rial(i64);

impl Rial {
    /// Zero rials.
    pub const ZERO: Self = Self(0);
    /// The largest amount that the type can hold.
    pub const MAX: Self = Self(i64::MAX);

    /// `rials` whole rials, of either sign.
    pub const fn new(rials: i64) -> Self {
        Self(rials)
    }

    /// The number of rials.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum; `None` on overflow.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference; `None` on overflow.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// Whether it is more than zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
}

impl fmt::Debug for Rial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rial", self.0)
    }
}

impl fmt::Display for Rial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
