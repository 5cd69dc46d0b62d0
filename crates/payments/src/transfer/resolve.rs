//! Deciding an order that is pending or unknown, by an inquiry, a network's report or an operator.
//!
//! Shape: `ResolveOrder` + the order and its hold → the money is booked to its destination, or released to the source.
//! A paya order settles with the cycle in which it was accepted, or not at all. Once that cycle is closed, a resolution that contradicts its file and
//! `payas` is refused (second-edition.md 2.3).
//! A decided order is always booked: a hold is captured even if its account was closed since, and money whose destination was closed since goes to
//! suspense (finnotech.md 3.1).

use std::sync::Arc;

use ledger::{AccountKind, Rial, Step};

use super::joining::join;
use super::{grant_limits, joining};
use crate::bon_card::totals;
use crate::booking::{apply, apply_or_suspend, capture_steps, ensure, free_steps};
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, BookingRefusal, Command, CycleId, FEE_INCOME, FirstAnswer, Hold, Now, OperatorCommand, Order,
    OrderState, PayaCycle, Resolution, ResolveOrder, Return, Route, Rules, SUSPENSE, Settlement, Status, Text,
    clearing, nostro,
};

/// The reason of a return that an operator decided.
const BY_OPERATOR: &str = "برگشت توسط بانک";

/// Why an order is not decided by a command, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResolveRefusal {
    /// There is no such order.
    OrderUnknown,
    /// The order is already decided.
    OrderDecided,
    /// The order's closed cycle has taken it, so it cannot fail.
    TakenByCycle,
    /// The order's closed cycle has left it out, so it cannot be done.
    LeftOutOfCycle,
    /// No paya cycle accepts orders at this hour.
    ServiceClosed,
    /// The cycle was closed before the decision. The same command may be tried again.
    CycleClosed,
    /// The ledger refuses the steps.
    NotBooked(BookingRefusal),
}

impl From<BookingRefusal> for ResolveRefusal {
    fn from(why: BookingRefusal) -> Self {
        Self::NotBooked(why)
    }
}

impl ResolveOrder {
    /// Checks that the order exists and is undecided, and that the resolution does not contradict what a closed cycle's file or `payas` has shown.
    pub(crate) fn check(&self, view: &View) -> Result<(), ResolveRefusal> {
        let order = self.order.order(view).ok_or(ResolveRefusal::OrderUnknown)?;
        match &order.state {
            OrderState::Pending(_) | OrderState::Unknown(_) if self.resolution == Resolution::Failed => {
                let is_closed = |cycle| view.cycles.get(&cycle).is_none_or(|cycle| !cycle.is_gathering());
                if order.cycle.is_some_and(is_closed) { Err(ResolveRefusal::TakenByCycle) } else { Ok(()) }
            }
            OrderState::Pending(_) | OrderState::Unknown(_) | OrderState::HeldOnFloat(_) | OrderState::Stuck(..) => {
                Ok(())
            }
            // The cycle settled it before the network answered.
            OrderState::Settled if matches!(order.first, FirstAnswer::Pending | FirstAnswer::Unknown) => {
                match self.resolution {
                    Resolution::Done => Ok(()),
                    Resolution::Failed => Err(ResolveRefusal::TakenByCycle),
                }
            }
            OrderState::Refused
            | OrderState::Booked(_)
            | OrderState::Queued(_)
            | OrderState::Settled
            | OrderState::Returned(_) => Err(ResolveRefusal::OrderDecided),
        }
    }

