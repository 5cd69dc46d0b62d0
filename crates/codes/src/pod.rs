//! What POD says of payments, where more than its services say it (pod.md 1.6).

use payments::{CardSlip, Means, Payment, PosSlip};
use wire::pod::invoice::{BY_CARD, BY_POS, BY_WALLET};

/// What is wrong with an invoice whose payment, credit and pledge do not fit together.
pub const UNSOUND_INVOICE: &str = "invoice: what was received does not fit its payment";

/// The code of the tool that paid.
pub fn tool(payment: &Payment) -> Option<&'static str> {
    match payment.means {
        Means::Wallet => Some(BY_WALLET),
        Means::Card(_) => Some(BY_CARD),
        Means::Pos(_) => Some(BY_POS),
        Means::Guild | Means::Invoice(_) | Means::Outside => None,
    }
}

/// A number that older payments did not keep.
pub fn kept(number: &str) -> Option<&str> {
    Some(number).filter(|number| !number.is_empty())
}

/// What a card has left behind.
pub fn slip(payment: &Payment) -> Option<&CardSlip> {
    match &payment.means {
        Means::Card(slip) => Some(slip),
        _ => None,
    }
}

/// What a terminal has left behind.
pub fn pos(payment: &Payment) -> Option<&PosSlip> {
    match &payment.means {
        Means::Pos(slip) => Some(slip),
        _ => None,
    }
}
