//! The port to the network of other banks' cards (second-edition.md 4.7).
//!
//! A network is asked before the decision, and its response comes with the command; the decision uses it where the payment gets to the place of that
//! response among the checks. Its money is owed by the network until its settlement.
//! Absent: a network beyond the process. One that is asked over a wire needs an order that is written before it is asked.

use std::fmt::Debug;

use crate::{Declined, Text};

/// A card of another bank, as its network tells of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkCard {
    /// Where its passwords go: `09` and nine digits.
    pub mobile: Text,
    /// What the network says of a payment with it.
    pub response: CardNetworkResponse,
}

/// What the network says of a payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardNetworkResponse {
    /// The card's issuer takes it.
    Approved,
    /// The card's issuer does not take it, for this reason.
    Declined(Declined),
}

/// The network of other banks' cards.
pub trait CardNetwork: Send + Sync + Debug {
    /// Whether cards of other banks can pay at all.
    fn is_configured(&self) -> bool;

    /// Asks about a card by its number, which is in memory only; `None`: such a card cannot pay.
    fn ask(&self, number: &str) -> Option<NetworkCard>;

    /// The last four digits with which a sandbox's cards are declined, and why; a network beyond the process has none.
    fn endings(&self) -> &'static [(&'static str, Declined)] {
        &[]
    }
}
