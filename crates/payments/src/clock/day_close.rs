//! The row of the day close: whether the banks are closing their day.

use schema::table;

/// Whether the banks are closing their day, so that no card can pay. It is a row, so it survives a restart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DayClose {
    /// Whether an operator has switched the day close on.
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

/// The key of the only row.
const ONLY_ROW: i64 = 1;