    /// Decides the order. Returns it as decided.
    pub(crate) fn resolve(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Arc<Order>, ResolveRefusal> {
        self.check(view)?;
        let order = Arc::clone(self.order.order(view).ok_or(ResolveRefusal::OrderUnknown)?);
        let decided = match (&order.state, self.resolution) {
            (OrderState::Pending(hold) | OrderState::Unknown(hold), Resolution::Done) => match order.route {
                Route::Paya if !is_settled_by_network(&order, view) => queue_held(&order, *hold, view, now, rules)?,
                Route::Paya | Route::Internal | Route::Satna | Route::Card => {
                    let to = order.destination.unwrap_or(nostro(order.bank));
                    ensure(view, nostro(order.bank), AccountKind::Nostro);
                    let chain = |view: &View, to| capture_steps(view, &order, *hold, to);
                    let (_, first) = apply_or_suspend(view, now, order.id, to, chain)?;
                    Order { state: OrderState::Booked(first), ..Order::clone(&order) }
                }
            },
            (OrderState::Pending(hold) | OrderState::Unknown(hold), Resolution::Failed) => {
                apply(view, &free_steps(*hold), now, order.id).map_err(BookingRefusal::from)?;
                if order.route == Route::Card {
                    totals::uncount(&order, view);
                }
                Order { state: OrderState::Refused, fee: Rial::ZERO, cycle: None, ..Order::clone(&order) }
            }
            // The settlement has already booked this resolution.
            (OrderState::Settled, _) => return Ok(order),
            (OrderState::HeldOnFloat(first), resolution) => {
                let float = order.through.ok_or(ResolveRefusal::NotBooked(BookingRefusal::AccountNotUsable))?;
                let to = match resolution {
                    Resolution::Done => {
                        order.destination.ok_or(ResolveRefusal::NotBooked(BookingRefusal::AccountNotUsable))?
                    }
                    Resolution::Failed => order.source,
                };
                // Taken before the transfers' numbers: a store counts on from the greatest number in its rows, and this one is in no key.
                let ref_code = crate::transfer::numbers::ref_code(now, view.ids.take());
                let chain = |_: &View, credit| vec![Step::Post { debit: float, credit, amount: order.amount }];
                let (to, _) = apply_or_suspend(view, now, order.id, to, chain)?;
                let state = match resolution {
                    Resolution::Done => OrderState::Booked(*first),
                    Resolution::Failed => {
                        totals::uncount(&order, view);
                        OrderState::Returned(Return { ref_code, reason: Text::from(CHARGE_FAILED), to })
                    }
                };
                Order { state, ..Order::clone(&order) }
            }
            (OrderState::Stuck(hold, _), resolution) => unstick(&order, *hold, resolution, view, now)?,
            (OrderState::Refused | OrderState::Booked(_) | OrderState::Queued(_) | OrderState::Returned(_), _) => {
                return Err(ResolveRefusal::OrderDecided);
            }
        };
        if decided.state.status() == Status::Failed {
            grant_limits::uncount(&decided, view);
        }
        let decided = Arc::new(decided);
        view.orders.put(order.key.clone(), Arc::clone(&decided));
        Ok(decided)
    }
}

impl Command for ResolveOrder {
    type Done = Arc<Order>;
    type Refusal = ResolveRefusal;
    const NAME: &'static str = "ResolveOrder";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        self.order.keys(keys);
        keys.accounts.extend([FEE_INCOME, SUSPENSE]);
    }

    fn more_keys(&self, view: &View, At { now, rules, .. }: At<'_>, keys: &mut Keys) {
        let Some(order) = self.order.order(view) else { return };
        keys.accounts.extend([order.source, clearing(order.bank), nostro(order.bank)]);
        keys.grant_months.extend(grant_limits::month_of(order));
        keys.accounts.extend(order.destination.into_iter().chain(order.through));
        if let Some(hold) = order.state.hold() {
            keys.pendings.push(hold.amount);
            keys.pendings.extend(hold.fee);
        }
        keys.accounts.extend(order.cycle.map(CycleId::clearing));
        keys.cycles.extend(order.cycle);
        keys.submissions.push(order.id);
        if order.route == Route::Paya
            && let Some(cycle) = rules.paya_cycle(order.bank, now)
        {
            joining::keys_of(order.bank, &cycle, now, rules, keys);
        }
        if order.route == Route::Card {
            totals::totals_of(order, keys);
        }
    }

    fn decide(&self, view: &mut View, At { now, rules, .. }: At<'_>) -> Result<Arc<Order>, Denial<ResolveRefusal>> {
        Ok(self.resolve(view, now, rules)?)
    }
}

impl OperatorCommand for ResolveOrder {
    fn entry(&self) -> AuditEntry {
        let resolution = match self.resolution {
            Resolution::Done => "done",
            Resolution::Failed => "failed",
        };
        AuditEntry::new("resolve", &self.order.to_string(), resolution)
    }
}

