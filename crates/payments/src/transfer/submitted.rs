//! What became of an order that was submitted.

use std::sync::Arc;

use crate::{Job, Measured, NotAccepted, Order};

/// What became of an order that was submitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Submitted {
    /// It is accepted and written, whatever its bank says.
    Ordered(Arc<Order>),
    /// It is accepted and written, with its money held; the process that has this job submits it to its network.
    ToNetwork(Arc<Order>, Job),
    /// An order of this client has the trackId; nothing was done.
    Duplicate(Arc<Order>),
}

impl Submitted {
    /// What it came to as a payment.
    pub(crate) fn measure(result: &Result<Self, NotAccepted>) -> Option<Measured> {
        match result {
            Ok(Self::Ordered(order)) => Some(Measured::of_order(order)),
            // The report of its submission is measured.
            Ok(Self::ToNetwork(..)) => None,
            Ok(Self::Duplicate(_)) => None,
            Err(_) => Some(Measured::DECLINED),
        }
    }
}
