//! The job that settles a cycle, one slice of orders per run.

use super::Work;
use crate::ops::job::Fault;
use crate::transfer::{Progress, SettleCycle};
use crate::view::{Keys, View};
use crate::{At, CycleId};

/// See the module.
pub(super) struct SettleCycleWork(pub CycleId);

impl Work for SettleCycleWork {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        SettleCycle { cycle: self.0 }.keys(keys);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        SettleCycle { cycle: self.0 }.more_keys(view, keys);
    }

    fn run(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Progress, Fault> {
        SettleCycle { cycle: self.0 }.decide(view, now).map_err(|why| Fault::of("settlement", &why))
    }

    fn is_needed(&self, view: &View) -> bool {
        view.cycles.get(&self.0).is_some_and(|cycle| cycle.settled_at_ms.is_none())
    }
}
