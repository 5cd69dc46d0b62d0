//! The job that expires a hold.

use ledger::{PendingState, Refusal, Step, TransferId};

use super::Work;
use crate::At;
use crate::deposit::accounts_of;
use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};

/// See the module.
pub(super) struct ExpireHold(pub TransferId);

impl Work for ExpireHold {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.pendings.push(self.0);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        accounts_of(self.0, view, keys);
    }

    fn run(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Progress, Fault> {
        let (pending, ids) = (self.0, &mut view.ids);
        match view.books.apply(&[Step::ExpirePending { pending }], now.at_ms, 0, || TransferId(ids.take())) {
            // The hold has already ended: nothing is left to do.
            Ok(())
            | Err(Refusal::PendingAlreadyPosted | Refusal::PendingAlreadyVoided | Refusal::PendingAlreadyExpired) => {
                Ok(Progress::Done)
            }
            Err(why) => Err(Fault::of("ledger", &why)),
        }
    }

    fn is_needed(&self, view: &View) -> bool {
        view.books.pending(self.0).is_some_and(|pending| pending.state == PendingState::Open)
    }
}
