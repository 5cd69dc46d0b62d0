//! Holds: money that stays on a deposit and cannot be spent until the hold ends.
//!
//! ```text
//! place ──► held ──► released   by an operator
//!                └─► expired    by its job, at its time
//! ```
//! A hold is a pending transfer to the bank's nostro that is never posted.

use ledger::{AccountId, Refusal as LedgerRefusal, Rial, Step, TransferId};

use crate::ops::audit::rials;
use crate::ops::job::schedule;
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Bank, Command, JobKind, OperatorCommand, nostro};

/// Why an amount is not held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HoldRefusal {
    /// The hold's end is not in the future.
    HoldWouldBeOver,
    /// There is no such deposit.
    DepositUnknown,
    /// The deposit takes no debits.
    SourceNotUsable,
    /// The deposit does not cover the amount.
    InsufficientFunds,
    /// A sum of one of the accounts would overflow.
    AmountDoesNotFit,
}

/// Holds an amount on a deposit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlaceHold {
    /// The deposit's ledger account.
    pub deposit: AccountId,
    /// The deposit's bank.
    pub bank: Bank,
    /// The amount; more than zero.
    pub amount: Rial,
    /// When the hold expires, in milliseconds of Unix time; `None`: never.
    pub expires_at_ms: Option<i64>,
}

impl Command for PlaceHold {
    type Done = TransferId;
    type Refusal = HoldRefusal;
    const NAME: &'static str = "PlaceHold";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.accounts.extend([self.deposit, nostro(self.bank)]);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<TransferId, Denial<HoldRefusal>> {
        if self.expires_at_ms.is_some_and(|end_ms| end_ms <= now.at_ms) {
            return Err(HoldRefusal::HoldWouldBeOver.into());
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
            LedgerRefusal::ExceedsCredits => HoldRefusal::InsufficientFunds,
            LedgerRefusal::Overflow => HoldRefusal::AmountDoesNotFit,
            LedgerRefusal::DebitAccountClosed => HoldRefusal::SourceNotUsable,
            _ => HoldRefusal::DepositUnknown,
        })?;
        if let Some(due_at_ms) = self.expires_at_ms {
            schedule(view, due_at_ms, JobKind::ExpireHold(hold));
        }
        Ok(hold)
    }
}

impl OperatorCommand for PlaceHold {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("hold", &self.deposit.0.to_string(), &rials(self.amount))
    }
}
