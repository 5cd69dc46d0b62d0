//! Cycles of the paya network, a row for each bank's part in one.
//!
//! ```text
//! (first order) ──► gathering ──(cut-off and grace: a job)──► closed ──(settle time: a job)──► settling ──► settled
//! ```
//! Closing is a commit of its own on the cycle's row, which every order that joins locks: what was committed before is in the cycle and in
//! its file, and an order that comes after takes the next cycle, whatever its clock says. Nothing of an order that a file shows changes, so that
//! all reads of a closed cycle see the same: that goes for an order whose network has not answered, too, which is in the cycle, or left out of
//! it, for good when it closes.
//! A cycle settles in slices, each a commit: the cycle's row remembers how far it is, and its job stays due until the last slice.

use ledger::AccountId;
use schema::table;

use crate::{Bank, CycleId, Digest, OrderId, PayaCycle};

/// How long after its cut-off a cycle is closed, in milliseconds: as far as the clocks of two processes may be apart, and orders that one of
/// them still accepts before the cut-off are in.
pub const CLOSE_GRACE_MS: i64 = 10_000;

/// Orders of a slice: what a commit does in well under the time that anybody notices.
pub const SETTLE_SLICE: usize = 500;

/// A bank's part in a cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// Which.
    pub id: CycleId,
    /// Orders accepted before this instant are in it, in milliseconds of Unix time.
    pub cutoff_ms: i64,
    /// When it settles, in milliseconds of Unix time.
    pub settle_ms: i64,
    /// How far it has settled: the last order, by source account and number; zeros: not begun.
    pub settled_to: (AccountId, OrderId),
    /// Orders that it has brought to their destinations.
    pub settled: i64,
    /// Orders that it has brought back.
    pub returned: i64,
    /// When its last order was done, in milliseconds of Unix time.
    pub settled_at_ms: Option<i64>,
    /// Since when it takes no orders, in milliseconds of Unix time.
    pub closed_at_ms: Option<i64>,
    /// The file of all its orders, once it was made.
    pub file: Option<FileMark>,
    /// The file of those whose destinations are not here, once it was made.
    pub leaving: Option<FileMark>,
}

/// What a group file is known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileMark {
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its orders.
    pub orders: i64,
    /// Their sum in rials.
    pub sum: i64,
}

/// Which orders of a cycle a file has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FileOrders {
    /// All of them.
    All,
    /// Those whose destinations are not here.
    Leaving,
}

impl Cycle {
    /// A cycle that nothing has happened in.
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

    /// Whether it takes orders.
    pub fn is_gathering(&self) -> bool {
        self.closed_at_ms.is_none()
    }

    /// Whether some of its orders are settled.
    pub fn is_begun(&self) -> bool {
        self.settled_to.1 != OrderId(0)
    }

    /// What a file of it is known by.
    pub fn mark(&self, which: FileOrders) -> Option<FileMark> {
        match which {
            FileOrders::All => self.file,
            FileOrders::Leaving => self.leaving,
        }
    }
}

/// There is no such cycle, or none in the state that is needed.
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
