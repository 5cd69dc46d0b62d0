//! The horizon of the hash chains: the number below which no row will be added any more.
//!
//! Each process gives numbers from a block of its own, and its row in `node` says from which number on (`ids_from`). Sealing parks the processes: it
//! waits for the batch of each, which locks that row, and takes the rest of its block away. A parked process takes a new block before its next batch,
//! which begins at the horizon or above. A process whose row cannot be locked in time keeps its block, and the horizon stays below it.

/// The value of `ids_from` of a process that has to take a block first.
const PARKED: i64 = i64::MAX;

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

/// The processes that are not parked, each with the number from which on it gives numbers.
pub(super) fn working() -> String {
    format!("SELECT id, ids_from FROM node WHERE ids_from <> {PARKED} ORDER BY id")
}

/// Parks the process `$1`, unless it has taken another block than the one from `$2` on.
pub(super) fn park() -> String {
    format!("UPDATE node SET ids_from = {PARKED} WHERE id = $1 AND ids_from = $2")
}
