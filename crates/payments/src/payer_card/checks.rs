//! The checks of a payment by card. Each is stated once, at its place in the order of [`Declined`], and goes through here, where a sandbox's probe may
//! fail it, or what a network has said of a card whose payer asks for a password.
//!
//! Shape: a command makes [`Checks`] of what comes from outside and asks them one after another; the first that fails is its refusal.

use crate::{Declined, Probe};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checks {
    probe: Probe,
    network: Option<Declined>,
}

impl Checks {
    /// Every check decides by itself.
    pub(crate) const NATURAL: Self = Self::of_probe(Probe::NONE);

    /// Those that a probe does not fail decide by themselves.
    pub(crate) const fn of_probe(probe: Probe) -> Self {
        Self { probe, network: None }
    }

    /// Those of a request for a password of another bank's card, of which its network has said this.
    pub(crate) const fn of_request(declined: Option<Declined>) -> Self {
        Self { probe: Probe::NONE, network: declined }
    }

    /// Refuses with `why` what does not hold.
    pub(crate) fn require(self, why: Declined, holds: bool) -> Result<(), Declined> {
        if holds && !self.fails(why) { Ok(()) } else { Err(why) }
    }

    /// Refuses with `why` what was not found.
    pub(crate) fn found<T>(self, why: Declined, found: Option<T>) -> Result<T, Declined> {
        found.filter(|_| !self.fails(why)).ok_or(why)
    }

    /// The place of a check that nothing here can fail: a probe or a network may.
    pub(crate) fn reach(self, why: Declined) -> Result<(), Declined> {
        self.require(why, true)
    }

    /// Refuses a password that is not right. That is a try, which `count` counts, and tells whether it has locked the card.
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
