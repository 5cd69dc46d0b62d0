//! Releasing money from suspense to the account that it belongs to.

use ledger::Step;

use crate::booking::apply;
use crate::ops::audit::rials;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, BookingRefusal, Command, Now, OperatorCommand, OrderId, ReleaseSuspense, Released, SUSPENSE,
};

/// Why money is not released from suspense, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReleaseRefusal {
    /// This entry was released before.
    ReleasedBefore,
    /// The account takes no releases, or no credits.
    DestinationNotUsable,
    /// The ledger refuses the step.
    NotBooked(BookingRefusal),
}

impl Command for ReleaseSuspense {
    type Done = ();
    type Refusal = ReleaseRefusal;
    const NAME: &'static str = "ReleaseSuspense";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.released.push(self.transfer);
        keys.accounts.extend([SUSPENSE, self.account]);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<ReleaseRefusal>> {
        Ok(self.release(view, now)?)
    }
}

impl OperatorCommand for ReleaseSuspense {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("release suspense", &self.transfer.0.to_string(), &rials(self.amount))
    }
}

impl ReleaseSuspense {
    /// Checks that the release can be done now.
    pub(crate) fn check(&self, view: &View) -> Result<(), ReleaseRefusal> {
        if view.released.get(&self.transfer).is_some() {
            return Err(ReleaseRefusal::ReleasedBefore);
        }
        let to = view.books.account(self.account).filter(|account| account.kind.takes_releases());
        if to.is_none_or(|account| !account.status.takes_credits()) {
            return Err(ReleaseRefusal::DestinationNotUsable);
        }
        Ok(())
    }

    pub(crate) fn release(&self, view: &mut View, now: &Now) -> Result<(), ReleaseRefusal> {
        self.check(view)?;
        let step = Step::Post { debit: SUSPENSE, credit: self.account, amount: self.amount };
        // The transfer belongs to no order: the sum of an order's own transfers must not change.
        let by = apply(view, &[step], now, OrderId(0)).map_err(|why| ReleaseRefusal::NotBooked(why.into()))?[0];
        view.released.put(self.transfer, Released { transfer: self.transfer, by });
        Ok(())
    }
}
