//! Which cycle a paya order joins, and how the first one brings it.

use ledger::AccountKind;

use crate::booking::ensure;
use crate::ops::job::schedule;
use crate::view::{Keys, View};
use crate::{Bank, CLOSE_GRACE_MS, Cycle, CycleId, JobKind, Now, PayaCycle, Rules};

/// How long before a cut-off an order looks at the next cycle, too, in milliseconds: longer than a batch is tried and clocks are apart.
const NEXT_WITHIN_MS: i64 = 60_000;

/// The keys of the cycles that an order may join which takes `cycle` by its clock: near the cut-off, the next one, too.
pub(crate) fn keys_of(bank: Bank, cycle: &PayaCycle, now: &Now, rules: &Rules, keys: &mut Keys) {
    let near = cycle.cutoff_ms.saturating_sub(now.at_ms) < NEXT_WITHIN_MS;
    let next = if near { rules.paya_cycle_after(bank, cycle) } else { None };
    for cycle in std::iter::once(*cycle).chain(next) {
        let id = CycleId::of(bank, &cycle);
        keys.cycles.push(id);
        keys.accounts.push(id.clearing());
    }
}

/// The cycle that an order joins which takes `cycle` by its clock: the next one, if that is closed.
pub(crate) fn open_one(bank: Bank, cycle: PayaCycle, view: &View, rules: &Rules) -> PayaCycle {
    let is_closed =
        |cycle: &PayaCycle| view.cycles.get(&CycleId::of(bank, cycle)).is_some_and(|known| !known.is_gathering());
    if !is_closed(&cycle) {
        return cycle;
    }
    let next = rules.paya_cycle_after(bank, &cycle);
    next.filter(|next| view.cycles.is_loaded(&CycleId::of(bank, next)) && !is_closed(next)).unwrap_or(cycle)
}

/// Puts an order into a cycle; the first one brings the cycle and the jobs that close and settle it.
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
