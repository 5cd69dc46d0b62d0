//! The port to the payment networks: what an order asks of one, and what one says.
//!
//! A network is asked before the decision, outside of any transaction, and its answer comes with the command. The decision uses it
//! only if the order gets that far: an order that is refused for its form, its limits or its money never was at the network.

use std::fmt::Debug;

use ledger::Rial;

use crate::{ChargeCode, OrderKey, OrderRefusal, Verdict};

/// What an order asks of a network.
#[derive(Clone, Copy, Debug)]
pub struct Handover<'a> {
    /// The client and its trackId.
    pub key: &'a OrderKey,
    /// How much.
    pub amount: Rial,
    /// The destination as the caller wrote it; nothing of a card.
    pub destination: &'a str,
}

/// What became of an order at its network, and when that is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Later {
    /// How long after the acceptance the network says so, in milliseconds; `None`: it never does.
    pub after_ms: Option<i64>,
    /// What is true from the acceptance on.
    pub verdict: Verdict,
}

/// What a network says when an order is handed over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RailAnswer {
    /// It takes it.
    Done,
    /// It has not answered yet.
    Pending(Option<Later>),
    /// It did not answer in time.
    Unknown(Option<Later>),
    /// It refuses.
    Refused(OrderRefusal),
    /// A card network's code for a charge.
    Charge(ChargeCode, Option<Later>),
}

/// A payment network.
pub trait Rail: Send + Sync + Debug {
    /// Hands an order over.
    fn hand_over(&self, order: &Handover<'_>) -> RailAnswer;
}
