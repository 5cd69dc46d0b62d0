//! The job that closes a cycle: from then on the cycle accepts no orders.

use super::Work;
use crate::ops::job::Fault;
use crate::transfer::{CloseCycle, Progress};
use crate::view::{Keys, View};
use crate::{At, CycleId};

/// See the module.
pub(super) struct CloseCycleWork(pub CycleId);

impl Work for CloseCycleWork {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        CloseCycle { cycle: self.0 }.keys(keys);
    }

    fn run(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Progress, Fault> {
        CloseCycle { cycle: self.0 }.decide(view, now).map_err(|why| Fault::of("closing", &why))
    }

    fn is_needed(&self, view: &View) -> bool {
        view.cycles.get(&self.0).is_some_and(|cycle| cycle.closed_at_ms.is_none())
    }
}
