//! Statements that find orders otherwise than by their keys: the same text for both engines, with `$n` for parameters.

use payments::Order;

use crate::table::Table;

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
