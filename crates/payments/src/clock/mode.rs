//! The sandbox's clock as a durable fact, so that a restart does not turn time back.

use schema::table;

/// How the clock runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClockMode {
    /// With the machine's time.
    System,
    /// Standing at an instant, in milliseconds of Unix time.
    Frozen(i64),
}

/// The clock is one row.
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
