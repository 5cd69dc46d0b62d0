//! Closing a cycle: from then on it accepts no orders.

use super::progress::Progress;
use crate::view::{Keys, View};
use crate::{Cycle, CycleId, CycleUnknown, Now};

/// Closes a cycle. Closing it again changes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloseCycle {
    pub(crate) cycle: CycleId,
}

impl CloseCycle {
    pub(crate) fn keys(self, keys: &mut Keys) {
        keys.cycles.push(self.cycle);
    }

    pub(crate) fn decide(self, view: &mut View, now: &Now) -> Result<Progress, CycleUnknown> {
        let cycle = **view.cycles.get(&self.cycle).ok_or(CycleUnknown)?;
        if cycle.is_gathering() {
            view.cycles.put(self.cycle, Cycle { closed_at_ms: Some(now.at_ms), ..cycle });
        }
        Ok(Progress::Done)
    }
}
