//! Look-ups of orders other than by client and trackId.

use crate::{CycleId, OrderId};

/// A look-up of orders other than by client and trackId.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Find {
    /// The order with this number.
    Numbered(OrderId),
    /// The next orders of a cycle to settle: at most [`crate::SETTLE_SLICE`], by source account and number, after [`crate::Cycle::settled_to`].
    ToSettle(CycleId),
}
