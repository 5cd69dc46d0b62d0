//! Holds: money that stays on a deposit and cannot be spent until the hold ends.
//!
//! ```text
//! place ──► held ──► released   by whoever placed it
//!                └─► expired    by its job, at its time
//! ```
//! A hold is a pending transfer to the bank's nostro that is never posted.

use ledger::{AccountId, AccountKind, Refusal as LedgerRefusal, Rial, Step, TransferId};

use crate::view::{Keys, View};
use crate::{Bank, Job, JobId, JobKind, Now, Outcome, Refusal, nostro};

/// Holds money on a deposit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlaceHold {
    /// On which.
    pub deposit: AccountId,
    /// Its bank.
    pub bank: Bank,
    /// How much; more than zero.
    pub amount: Rial,
    /// When it ends by itself, in milliseconds of Unix time; `None`: never.
    pub expires_at_ms: Option<i64>,
}

impl PlaceHold {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.accounts.extend([self.deposit, nostro(self.bank)]);
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        if self.expires_at_ms.is_some_and(|end_ms| end_ms <= now.at_ms) {
            return Err(Refusal::HoldWouldBeOver);
        }
        let (debit, credit) = (self.deposit, nostro(self.bank));
        let step = Step::Pend { debit, credit, amount: self.amount, expires_at_ms: self.expires_at_ms };
        let ids = &mut view.ids;
        let mut hold = TransferId(0);
        let next = || {
            hold = TransferId(ids.take());
            hold
        };
        view.books.apply(&[step], now.at_ms, 0, next).map_err(|refusal| match refusal {
            LedgerRefusal::ExceedsCredits => Refusal::InsufficientFunds,
            LedgerRefusal::Overflow => Refusal::AmountDoesNotFit,
            LedgerRefusal::DebitAccountClosed => Refusal::SourceNotUsable,
            _ => Refusal::DepositUnknown,
        })?;
        if let Some(due_at_ms) = self.expires_at_ms {
            let id = JobId(view.ids.take());
            view.jobs.put(id, Job::new(id, due_at_ms, JobKind::ExpireHold(hold)));
        }
        Ok(Outcome::Held(hold))
    }
}

/// Ends a hold before its time. Its job finds nothing left to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReleaseHold {
    /// Which.
    pub hold: TransferId,
}

impl ReleaseHold {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.pendings.push(self.hold);
    }

    pub(crate) fn more_keys(&self, view: &View, keys: &mut Keys) {
        accounts_of(self.hold, view, keys);
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        // What an order holds ends with the order, and only so: it is not held against a nostro.
        let towards = view.books.pending(self.hold).and_then(|pending| view.books.account(pending.credit));
        if towards.is_none_or(|account| account.kind != AccountKind::Nostro) {
            return Err(Refusal::HoldUnknown);
        }
        let ids = &mut view.ids;
        let step = Step::VoidPending { pending: self.hold };
        let released = view.books.apply(&[step], now.at_ms, 0, || TransferId(ids.take()));
        released.map(|()| Outcome::Done).map_err(|_| Refusal::HoldUnknown)
    }
}

/// Names the two accounts of a loaded pending transfer.
pub(crate) fn accounts_of(pending: TransferId, view: &View, keys: &mut Keys) {
    if let Some(pending) = view.books.pending(pending) {
        keys.accounts.extend([pending.debit, pending.credit]);
    }
}
