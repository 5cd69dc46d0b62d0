//! The row of the sandbox's clock, which keeps the time over a restart.

use schema::{Corrupt, corrupt, table};

/// How the clock runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClockMode {
    /// It shows the machine's time.
    System,
    /// It stands at this instant, in milliseconds of Unix time.
    Frozen(i64),
    /// It runs, this many milliseconds ahead of the machine's time; below zero: behind it.
    Ahead(i64),
}

impl ClockMode {
    /// A clock that runs this many milliseconds ahead of the machine's time.
    pub fn ahead(by_ms: i64) -> Self {
        if by_ms == 0 { Self::System } else { Self::Ahead(by_ms) }
    }

    /// How far a running clock is ahead of the machine's time, in milliseconds; `None`: it stands still.
    pub fn runs_ahead_ms(self) -> Option<i64> {
        match self {
            Self::System => Some(0),
            Self::Ahead(by_ms) => Some(by_ms),
            Self::Frozen(_) => None,
        }
    }
}

/// The key of the only row.
const ONLY_ROW: i64 = 1;

table! {
    ClockMode = "clock",
    key |_k: ()| { id: ONLY_ROW },
    of |_r| (),
    row |r| { id: ONLY_ROW, frozen_at_ms: frozen_at_ms(*r), ahead_ms: ahead_ms(*r) },
    make clock_mode(id, frozen_at_ms, ahead_ms)?
}

fn frozen_at_ms(mode: ClockMode) -> Option<i64> {
    match mode {
        ClockMode::Frozen(at_ms) => Some(at_ms),
        ClockMode::System | ClockMode::Ahead(_) => None,
    }
}

fn ahead_ms(mode: ClockMode) -> Option<i64> {
    match mode {
        ClockMode::Ahead(by_ms) => Some(by_ms),
        ClockMode::System | ClockMode::Frozen(_) => None,
    }
}

fn clock_mode(_row: i64, frozen_at_ms: Option<i64>, ahead_ms: Option<i64>) -> Result<ClockMode, Corrupt> {
    match (frozen_at_ms, ahead_ms) {
        (None, None) => Ok(ClockMode::System),
        (Some(at_ms), None) => Ok(ClockMode::Frozen(at_ms)),
        (None, Some(by_ms)) => Ok(ClockMode::Ahead(by_ms)),
        (Some(_), Some(_)) => Err(corrupt("clock", "a clock that stands still runs")),
    }
}
