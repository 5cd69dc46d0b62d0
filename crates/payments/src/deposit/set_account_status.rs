//! Changing which movements a deposit accepts.

use ledger::{Account, AccountId, AccountKind, AccountStatus, Rial};

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, OperatorCommand, Versioned};

/// Why an account's status is not changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccountStatusRefusal {
    /// There is no such deposit.
    DepositUnknown,
    /// The account still has a balance or pending transfers.
    AccountNotEmpty,
}

/// Changes which movements a deposit accepts. A deposit with a balance or pending transfers cannot be closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetAccountStatus {
    /// The deposit's ledger account.
    pub deposit: AccountId,
    /// The new status.
    pub status: AccountStatus,
}

impl Command for SetAccountStatus {
    type Done = ();
    type Refusal = AccountStatusRefusal;
    const NAME: &'static str = "SetAccountStatus";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.accounts.push(self.deposit);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<AccountStatusRefusal>> {
        let account = view.books.account(self.deposit);
        account.filter(|account| account.kind == AccountKind::Deposit).ok_or(AccountStatusRefusal::DepositUnknown)?;
        set_account_status(view, self.deposit, self.status)?;
        Ok(())
    }
}

impl OperatorCommand for SetAccountStatus {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("gate", &self.deposit.0.to_string(), &format!("{:?}", self.status))
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let account = view.books.account(self.deposit);
        let account = account.filter(|account| account.kind == AccountKind::Deposit);
        account.map(|account| Versioned::Deposit(account.status))
    }
}

/// Changes which movements an account accepts. An account with a balance or pending transfers cannot be closed.
pub(crate) fn set_account_status(
    view: &mut View,
    id: AccountId,
    status: AccountStatus,
) -> Result<(), AccountStatusRefusal> {
    let account = view.books.account(id).copied().ok_or(AccountStatusRefusal::DepositUnknown)?;
    let held = account.balances.debits_pending.is_positive() || account.balances.credits_pending.is_positive();
    if status == AccountStatus::Closed && (account.posted() != Rial::ZERO || held) {
        return Err(AccountStatusRefusal::AccountNotEmpty);
    }
    view.books.open_account(Account { status, ..account });
    Ok(())
}
