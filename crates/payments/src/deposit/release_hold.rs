//! Releasing a hold before it expires.

use ledger::{AccountKind, Step, TransferId};

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, OperatorCommand};

/// There is no such hold, or it has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HoldUnknown;

/// Releases a hold before it expires. The job that expires it finds nothing left to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReleaseHold {
    /// The hold.
    pub hold: TransferId,
}

impl Command for ReleaseHold {
    type Done = ();
    type Refusal = HoldUnknown;
    const NAME: &'static str = "ReleaseHold";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.pendings.push(self.hold);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        accounts_of(self.hold, view, keys);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<HoldUnknown>> {
        // An order's hold ends only with the order. It is not made towards a nostro, so it is recognised here.
        let towards = view.books.pending(self.hold).and_then(|pending| view.books.account(pending.credit));
        if towards.is_none_or(|account| account.kind != AccountKind::Nostro) {
            return Err(HoldUnknown.into());
        }
        let ids = &mut view.ids;
        let step = Step::VoidPending { pending: self.hold };
        let released = view.books.apply(&[step], now.at_ms, 0, || TransferId(ids.take()));
        Ok(released.map_err(|_| HoldUnknown)?)
    }
}

impl OperatorCommand for ReleaseHold {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("release hold", &self.hold.0.to_string(), "")
    }
}

/// Names the two accounts of a loaded pending transfer.
pub(crate) fn accounts_of(pending: TransferId, view: &View, keys: &mut Keys) {
    if let Some(pending) = view.books.pending(pending) {
        keys.accounts.extend([pending.debit, pending.credit]);
    }
}
