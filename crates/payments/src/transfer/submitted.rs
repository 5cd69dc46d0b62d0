//! The result of submitting an order.

use std::sync::Arc;

use crate::{Job, Measured, NotAccepted, Order};

/// The result of submitting an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Submitted {
    /// The order is accepted and written; the bank may have refused it.
    Ordered(Arc<Order>),
    /// The order is accepted and written, with its money held; the process that holds this job submits it to its network.
    ToNetwork(Arc<Order>, Job),
    /// An order of this client already has the trackId; nothing was done.
    Duplicate(Arc<Order>),
}

impl Submitted {
    /// How a submission counts as a payment.
    pub(crate) fn measure(result: &Result<Self, NotAccepted>) -> Option<Measured> {
        match result {
            Ok(Self::Ordered(order)) => Some(Measured::of_order(order)),
            // The report of its submission counts it.
            Ok(Self::ToNetwork(..)) => None,
            Ok(Self::Duplicate(_)) => None,
            Err(_) => Some(Measured::DECLINED),
        }
    }
}
