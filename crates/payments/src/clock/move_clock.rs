//! Moving the sandbox's clock.

use crate::view::{Denial, Keys, View};
use crate::{At, ClockMode, Command};

/// The new instant is before the present one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockWouldGoBack;

/// Moves the clock to a new mode and instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoveClock {
    /// The new mode.
    pub to: ClockMode,
    /// The new instant, in milliseconds of Unix time.
    pub shows_ms: i64,
    /// Whether the clock may go back.
    pub rewind: ClockRewind,
}

/// Whether a move may turn the clock back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockRewind {
    /// The clock was never set and there is no order and no invoice, or the move is a step of a longer move, to a job that is due.
    Allowed,
    /// Any other move.
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
        if self.rewind == ClockRewind::Refused && self.shows_ms < now.at_ms {
            return Err(ClockWouldGoBack.into());
        }
        // Setting a clock that was never moved to the machine's time writes no row, so that the first real move may still go back.
        if self.to != ClockMode::System || view.clock.get(&()).is_some() {
            view.clock.put((), self.to);
        }
        Ok(())
    }
}
