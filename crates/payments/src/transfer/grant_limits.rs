//! The limits of a grant: the largest amount of an order, and the orders in a Jalali month (finnotech.md 1.4, steps 15 and 16).
//!
//! An order counts from its acceptance, even while it is undecided. One that is refused at once, or decided later to have failed, does not count.

use ledger::Rial;

use crate::view::View;
use crate::{Grant, GrantMonth, GrantMonthKey, NotAccepted, Now, Order};

/// The month in which a new order of a grant counts; `None`: the grant has no monthly limit.
pub(crate) fn month(grant: &Grant, now: &Now) -> Option<GrantMonthKey> {
    (grant.monthly_count > 0).then(|| GrantMonthKey { grant: grant.id, month: now.date.year_month() })
}

/// The month in which an existing order was counted.
pub(crate) fn month_of(order: &Order) -> Option<GrantMonthKey> {
    Now::at(order.at_ms).map(|at| GrantMonthKey { grant: order.grant, month: at.date.year_month() })
}

/// Checks that an order of this amount is within its grant's limits.
pub(crate) fn check(grant: &Grant, amount: Rial, view: &View, now: &Now) -> Result<(), NotAccepted> {
    if grant.max_amount.is_positive() && amount > grant.max_amount {
        return Err(NotAccepted::AboveGrantLimit(grant.max_amount));
    }
    match month(grant, now) {
        Some(key) if counted(key, view) >= grant.monthly_count => {
            Err(NotAccepted::MonthlyCountUsedUp(grant.monthly_count))
        }
        _ => Ok(()),
    }
}

/// Counts an accepted order.
pub(crate) fn count(grant: &Grant, view: &mut View, now: &Now) {
    if let Some(key) = month(grant, now) {
        let orders = counted(key, view) + 1;
        view.grant_months.put(key, GrantMonth { key, orders });
    }
}

/// Removes from the count an order that was accepted and then decided to have failed.
pub(crate) fn uncount(order: &Order, view: &mut View) {
    if let Some(key) = month_of(order)
        && let orders @ 1.. = counted(key, view)
    {
        view.grant_months.put(key, GrantMonth { key, orders: orders - 1 });
    }
}

fn counted(key: GrantMonthKey, view: &View) -> i64 {
    view.grant_months.get(&key).map_or(0, |month| month.orders)
}
