//! Settling a slice of a cycle.
//!
//! Shape: the cycle's next orders + their accounts → each order is settled, returned or stuck.
//! Each slice is one commit: after a crash the next slice begins where the last commit ended.
//! An order whose network has not answered yet is settled, too: it is in the cycle because the network took it (second-edition.md 2.3).
//! Absent: orders of other cycles, and orders that are in none.

use std::sync::Arc;

use ledger::{AccountId, AccountKind, Refusal as Ledger, Rial, Step};

use super::progress::Progress;
use crate::booking::{apply, apply_or_suspend, capture_steps, ensure, free_steps, takes_credits};
use crate::view::{Alarm, Find, Keys, View};
use crate::{
    BookingRefusal, Cycle, CycleId, CycleUnknown, FEE_INCOME, Hold, Now, Order, OrderState, Return, SETTLE_SLICE,
    SUSPENSE, Text, clearing, nostro,
};

/// The reason of a return whose destination was closed before the settlement.
const DESTINATION_CLOSED: &str = "حساب مقصد بسته یا مسدود است";

/// Settles the next slice of a cycle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SettleCycle {
    pub(crate) cycle: CycleId,
}

impl SettleCycle {
    pub(crate) fn keys(self, keys: &mut Keys) {
        keys.cycles.push(self.cycle);
        keys.finds.push(Find::ToSettle(self.cycle));
        keys.accounts.extend([self.cycle.clearing(), FEE_INCOME, SUSPENSE]);
        keys.accounts.extend(self.cycle.bank().map(nostro));
    }

    pub(crate) fn more_keys(self, view: &View, keys: &mut Keys) {
        for order in self.orders(view) {
            keys.accounts.push(order.source);
            keys.accounts.extend(order.destination);
            if let Some(hold) = order.state.hold() {
                keys.pendings.push(hold.amount);
                keys.pendings.extend(hold.fee);
                keys.accounts.push(clearing(order.bank));
            }
        }
    }

    fn orders(self, view: &View) -> Vec<Arc<Order>> {
        let found = view.found.get(&Find::ToSettle(self.cycle)).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|key| view.orders.get(key).map(Arc::clone)).collect()
    }

    pub(crate) fn decide(self, view: &mut View, now: &Now) -> Result<Progress, CycleUnknown> {
        let mut cycle = **view.cycles.get(&self.cycle).ok_or(CycleUnknown)?;
        // The closing job has not run or has failed. A cycle that settles accepts no more orders.
        cycle.closed_at_ms.get_or_insert(now.at_ms);
        let orders = self.orders(view);
        ensure(view, nostro_of(&cycle)?, AccountKind::Nostro);
        for order in &orders {
            if let Some(hold) = waits(&order.state) {
                let settled = match view.attempt(|view| settle(order, &cycle, view, now)) {
                    Ok(settled) => settled,
                    // The order can neither settle nor return: an operator decides it, and the cycle goes on.
                    Err(why) => {
                        let why = Text::from(format!("{why:?}"));
                        view.alarms.push(Alarm::OrderStuck(order.id, Text::clone(&why)));
                        Order { state: OrderState::Stuck(hold, why), ..Order::clone(order) }
                    }
                };
                cycle.settled += i64::from(matches!(settled.state, OrderState::Settled));
                cycle.returned += i64::from(matches!(settled.state, OrderState::Returned(_)));
                view.orders.put(order.key.clone(), settled);
            }
            cycle.settled_to = (order.source, order.id);
        }
        let progress = if orders.len() < SETTLE_SLICE { Progress::Done } else { Progress::More };
        if progress == Progress::Done {
            cycle.settled_at_ms = Some(now.at_ms);
        }
        view.cycles.put(self.cycle, cycle);
        Ok(progress)
    }
}

/// The hold of an order that waits for its cycle; `None`: the order does not wait.
fn waits(state: &OrderState) -> Option<Option<Hold>> {
    match state {
        OrderState::Queued(hold) => Some(*hold),
        OrderState::Pending(hold) | OrderState::Unknown(hold) => Some(Some(*hold)),
        OrderState::Refused
        | OrderState::HeldOnFloat(_)
        | OrderState::Booked(_)
        | OrderState::Settled
        | OrderState::Returned(_)
        | OrderState::Stuck(..) => None,
    }
}

fn nostro_of(cycle: &Cycle) -> Result<AccountId, CycleUnknown> {
    cycle.id.bank().map(nostro).ok_or(CycleUnknown)
}

fn settle(order: &Order, cycle: &Cycle, view: &mut View, now: &Now) -> Result<Order, BookingRefusal> {
    let waiting = cycle.id.clearing();
    let to = order.destination.unwrap_or(nostro(order.bank));
    let onwards = Step::Post { debit: waiting, credit: to, amount: order.amount };
    let mut steps = match order.state.hold() {
        Some(hold) => capture_steps(view, order, hold, waiting),
        None => Vec::new(),
    };
    steps.push(onwards);
    if takes_credits(view, to) {
        match apply(view, &steps, now, order.id) {
            Ok(_) => return Ok(Order { state: OrderState::Settled, ..order.clone() }),
            // The destination cannot take the amount, or the hold is gone: the order is returned.
            Err(
                Ledger::Overflow
                | Ledger::CreditAccountNotFound
                | Ledger::CreditAccountClosed
                | Ledger::ExceedsDebits
                | Ledger::PendingNotFound
                | Ledger::PendingAlreadyVoided
                | Ledger::PendingAlreadyExpired,
            ) => {}
            Err(why) => return Err(why.into()),
        }
    }
    return_to_source(order, waiting, view, now)
}

/// Returns an order to its source: posts back what was taken, or releases what is held.
fn return_to_source(order: &Order, waiting: AccountId, view: &mut View, now: &Now) -> Result<Order, BookingRefusal> {
    // Taken before the transfers' numbers: a store counts on from the greatest number in its rows, and this one is in no key.
    let ref_code = crate::transfer::numbers::ref_code(now, view.ids.take());
    let (to, fee) = match order.state.hold() {
        Some(hold) => {
            match apply(view, &free_steps(hold), now, order.id) {
                // If the hold is gone, there is nothing to release.
                Ok(_) | Err(Ledger::PendingNotFound | Ledger::PendingAlreadyVoided | Ledger::PendingAlreadyExpired) => {
                }
                Err(why) => return Err(why.into()),
            }
            (order.source, Rial::ZERO)
        }
        None => {
            let back = |_: &View, credit| vec![Step::Post { debit: waiting, credit, amount: order.amount }];
            (apply_or_suspend(view, now, order.id, order.source, back)?.0, order.fee)
        }
    };
    let state = OrderState::Returned(Return { ref_code, reason: Text::from(DESTINATION_CLOSED), to });
    Ok(Order { state, fee, ..order.clone() })
}
