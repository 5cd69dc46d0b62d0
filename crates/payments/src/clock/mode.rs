//! The row of the sandbox's clock, which keeps the time over a restart.

use schema::table;

/// How the clock runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClockMode {
    /// It shows the machine's time.
    System,
    /// It stands at this instant, in milliseconds of Unix time.
    Frozen(i64),
}

/// The key of the only row.
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
