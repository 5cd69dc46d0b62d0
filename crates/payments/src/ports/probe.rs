//! Which checks of a payment by card a sandbox makes fail.
//!
//! A command carries its probe to the decision, where each check looks at it at its own place: a check that comes before and fails by itself is the one
//! that is told. In production there is [`Probe::NONE`] only; the sandbox alone builds others.

use crate::Declined;

/// See the module. A check is named by its refusal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Probe(u32);

impl Probe {
    /// Every check decides by itself.
    pub const NONE: Self = Self(0);

    /// This check fails.
    pub const fn of(check: Declined) -> Self {
        Self(1 << check as u32)
    }

    /// The checks of both fail.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this check fails.
    pub const fn fails(self, check: Declined) -> bool {
        self.0 & Self::of(check).0 != 0
    }
}
