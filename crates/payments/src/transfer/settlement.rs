//! What settles a paya order that is submitted to a network.

use schema::codes;

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
