//! What became of an order that was submitted.

use std::sync::Arc;

use crate::{Measured, NotAccepted, Order, Status};

/// What became of an order that was submitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Submitted {
    /// It is accepted and written, whatever its bank says.
    Ordered(Arc<Order>),
    /// An order of this client has the trackId; nothing was done.
    Duplicate(Arc<Order>),
}

impl Submitted {
    /// What it came to as a payment.
    pub(crate) fn measure(result: &Result<Self, NotAccepted>) -> Option<Measured> {
        match result {
            Ok(Self::Ordered(order)) => Some(match order.state.status() {
                Status::Done => Measured::done(order.amount),
                Status::Pending | Status::Unknown => Measured::UNKNOWN,
                Status::Failed => Measured::DECLINED,
            }),
            Ok(Self::Duplicate(_)) => None,
            Err(_) => Some(Measured::DECLINED),
        }
    }
}
