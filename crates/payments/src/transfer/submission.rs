//! The row of an order's submission to a network.

use schema::{codes, table};

use crate::{OrderId, Resolution, Text};

codes!(Resolution = "submission" { 1 => Resolution::Done, 2 => Resolution::Failed, });

/// Which settlement a paya order gets that is submitted to a network.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Settlement {
    /// A cycle of this house settles it from its acceptance on, whenever and however the network answers (second-edition.md 2.3).
    InCycle,
    /// A cycle of this house settles it if the network says "done" while that cycle accepts orders.
    WhenDone,
    /// The network settles it: a done order is booked against nostro, and is in no cycle of this house.
    ByNetwork,
}

codes!(Settlement = "submission" { 1 => Settlement::InCycle, 2 => Settlement::WhenDone, 3 => Settlement::ByNetwork, });

/// The submission of an order to a network, and the network's responses so far. It is written with its order and kept as long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submission {
    /// The order.
    pub order: OrderId,
    /// The reference by which the network knows the order.
    pub reference: Text,
    /// What settles a paya order.
    pub settlement: Settlement,
    /// The time of the order's acceptance, in milliseconds of Unix time.
    pub at_ms: i64,
    /// When the network's first response was recorded, in milliseconds of Unix time; `None`: none was, and the network may not have been asked.
    pub answered_at_ms: Option<i64>,
    /// The number of inquiries made.
    pub inquiries: i64,
    /// What the network has reported about the outcome, even if the order was decided otherwise.
    pub reported: Option<Resolution>,
    /// The network's own number for the executed order.
    pub network_reference: Option<Text>,
}

table! {
    Submission = "submission",
    key |k: OrderId| { order_id: *k },
    of |r| r.order,
    row |r| {
        order_id: r.order, reference: r.reference, settlement: r.settlement, at_ms: r.at_ms,
        answered_at_ms: r.answered_at_ms, inquiries: r.inquiries, said: r.reported,
        network_reference: r.network_reference,
    },
    for_life { reference, settlement, at_ms },
    make Submission {
        order: order_id, reference, settlement, at_ms, answered_at_ms, inquiries, reported: said, network_reference,
    }
}
