//! What a grant lets its client order: how much at a time, and how often in a Jalali month (finnotech.md 1.4, steps 15 and 16).
//!
//! An order counts from its acceptance, also while it is undecided; one that is refused, at once or later, does not count.

use ledger::Rial;

use crate::view::View;
use crate::{Grant, GrantMonth, GrantMonthKey, NotAccepted, Now, Order};

/// The month that an order of a grant would count in; `None`: it has no limit.
pub(crate) fn month(grant: &Grant, now: &Now) -> Option<GrantMonthKey> {
    (grant.monthly_count > 0).then(|| GrantMonthKey { grant: grant.id, month: now.date.year_month() })
}

/// The month that an order counted in.
pub(crate) fn month_of(order: &Order) -> Option<GrantMonthKey> {
    Now::at(order.at_ms).map(|at| GrantMonthKey { grant: order.grant, month: at.date.year_month() })
}

/// Whether an order of this amount is within its grant's limits.
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

/// An order was accepted.
pub(crate) fn count(grant: &Grant, view: &mut View, now: &Now) {
    if let Some(key) = month(grant, now) {
        let orders = counted(key, view) + 1;
        view.grant_months.put(key, GrantMonth { key, orders });
    }
}

/// An order that was accepted is refused after all.
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
