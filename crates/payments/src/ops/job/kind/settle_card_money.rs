//! Settling the money of a card payment.

use super::Work;
use crate::invoice::{settle_taking, taking_keys};
use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};
use crate::{At, TakingId};

/// See the module.
pub(super) struct SettleCardMoney(pub TakingId);

impl Work for SettleCardMoney {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.takings.push(self.0);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        taking_keys(self.0, view, keys);
    }

    fn run(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Progress, Fault> {
        let done = settle_taking(self.0, view, now);
        done.map(|()| Progress::Done).map_err(|why| Fault::of("card settlement", &why))
    }

    fn is_needed(&self, view: &View) -> bool {
        view.takings.get(&self.0).is_some()
    }
}
