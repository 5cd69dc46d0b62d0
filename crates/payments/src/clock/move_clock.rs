//! Moving the sandbox's clock.

use crate::view::{Denial, Keys, View};
use crate::{At, ClockMode, Command};

/// The clock would go back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockWouldGoBack;

/// Moves the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoveClock {
    /// The new mode.
    pub to: ClockMode,
    /// The new instant, in milliseconds of Unix time.
    pub shows_ms: i64,
    /// Whether it may go back: only before anything depends on it.
    pub back: ClockRewind,
}

/// Whether a move may turn time back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockRewind {
    /// The first move of a fresh world.
    Allowed,
    /// Any later one.
    Refused,
}

impl Command for MoveClock {
    type Done = ();
    type Refusal = ClockWouldGoBack;
    const NAME: &'static str = "MoveClock";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clock.push(());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<ClockWouldGoBack>> {
        if self.back == ClockRewind::Refused && self.shows_ms < now.at_ms {
            return Err(ClockWouldGoBack.into());
        }
        // A clock that was never set leaves no row: the first set may still go back.
        if self.to != ClockMode::System || view.clock.get(&()).is_some() {
            view.clock.put((), self.to);
        }
        Ok(())
    }
}
