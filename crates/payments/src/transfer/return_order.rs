//! Returns: money of an executed order comes back from the network, booked as new transfers that are linked to the order.

use std::sync::Arc;

use ledger::{AccountKind, Step};

use crate::booking::{apply_or_suspend, ensure};
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, BookingRefusal, Command, OperatorCommand, Order, OrderRef, OrderState, Return, Route, SUSPENSE,
    Text, nostro,
};

/// Why an order is not returned, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReturnRefusal {
    /// There is no such order.
    OrderUnknown,
    /// The order is neither a booked satna order nor a settled paya order.
    NothingToReturn,
    /// The destination account does not cover the amount, or cannot be debited.
    DestinationDoesNotCover,
    /// A sum of one of the accounts would overflow.
    AmountDoesNotFit,
}

/// Returns the money of a settled paya order or a booked satna order to its source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnOrder {
    /// The order.
    pub order: OrderRef,
    /// The reason, in the network's words.
    pub reason: Text,
}

impl Command for ReturnOrder {
    type Done = Arc<Order>;
    type Refusal = ReturnRefusal;
    const NAME: &'static str = "ReturnOrder";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        self.order.keys(keys);
        keys.accounts.push(SUSPENSE);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        if let Some(order) = self.order.order(view) {
            keys.accounts.extend([order.source, nostro(order.bank)]);
            keys.accounts.extend(order.destination);
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Arc<Order>, Denial<ReturnRefusal>> {
        let order = Arc::clone(self.order.order(view).ok_or(ReturnRefusal::OrderUnknown)?);
        let left = match (order.route, &order.state) {
            (Route::Paya, OrderState::Settled) | (Route::Satna, OrderState::Booked(_)) => true,
            (Route::Internal | Route::Card | Route::Paya | Route::Satna, _) => false,
        };
        if !left {
            return Err(ReturnRefusal::NothingToReturn.into());
        }
        let from = order.destination.unwrap_or(nostro(order.bank));
        ensure(view, nostro(order.bank), AccountKind::Nostro);
        // Only the money is checked here. The ledger refuses a destination that takes no debits, and the refusal is the same.
        let covered = view
            .books
            .account(from)
            .is_some_and(|account| account.kind == AccountKind::Nostro || account.available() >= order.amount);
        if !covered {
            return Err(ReturnRefusal::DestinationDoesNotCover.into());
        }
        // Taken before the transfers' numbers: a store counts on from the greatest number in its rows, and this one is in no key.
        let ref_code = crate::transfer::numbers::ref_code(now, view.ids.take());
        let chain = |_: &View, credit| vec![Step::Post { debit: from, credit, amount: order.amount }];
        let back = apply_or_suspend(view, now, order.id, order.source, chain);
        let (to, _) = back.map_err(|why| match why {
            BookingRefusal::InsufficientFunds | BookingRefusal::AccountNotUsable => {
                ReturnRefusal::DestinationDoesNotCover
            }
            BookingRefusal::AmountDoesNotFit => ReturnRefusal::AmountDoesNotFit,
        })?;
        let state = OrderState::Returned(Return { ref_code, reason: Text::clone(&self.reason), to });
        let returned = Arc::new(Order { state, ..Order::clone(&order) });
        view.orders.put(order.key.clone(), Arc::clone(&returned));
        Ok(returned)
    }
}

impl OperatorCommand for ReturnOrder {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("return", &self.order.to_string(), &self.reason)
    }
}
