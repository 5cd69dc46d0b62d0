//! Orders that are found otherwise than by their keys.

use crate::{CycleId, OrderId};

/// Orders to be found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Find {
    /// The one with a number.
    Numbered(OrderId),
    /// The next of a cycle to settle: at most [`crate::SETTLE_SLICE`], by source account and number, after [`crate::Cycle::settled_to`].
    ToSettle(CycleId),
}
