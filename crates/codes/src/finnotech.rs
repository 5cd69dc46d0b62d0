//! Refusals of orders, in rows of Finnotech's error table (finnotech.md 1.6).

use ledger::Rial;
use payments::OrderRefusal;
use wire::finnotech::errors::{self as table, Failure};

/// The row of the error table for an order that its bank refuses.
pub fn order_refused(why: OrderRefusal) -> Failure {
    match why {
        OrderRefusal::BelowMinimum(rial) => table::below_minimum(rial.get()),
        OrderRefusal::AboveMaximum(rial) => table::above_maximum(rial.get()),
        OrderRefusal::DestinationNotUsable => table::DESTINATION_INVALID,
        OrderRefusal::InsufficientFunds => table::INSUFFICIENT,
        OrderRefusal::AmountDoesNotFit => table::DOES_NOT_FIT,
    }
}

/// The refusal of an order that reads like this row, if an order can be refused so.
pub fn refusal_of(row: &Failure) -> Option<OrderRefusal> {
    let plain = [OrderRefusal::DestinationNotUsable, OrderRefusal::InsufficientFunds, OrderRefusal::AmountDoesNotFit];
    let bound = |prefix: &str| {
        let number = row.message.strip_prefix(prefix)?.trim_end().strip_suffix(" Rials.")?;
        number.parse().ok().map(Rial::new)
    };
    let bounded = || {
        let below = bound("Minimum amount is ").map(OrderRefusal::BelowMinimum);
        below.or_else(|| bound("Maximum amount is ").map(OrderRefusal::AboveMaximum))
    };
    plain.into_iter().find(|refusal| order_refused(*refusal) == *row).or_else(bounded)
}
