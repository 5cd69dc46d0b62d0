//! Running the checks of a payment by card. Each check is stated once, at its place in the order of [`Declined`], and goes through this module.
//! Here a sandbox's probe can make it fail, or the network's answer about a card whose payer requests a password.
//!
//! Shape: a command makes [`Checks`] from the outside conditions and runs its checks one after another; the first that fails is the refusal.

use crate::{Declined, Probe};

/// The outside conditions that can make a check fail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checks {
    probe: Probe,
    network: Option<Declined>,
}

impl Checks {
    /// No check is made to fail.
    pub(crate) const NATURAL: Self = Self::of_probe(Probe::NONE);

    /// The probe makes its checks fail.
    pub(crate) const fn of_probe(probe: Probe) -> Self {
        Self { probe, network: None }
    }

    /// The network makes the check of its refusal fail; for a request for a password of another bank's card.
    pub(crate) const fn of_request(declined: Option<Declined>) -> Self {
        Self { probe: Probe::NONE, network: declined }
    }

    /// Refuses with `why` if the condition does not hold.
    pub(crate) fn require(self, why: Declined, holds: bool) -> Result<(), Declined> {
        if holds && !self.fails(why) { Ok(()) } else { Err(why) }
    }

    /// Returns the value, or refuses with `why` if there is none.
    pub(crate) fn found<T>(self, why: Declined, found: Option<T>) -> Result<T, Declined> {
        found.filter(|_| !self.fails(why)).ok_or(why)
    }

    /// The place of a check that has no condition here: only a probe or the network's answer makes it fail.
    pub(crate) fn reach(self, why: Declined) -> Result<(), Declined> {
        self.require(why, true)
    }

    /// Refuses a wrong password. `count` counts the try, and returns whether that has locked the card.
    pub(crate) fn password(self, is_right: bool, count: impl FnOnce() -> bool) -> Result<(), Declined> {
        match self.require(Declined::OtpWrong, is_right) {
            Ok(()) => self.reach(Declined::OtpWrongAndLocked),
            Err(_) if count() => Err(Declined::OtpWrongAndLocked),
            Err(why) => Err(why),
        }
    }

    fn fails(self, why: Declined) -> bool {
        self.probe.fails(why) || self.network == Some(why)
    }
}
