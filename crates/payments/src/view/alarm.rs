//! Conditions that need an operator.

use crate::{CardAttemptId, OrderId, Text};

/// A condition that needs an operator. The engine raises it when the batch is durable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Alarm {
    /// An order could neither settle nor return, for this reason.
    OrderStuck(OrderId, Text),
    /// A response contradicts the decision on an order.
    ContradictingReport(OrderId, Text),
    /// A response contradicts the decision on a payment by another bank's card.
    ContradictingAuthorization(CardAttemptId, Text),
}
