//! The horizon of the hash chains and of the totals of reports: the number below which no row will be added any more.
//!
//! Each process gives numbers from a block of its own, and its row in `node` says from which number on (`ids_from`). Sealing parks the processes: it
//! waits for the batch of each, which locks that row, and takes the rest of its block away. A parked process takes a new block before its next batch,
//! which begins at the horizon or above. A process whose row cannot be locked in time keeps its block, and the horizon stays below it.
//! The totals of reports take the horizon as it is, without parking ([`COMPLETE`]): it moves when the chains are sealed. It does not rest on any time-out:
//! as long as a transaction of a process may still be committed, no one moves that process's `ids_from`.

/// The value of `ids_from` of a process that has to take a block first.
const PARKED: i64 = i64::MAX;

/// Registers a process, which has no block yet.
pub(super) fn register(node: i64, now_ms: i64) -> String {
    format!("INSERT INTO node (id, batch, at_ms, ids_from) VALUES ({node}, 0, {now_ms}, {PARKED})")
}

/// Takes a new block of numbers for a process, and returns its end. The process's row says where the block begins. That row is locked first: as long
/// as a lost transaction of the process holds it, no other process waits behind this one.
pub(super) fn new_block(size: i64, node: i64) -> String {
    format!(
        "WITH own AS MATERIALIZED (SELECT id FROM node WHERE id = {node} FOR UPDATE),
        block AS (UPDATE id_block SET next = next + {size} FROM own WHERE id_block.id = 1 RETURNING next)
        UPDATE node SET ids_from = block.next - {size} FROM block WHERE node.id = {node} RETURNING block.next"
    )
}

/// The next number that is in no block.
pub(super) const NEXT: &str = "SELECT next FROM id_block WHERE id = 1";

/// The number below which all rows are there: no process gives a lower one. A process that takes a block after this read takes it from `next` on.
pub(super) const COMPLETE: &str =
    "SELECT least(b.next, (SELECT min(n.ids_from) FROM node AS n)) FROM id_block AS b WHERE b.id = 1";

/// The processes that are not parked, each with the number from which on it gives numbers.
pub(super) fn working() -> String {
    format!("SELECT id, ids_from FROM node WHERE ids_from <> {PARKED} ORDER BY id")
}

/// Parks the process `$1`, unless it has taken another block than the one from `$2` on.
pub(super) fn park() -> String {
    format!("UPDATE node SET ids_from = {PARKED} WHERE id = $1 AND ids_from = $2")
}
