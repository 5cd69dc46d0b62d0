//! Money that comes back after it has left: a return of the network, booked as new transfers that are linked to the order.

use std::sync::Arc;

use ledger::{AccountKind, Step};

use super::Wanted;
use crate::booking::{SUSPENSE, apply_or_suspend, ensure, nostro};
use crate::order::Return;
use crate::view::{Keys, View};
use crate::{Now, Order, OrderState, Outcome, Refusal, Route, Text};

/// Brings the money of a settled paya or a booked satna order back to its source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnOrder {
    /// Which.
    pub order: Wanted,
    /// Why, in the network's words.
    pub reason: Text,
}

impl ReturnOrder {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        self.order.keys(keys);
        keys.accounts.push(SUSPENSE);
    }

    pub(crate) fn more_keys(&self, view: &View, keys: &mut Keys) {
        if let Some(order) = self.order.order(view) {
            keys.accounts.extend([order.source, nostro(order.bank)]);
            keys.accounts.extend(order.destination);
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        let order = Arc::clone(self.order.order(view).ok_or(Refusal::OrderUnknown)?);
        let left = match (order.route, &order.state) {
            (Route::Paya, OrderState::Settled) | (Route::Satna, OrderState::Booked(_)) => true,
            (Route::Internal | Route::Card | Route::Paya | Route::Satna, _) => false,
        };
        if !left {
            return Err(Refusal::NothingToReturn);
        }
        let from = order.destination.unwrap_or(nostro(order.bank));
        ensure(view, nostro(order.bank), AccountKind::Nostro);
        // A blocked destination still gives back; only its money must be there.
        let covered = view
            .books
            .account(from)
            .is_some_and(|account| account.kind == AccountKind::Nostro || account.available() >= order.amount);
        if !covered {
            return Err(Refusal::DestinationDoesNotCover);
        }
        // Taken before the transfers' numbers: what a store counts on from is the greatest of its rows.
        let ref_code = super::submit::ref_code(now, view.ids.take());
        let chain = |_: &View, credit| vec![Step::Post { debit: from, credit, amount: order.amount }];
        let (to, _) = match apply_or_suspend(view, now, order.id, order.source, chain) {
            Ok(back) => back,
            Err(Refusal::DestinationNotUsable) => return Err(Refusal::DestinationDoesNotCover),
            Err(refusal) => return Err(refusal),
        };
        let state = OrderState::Returned(Return { ref_code, reason: Text::clone(&self.reason), to });
        let returned = Arc::new(Order { state, ..Order::clone(&order) });
        view.orders.put(order.key.clone(), Arc::clone(&returned));
        Ok(Outcome::Ordered(returned))
    }
}
