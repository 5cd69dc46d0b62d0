//! POD's codes for payments, where more than POD's services report them (pod.md 1.6).

use payments::{CardSlip, Means, Payment, PosSlip};
use wire::pod::invoice::{BY_CARD, BY_POS, BY_WALLET};

/// The error text for an invoice whose payment, credit and set-off do not add up.
pub const UNSOUND_INVOICE: &str = "invoice: what was received does not fit its payment";

/// POD's code of the means of payment; `None` where POD has none.
pub fn tool(payment: &Payment) -> Option<&'static str> {
    match payment.means {
        Means::Wallet => Some(BY_WALLET),
        Means::Card(_) => Some(BY_CARD),
        Means::Pos(_) => Some(BY_POS),
        Means::Guild | Means::Invoice(_) | Means::Outside => None,
    }
}

/// A number that older payments were stored without; `None` if it is empty.
pub fn kept(number: &str) -> Option<&str> {
    Some(number).filter(|number| !number.is_empty())
}

/// The data of the card that paid, if a card did.
pub fn slip(payment: &Payment) -> Option<&CardSlip> {
    match &payment.means {
        Means::Card(slip) => Some(slip),
        _ => None,
    }
}

/// The data of the terminal that took the payment, if one did.
pub fn pos(payment: &Payment) -> Option<&PosSlip> {
    match &payment.means {
        Means::Pos(slip) => Some(slip),
        _ => None,
    }
}
