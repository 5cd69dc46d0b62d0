//! The checks of a payment by card that a sandbox makes fail.
//!
//! A command takes its probe along to the decision. Each check asks the probe at its own place, so an earlier check that fails by itself takes
//! precedence. In production there is only [`Probe::NONE`]; only the sandbox builds other probes.

use crate::Declined;

/// A set of checks to fail. A check is named by its refusal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Probe(u32);

impl Probe {
    /// The empty set: no check is made to fail.
    pub const NONE: Self = Self(0);

    /// A probe that makes this check fail.
    pub const fn of(check: Declined) -> Self {
        Self(1 << check as u32)
    }

    /// A probe that makes the checks of both fail.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the probe makes this check fail.
    pub const fn fails(self, check: Declined) -> bool {
        self.0 & Self::of(check).0 != 0
    }
}
