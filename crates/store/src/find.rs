//! Statements that find orders by other columns than their keys: the same text for both engines, with `$n` for parameters.

use payments::Order;

use schema::Table;

/// An order by its number, `$1`.
pub(crate) fn numbered() -> String {
    format!("SELECT {} FROM transfer_order WHERE id = $1", Order::COLUMNS)
}

/// The next `$2` orders of the cycle `$1` to settle, by source account and number.
pub(crate) fn to_settle() -> String {
    format!(
        "SELECT {} FROM transfer_order WHERE cycle = $1 AND (source, id) >
        ((SELECT settled_source FROM paya_cycle WHERE id = $1), (SELECT settled_order FROM paya_cycle WHERE id = $1))
        ORDER BY source, id LIMIT $2",
        Order::COLUMNS
    )
}

/// The last instant at which money was moved or an order was written; zero for never. Row numbers are nearly in the order of time.
pub(crate) const LAST_INSTANT: &str = "SELECT max(at_ms) FROM (SELECT last_ms AS at_ms FROM clock_mark
    UNION ALL SELECT at_ms FROM (SELECT at_ms FROM transfer ORDER BY id DESC LIMIT 1) AS moved
    UNION ALL SELECT at_ms FROM (SELECT at_ms FROM transfer_order ORDER BY id DESC LIMIT 1) AS written) AS instant";
/// How far an account's entries may be out of the order of time, in milliseconds.
pub(crate) const DISORDER: &str = "SELECT disorder_ms FROM clock_mark WHERE id = 1";

/// The last instant before the clock was set back, and by how many milliseconds it was at most.
pub(crate) const STEP_BACK: &str = "SELECT last_ms, disorder_ms FROM clock_mark WHERE id = 1";

/// Records that rows from now on may be up to `by_ms` before the last instant `last_ms`.
pub(crate) fn step_back(last_ms: i64, by_ms: i64) -> String {
    format!(
        "UPDATE clock_mark SET last_ms = CASE WHEN last_ms > {last_ms} THEN last_ms ELSE {last_ms} END,
        disorder_ms = CASE WHEN disorder_ms > {by_ms} THEN disorder_ms ELSE {by_ms} END WHERE id = 1"
    )
}

/// Resets that record, when the rows are wiped.
pub(crate) const FORGET_STEPS: &str = "UPDATE clock_mark SET last_ms = 0, disorder_ms = 0 WHERE id = 1";
