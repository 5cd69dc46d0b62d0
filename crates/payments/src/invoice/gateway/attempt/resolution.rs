//! What an operator decides about a payment by another bank's card: apart from how it is carried out, so that proposals can hold it.

use crate::{CardAttemptId, Resolution};

/// Decides a payment whose outcome is unknown, by what its network has said outside this server. A later report of the network is compared with this
/// decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResolveCardAttempt {
    /// The payment.
    pub attempt: CardAttemptId,
    /// The decision.
    pub resolution: Resolution,
}
