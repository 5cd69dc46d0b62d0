//! Queries that the writer and the readers share.

use parking_lot::RwLock;
use payments::{Order, OrderId, OrderKey};
use rusqlite::{Connection, Statement};

use super::tail::Tail;
use super::value::select;
use crate::Error;

/// The instant at which the first job is due.
pub(super) const NEXT_DUE: &str = "SELECT min(due_at_ms) FROM job";

/// The numbers of compacted orders whose trackId has a hash.
pub(super) const COMPACTED_ORDERS: &str = "SELECT id FROM order_track WHERE hash = ?";

/// An order by client and trackId.
pub(super) fn find_order(connection: &Connection, tail: &RwLock<Tail>, key: &OrderKey) -> Result<Option<Order>, Error> {
    let mut compacted = connection.prepare_cached(COMPACTED_ORDERS)?;
    look_up(connection, &mut compacted, tail, key)
}

/// Looks an order up, first among the rows in memory, then in the compacted look-up table.
pub(super) fn look_up(
    connection: &Connection,
    compacted: &mut Statement<'_>,
    tail: &RwLock<Tail>,
    key: &OrderKey,
) -> Result<Option<Order>, Error> {
    let (hash, mut ids) = {
        let tail = tail.read();
        let hash = tail.hash(key);
        (hash, tail.orders(hash))
    };
    {
        compacted.raw_bind_parameter(1, hash)?;
        let mut rows = compacted.raw_query();
        while let Some(row) = rows.next()? {
            ids.push(OrderId(row.get(0)?));
        }
    }
    for id in ids {
        let order = select::<Order>(connection, &id)?;
        if order.as_ref().is_some_and(|order| order.key == *key) {
            return Ok(order);
        }
    }
    Ok(None)
}
