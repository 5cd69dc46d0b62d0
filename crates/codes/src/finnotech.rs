//! Refusals of orders as rows of Finnotech's error table (finnotech.md 1.6).

use ledger::Rial;
use payments::OrderRefusal;
use wire::finnotech::errors::{self as table, Failure, Named};

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

/// The refusal of an order that is told by a row, if an order can be refused so.
pub fn refusal_of(named: &Named) -> Option<OrderRefusal> {
    let plain = [OrderRefusal::DestinationNotUsable, OrderRefusal::InsufficientFunds, OrderRefusal::AmountDoesNotFit];
    match named {
        Named::Row(row) => plain.into_iter().find(|refusal| order_refused(*refusal) == *row),
        Named::BelowMinimum(rials) => Some(OrderRefusal::BelowMinimum(Rial::new(*rials))),
        Named::AboveMaximum(rials) => Some(OrderRefusal::AboveMaximum(Rial::new(*rials))),
    }
}
