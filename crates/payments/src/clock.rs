//! The sandbox's clock as a durable fact, so that a restart does not turn time back.

use std::convert::Infallible;

use crate::audit::{AuditEntry, OperatorCommand};
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Versioned};
use schema::table;

/// How the clock runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClockMode {
    /// With the machine's time.
    System,
    /// Standing at an instant, in milliseconds of Unix time.
    Frozen(i64),
}

/// The clock would go back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockWouldGoBack;

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

impl Command for MoveClock {
    type Done = ();
    type Refusal = ClockWouldGoBack;
    const NAME: &'static str = "MoveClock";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clock.push(());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<ClockWouldGoBack>> {
        if self.back == Back::Refused && self.shows_ms < now.at_ms {
            return Err(ClockWouldGoBack.into());
        }
        // A clock that was never set leaves no row: the first set may still go back.
        if self.to != ClockMode::System || view.clock.get(&()).is_some() {
            view.clock.put((), self.to);
        }
        Ok(())
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

impl Command for SetDayClose {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "SetDayClose";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.day_closes.push(());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<Infallible>> {
        view.day_closes.put((), self.to);
        Ok(())
    }
}

impl OperatorCommand for SetDayClose {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("day close", "", if self.to.on { "on" } else { "off" })
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let row = view.day_closes.get(&()).map_or(DayClose { on: false }, |row| **row);
        Some(Versioned::DayClose(row))
    }
}

table! {
    DayClose = "day_close",
    key |_k: ()| { id: ONLY_ROW },
    of |_r| (),
    row |r| { id: ONLY_ROW, closed: r.on },
    make day_close(id, closed)
}

fn day_close(_row: i64, on: bool) -> DayClose {
    DayClose { on }
}

/// The clock is one row, and so is the switch of the day close.
const ONLY_ROW: i64 = 1;

table! {
    ClockMode = "clock",
    key |_k: ()| { id: ONLY_ROW },
    of |_r| (),
    row |r| { id: ONLY_ROW, frozen_at_ms: match r { ClockMode::System => None, ClockMode::Frozen(at_ms) => Some(*at_ms) } },
    make clock_mode(id, frozen_at_ms)
}

fn clock_mode(_row: i64, frozen_at_ms: Option<i64>) -> ClockMode {
    frozen_at_ms.map_or(ClockMode::System, ClockMode::Frozen)
}