/// Books a stuck order as an operator decides: on to its destination, or back to its source.
fn unstick(
    order: &Order,
    hold: Option<Hold>,
    resolution: Resolution,
    view: &mut View,
    now: &Now,
) -> Result<Order, BookingRefusal> {
    let waiting = order.cycle.map(CycleId::clearing).ok_or(BookingRefusal::AccountNotUsable)?;
    let chain = |view: &View, to| match hold {
        Some(hold) => capture_steps(view, order, hold, to),
        None => vec![Step::Post { debit: waiting, credit: to, amount: order.amount }],
    };
    // Taken before the transfers' numbers: a store counts on from the greatest number in its rows, and this one is in no key.
    let ref_code = crate::transfer::numbers::ref_code(now, view.ids.take());
    match resolution {
        Resolution::Done => {
            let to = order.destination.unwrap_or(nostro(order.bank));
            ensure(view, nostro(order.bank), AccountKind::Nostro);
            apply_or_suspend(view, now, order.id, to, chain)?;
            Ok(Order { state: OrderState::Settled, ..order.clone() })
        }
        Resolution::Failed => {
            let (to, fee) = match hold {
                Some(hold) => {
                    apply(view, &free_steps(hold), now, order.id)?;
                    (order.source, Rial::ZERO)
                }
                None => (apply_or_suspend(view, now, order.id, order.source, chain)?.0, order.fee),
            };
            let state = OrderState::Returned(Return { ref_code, reason: Text::from(BY_OPERATOR), to });
            Ok(Order { state, fee, ..order.clone() })
        }
    }
}

/// Whether a response contradicts the state of a decided order.
pub(crate) fn contradicts(state: &OrderState, reported: Resolution) -> bool {
    match (state, reported) {
        (OrderState::Refused, Resolution::Done)
        | (OrderState::Booked(_) | OrderState::Queued(_) | OrderState::Settled, Resolution::Failed) => true,
        (OrderState::Refused | OrderState::Returned(_), _)
        | (OrderState::Booked(_) | OrderState::Queued(_) | OrderState::Settled, Resolution::Done)
        | (OrderState::Pending(_) | OrderState::Unknown(_) | OrderState::HeldOnFloat(_) | OrderState::Stuck(..), _) => {
            false
        }
    }
}

/// Whether the network settles the order, so that no cycle of this house does.
fn is_settled_by_network(order: &Order, view: &View) -> bool {
    view.submissions.get(&order.id).is_some_and(|submission| submission.settlement == Settlement::ByNetwork)
}

/// Queues a held paya order that its network has done: the order is in the cycle of its acceptance already, or joins it while it accepts orders.
pub(super) fn queue_held(
    order: &Order,
    hold: Hold,
    view: &mut View,
    now: &Now,
    rules: &Rules,
) -> Result<Order, ResolveRefusal> {
    let id = match order.cycle {
        Some(id) => id,
        None => join(order.bank, &still_open(order, view, now, rules)?, view),
    };
    let held = if rules.holds_until_settlement(order.bank) {
        Some(hold)
    } else {
        let steps = capture_steps(view, order, hold, id.clearing());
        apply(view, &steps, now, order.id).map_err(BookingRefusal::from)?;
        None
    };
    Ok(Order { state: OrderState::Queued(held), cycle: Some(id), left_out_of: None, ..order.clone() })
}

/// The cycle that an order which was left out joins: the one it was left out of, if that is still open. An order older than `left_out_of` joins the
/// next open cycle.
fn still_open(order: &Order, view: &View, now: &Now, rules: &Rules) -> Result<PayaCycle, ResolveRefusal> {
    let next = rules.paya_cycle(order.bank, now).map(|cycle| joining::open_one(order.bank, cycle, view, rules));
    let id = |cycle: &PayaCycle| CycleId::of(order.bank, cycle);
    if let Some(own) = order.left_out_of
        && next.as_ref().map(id) != Some(own)
    {
        return Err(ResolveRefusal::LeftOutOfCycle);
    }
    let next = next.ok_or(ResolveRefusal::ServiceClosed)?;
    let is_gathering = view.cycles.get(&id(&next)).is_none_or(|known| known.is_gathering());
    if is_gathering { Ok(next) } else { Err(ResolveRefusal::CycleClosed) }
}

/// The reason of the return of a failed charge.
pub(crate) const CHARGE_FAILED: &str = "شارژ کارت ناموفق بود";
