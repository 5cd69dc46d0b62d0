//! Whether the banks are closing their day.

use schema::table;

/// Whether the banks are closing their day: no card pays meanwhile. A durable fact, as the clock.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DayClose {
    /// The operator has said so.
    pub on: bool,
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

/// The switch is one row.
const ONLY_ROW: i64 = 1;
