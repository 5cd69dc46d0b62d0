//! The row of an order's submission to a network.

use schema::{codes, table};

use crate::{OrderId, Resolution, Text};

codes!(Resolution = "submission" { 1 => Resolution::Done, 2 => Resolution::Failed, });

/// What settles a paya order that is submitted to a network.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Settlement {
    /// A cycle of this house carries it from its acceptance on, whatever the network answers and when (second-edition.md 2.3).
    InCycle,
    /// A cycle of this house, if the network says "done" while that cycle takes orders.
    WhenDone,
    /// The network itself: what is done is booked against nostro, and no cycle of this house has it.
    ByNetwork,
}

codes!(Settlement = "submission" { 1 => Settlement::InCycle, 2 => Settlement::WhenDone, 3 => Settlement::ByNetwork, });

/// What a network is asked to do, and what it has said so far. It is written with its order, and kept with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submission {
    /// The order.
    pub order: OrderId,
    /// What the network knows the order by.
    pub reference: Text,
    /// What settles a paya order.
    pub settlement: Settlement,
    /// When the order was accepted, in milliseconds of Unix time.
    pub at_ms: i64,
    /// When the network's first response was noted, in milliseconds of Unix time; `None`: it may not have been asked.
    pub answered_at_ms: Option<i64>,
    /// How often it was inquired.
    pub inquiries: i64,
    /// What the network has said of the outcome, whether the order was decided so or not.
    pub said: Option<Resolution>,
    /// The network's own number of what it did.
    pub network_reference: Option<Text>,
}

table! {
    Submission = "submission",
    key |k: OrderId| { order_id: *k },
    of |r| r.order,
    row |r| {
        order_id: r.order, reference: r.reference, settlement: r.settlement, at_ms: r.at_ms,
        answered_at_ms: r.answered_at_ms, inquiries: r.inquiries, said: r.said, network_reference: r.network_reference,
    },
    for_life { reference, settlement, at_ms },
    make Submission {
        order: order_id, reference, settlement, at_ms, answered_at_ms, inquiries, said, network_reference,
    }
}
