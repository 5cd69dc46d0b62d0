//! The sandbox's clock as a durable fact, so that a restart does not turn time back.

use crate::view::{Keys, View};
use crate::{Outcome, Refusal};

/// How the clock runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClockMode {
    /// With the machine's time.
    System,
    /// Standing at an instant, in milliseconds of Unix time.
    Frozen(i64),
}

/// Moves the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoveClock {
    /// How it shall run.
    pub to: ClockMode,
    /// The instant it shall show, in milliseconds of Unix time.
    pub shows_ms: i64,
    /// Whether it may go back: only before anything depends on it.
    pub back: Back,
}

/// Whether a move may turn time back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Back {
    /// The first move of a fresh world.
    Allowed,
    /// Any later one.
    Refused,
}

impl MoveClock {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.clock.push(());
    }

    pub(crate) fn decide(&self, view: &mut View, now_ms: i64) -> Result<Outcome, Refusal> {
        if self.back == Back::Refused && self.shows_ms < now_ms {
            return Err(Refusal::ClockWouldGoBack);
        }
        // A clock that was never set leaves no row: the first set may still go back.
        if self.to != ClockMode::System || view.clock.get(&()).is_some() {
            view.clock.put((), self.to);
        }
        Ok(Outcome::Done)
    }
}

/// Whether the banks are closing their day: no card pays meanwhile. A durable fact, as the clock.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DayClose {
    /// The operator has said so.
    pub on: bool,
}

/// Turns the day close on or off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetDayClose {
    /// What it shall be.
    pub to: DayClose,
}

impl SetDayClose {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.day_closes.push(());
    }

    pub(crate) fn decide(&self, view: &mut View) -> Result<Outcome, Refusal> {
        view.day_closes.put((), self.to);
        Ok(Outcome::Done)
    }
}
