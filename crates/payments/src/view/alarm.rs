//! What an operator has to hear of.

use crate::{CardAttemptId, OrderId, Text};

/// What an operator has to hear of as soon as it is true.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Alarm {
    /// An order can go neither on nor back, for this reason.
    OrderStuck(OrderId, Text),
    /// A report says otherwise than an order was decided.
    ContradictingReport(OrderId, Text),
    /// A report says otherwise than a payment by a card of another bank was decided.
    ContradictingAuthorization(CardAttemptId, Text),
}
