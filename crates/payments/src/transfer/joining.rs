//! Choosing the cycle that a paya order joins, and writing the cycle's row and jobs with its first order.

use ledger::AccountKind;

use crate::booking::ensure;
use crate::ops::job::schedule;
use crate::view::{Keys, View};
use crate::{Bank, CLOSE_GRACE_MS, Cycle, CycleId, JobKind, Now, PayaCycle, Rules};

/// How long before a cut-off the next cycle is loaded, too, in milliseconds: longer than the retries of a batch and the difference between clocks.
const NEXT_WITHIN_MS: i64 = 60_000;

/// Names the cycles that an order may join: `cycle`, which is current by the clock, and near its cut-off the next one.
pub(crate) fn keys_of(bank: Bank, cycle: &PayaCycle, now: &Now, rules: &Rules, keys: &mut Keys) {
    let near = cycle.cutoff_ms.saturating_sub(now.at_ms) < NEXT_WITHIN_MS;
    let next = if near { rules.paya_cycle_after(bank, cycle) } else { None };
    for cycle in std::iter::once(*cycle).chain(next) {
        let id = CycleId::of(bank, &cycle);
        keys.cycles.push(id);
        keys.accounts.push(id.clearing());
    }
}

/// The cycle that an order joins: `cycle`, which is current by the clock, or the next one if `cycle` is closed and the next one is loaded and open.
pub(crate) fn open_one(bank: Bank, cycle: PayaCycle, view: &View, rules: &Rules) -> PayaCycle {
    let is_closed =
        |cycle: &PayaCycle| view.cycles.get(&CycleId::of(bank, cycle)).is_some_and(|known| !known.is_gathering());
    if !is_closed(&cycle) {
        return cycle;
    }
    let next = rules.paya_cycle_after(bank, &cycle);
    next.filter(|next| view.cycles.is_loaded(&CycleId::of(bank, next)) && !is_closed(next)).unwrap_or(cycle)
}

/// Puts an order into a cycle. The first order writes the cycle's row and the jobs that close and settle it.
pub(super) fn join(bank: Bank, cycle: &PayaCycle, view: &mut View) -> CycleId {
    let id = CycleId::of(bank, cycle);
    ensure(view, id.clearing(), AccountKind::Clearing);
    if view.cycles.get(&id).is_none() {
        view.cycles.put(id, Cycle::new(bank, cycle));
        schedule(view, cycle.settle_ms, JobKind::SettleCycle(id));
        schedule(view, cycle.cutoff_ms.saturating_add(CLOSE_GRACE_MS), JobKind::CloseCycle(id));
    }
    id
}
