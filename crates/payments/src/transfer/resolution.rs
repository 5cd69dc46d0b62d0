//! What an undecided order is decided to be, as commands, jobs and proposals carry it.

use crate::OrderRef;

/// How an order ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resolution {
    /// The money goes where it should.
    Done,
    /// It stays, or comes back.
    Failed,
}

/// Decides an undecided order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolveOrder {
    /// Which.
    pub order: OrderRef,
    /// How.
    pub verdict: Resolution,
}
