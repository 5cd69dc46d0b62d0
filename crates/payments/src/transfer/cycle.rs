//! Cycles of the paya network: one row for each source bank and cycle.
//!
//! ```text
//! (first order) ──► gathering ──(cut-off and grace: a job)──► closed ──(settle time: a job)──► settling ──► settled
//! ```
//! Closing is a separate commit on the cycle's row, which every order that joins the cycle locks. An order that was committed before is in the cycle
//! and in its file. A later order takes the next cycle, even if its process's clock is still before the cut-off. The fields of an order that a file
//! shows do not change after the closing, so all reads of a closed cycle agree. An order whose network has not answered at the closing keeps its
//! place: it stays in the cycle, or stays left out of it.
//! A cycle settles in slices of one commit each: the cycle's row records the last settled order, and the job stays due until the last slice.

use ledger::AccountId;
use schema::table;

use crate::{Bank, CycleId, Digest, OrderId, PayaCycle};

/// How long after its cut-off a cycle is closed, in milliseconds. It covers the difference between the clocks of two processes: an order that one of
/// them still accepts before the cut-off is in the cycle.
pub const CLOSE_GRACE_MS: i64 = 10_000;

/// Orders of one slice. The commit of a slice is short enough not to delay the commands that wait behind it.
pub const SETTLE_SLICE: usize = 500;

/// The part of one source bank in a cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// Bank, day and number of the cycle.
    pub id: CycleId,
    /// The cut-off, in milliseconds of Unix time: orders accepted before it are in the cycle.
    pub cutoff_ms: i64,
    /// The settlement time, in milliseconds of Unix time.
    pub settle_ms: i64,
    /// The last order that the settlement has processed, by source account and number; zeros: the settlement has not begun.
    pub settled_to: (AccountId, OrderId),
    /// The number of orders settled: their money is at their destinations, or has left through nostro.
    pub settled: i64,
    /// The number of orders returned: their money is back at its source, or on suspense if the source takes no credits.
    pub returned: i64,
    /// The time of the last slice, in milliseconds of Unix time; `None`: not settled yet.
    pub settled_at_ms: Option<i64>,
    /// When the cycle was closed, in milliseconds of Unix time; `None`: it still accepts orders.
    pub closed_at_ms: Option<i64>,
    /// The group file of all orders, once it was made.
    pub file: Option<FileMark>,
    /// The group file of the orders whose destinations are not in this ledger, once it was made.
    pub leaving: Option<FileMark>,
}

/// The digest and totals that identify a group file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileMark {
    /// The SHA-256 of the file's bytes.
    pub digest: Digest,
    /// The number of its orders.
    pub orders: i64,
    /// Their sum in rials.
    pub sum: i64,
}

/// Which orders of a cycle a group file has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FileOrders {
    /// All of them.
    All,
    /// Only the orders whose destinations are not in this ledger.
    Leaving,
}

impl Cycle {
    /// A new cycle: open, without settled orders or files.
    pub fn new(bank: Bank, cycle: &PayaCycle) -> Self {
        Self {
            id: CycleId::of(bank, cycle),
            cutoff_ms: cycle.cutoff_ms,
            settle_ms: cycle.settle_ms,
            settled_to: (AccountId(0), OrderId(0)),
            settled: 0,
            returned: 0,
            settled_at_ms: None,
            closed_at_ms: None,
            file: None,
            leaving: None,
        }
    }

    /// Whether it accepts orders.
    pub fn is_gathering(&self) -> bool {
        self.closed_at_ms.is_none()
    }

    /// Whether its settlement has begun.
    pub fn is_begun(&self) -> bool {
        self.settled_to.1 != OrderId(0)
    }

    /// The digest and totals of one of its group files, if that was made.
    pub fn mark(&self, which: FileOrders) -> Option<FileMark> {
        match which {
            FileOrders::All => self.file,
            FileOrders::Leaving => self.leaving,
        }
    }
}

/// There is no such cycle, or it is not in the state that the command needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CycleUnknown;

table! {
    Cycle = "paya_cycle",
    key |k: CycleId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, cutoff_ms: r.cutoff_ms, settle_ms: r.settle_ms, settled_source: r.settled_to.0,
        settled_order: r.settled_to.1, settled: r.settled, returned: r.returned, settled_at_ms: r.settled_at_ms,
        closed_at_ms: r.closed_at_ms, file_digest: r.file.map(|mark| mark.digest), file_orders: r.file.map(|mark| mark.orders),
        file_sum: r.file.map(|mark| mark.sum), leaving_digest: r.leaving.map(|mark| mark.digest),
        leaving_orders: r.leaving.map(|mark| mark.orders), leaving_sum: r.leaving.map(|mark| mark.sum),
    },
    make Cycle {
        id, cutoff_ms, settle_ms, settled_to: (settled_source, settled_order), settled, returned, settled_at_ms, closed_at_ms,
        file: file_mark(file_digest, file_orders, file_sum), leaving: file_mark(leaving_digest, leaving_orders, leaving_sum),
    }
}

fn file_mark(digest: Option<Digest>, orders: Option<i64>, sum: Option<i64>) -> Option<FileMark> {
    Some(FileMark { digest: digest?, orders: orders?, sum: sum? })
}
