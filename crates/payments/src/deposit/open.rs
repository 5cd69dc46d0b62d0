//! Opening a deposit.

use ledger::{Account, AccountId, AccountKind, Rial, Step, TransferId};

use crate::booking::ensure;
use crate::view::{Denial, Keys, View};
use crate::{
    AccountNumber, At, AuditEntry, Bank, BookingRefusal, ClientId, Command, Deposit, DepositKey, OperatorCommand, Text,
    nostro,
};

/// Why a deposit is not opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DepositRefusal {
    /// A client of `approved_for` does not exist.
    ClientUnknown(ClientId),
    /// The bank has a deposit of that number.
    DepositExists,
    /// The ledger refuses the opening balance.
    NotBooked(BookingRefusal),
}

/// Opens a deposit. Its opening balance is debited from the bank's nostro.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenDeposit {
    /// The bank; it must be a hosted one.
    pub bank: Bank,
    /// The deposit's number as the bank writes it.
    pub number: AccountNumber,
    /// National id of the holder.
    pub owner: String,
    /// The holder's first name.
    pub first_name: String,
    /// The holder's last name; may be empty.
    pub last_name: String,
    /// The type of the account; `010` is a current account.
    pub account_type: String,
    /// The clients that may use the deposit.
    pub approved_for: Vec<ClientId>,
    /// The opening balance; zero or more.
    pub balance: Rial,
    /// The time of the opening balance's transfer, in milliseconds of Unix time; `None`: now.
    pub opened_at_ms: Option<i64>,
}

impl OpenDeposit {
    fn key(&self) -> DepositKey {
        self.number.key(self.bank)
    }
}

impl Command for OpenDeposit {
    type Done = AccountId;
    type Refusal = DepositRefusal;
    const NAME: &'static str = "OpenDeposit";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.deposits.push(self.key());
        keys.accounts.push(nostro(self.bank));
        keys.clients.extend(self.approved_for.iter().cloned());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<AccountId, Denial<DepositRefusal>> {
        if let Some(client) = self.approved_for.iter().find(|client| view.clients.get(client).is_none()) {
            return Err(DepositRefusal::ClientUnknown(client.clone()).into());
        }
        if view.deposits.get(&self.key()).is_some() {
            return Err(DepositRefusal::DepositExists.into());
        }
        let id = AccountId(view.ids.take());
        let nostro = nostro(self.bank);
        ensure(view, nostro, AccountKind::Nostro);
        view.books.open_account(Account::open(id, AccountKind::Deposit));
        if self.balance.is_positive() {
            let step = Step::Post { debit: nostro, credit: id, amount: self.balance };
            let at_ms = self.opened_at_ms.unwrap_or(now.at_ms);
            let ids = &mut view.ids;
            let booked = view.books.apply(&[step], at_ms, 0, || TransferId(ids.take()));
            booked.map_err(|why| DepositRefusal::NotBooked(why.into()))?;
        }
        let deposit = Deposit {
            id,
            key: self.key(),
            number: Text::from(self.number.as_str()),
            owner: self.owner.clone(),
            first_name: Text::from(self.first_name.as_str()),
            last_name: Text::from(self.last_name.as_str()),
            account_type: self.account_type.clone(),
            approved_for: self.approved_for.clone(),
        };
        view.deposits.put(self.key(), deposit);
        Ok(id)
    }
}

impl OperatorCommand for OpenDeposit {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("deposit", self.number.as_str(), self.bank.name())
    }

    fn creates(&self) -> Rial {
        self.balance
    }
}
