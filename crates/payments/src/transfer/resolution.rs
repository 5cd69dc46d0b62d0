//! The resolution of an undecided order, as commands, jobs and proposals have it.

use crate::OrderRef;

/// The resolution of an order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resolution {
    /// The money goes to its destination.
    Done,
    /// The money stays on its source, or goes back to it.
    Failed,
}

/// Decides an undecided order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolveOrder {
    /// The order.
    pub order: OrderRef,
    /// The resolution.
    pub resolution: Resolution,
}
