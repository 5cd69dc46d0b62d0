//! The job that settles the money of a card payment.

use super::Work;
use crate::invoice::{card_receivable_keys, settle_card_receivable};
use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};
use crate::{At, CardReceivableId};

/// See the module.
pub(super) struct SettleCardMoney(pub CardReceivableId);

impl Work for SettleCardMoney {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.card_receivables.push(self.0);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        card_receivable_keys(self.0, view, keys);
    }

    fn run(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Progress, Fault> {
        let done = settle_card_receivable(self.0, view, now);
        done.map(|()| Progress::Done).map_err(|why| Fault::of("card settlement", &why))
    }

    fn is_needed(&self, view: &View) -> bool {
        view.card_receivables.get(&self.0).is_some()
    }
}
