//! Deposits: customers' accounts at the hosted banks.

use ledger::{Account, AccountId, AccountKind, Gate, Refusal as LedgerRefusal, Rial, Step, TransferId};

use crate::booking::{ensure, nostro};
use crate::view::{Keys, View};
use crate::{AccountNumber, Bank, ClientId, Now, Outcome, Refusal, Text};

/// What makes a deposit one: bank and number, without `.`, `-` and leading zeros, so that an IBAN names one account.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DepositKey {
    /// The bank.
    pub bank: Bank,
    /// Digits without leading zeros.
    pub digits: Text,
}

impl DepositKey {
    /// The key of an account whose number has these digits.
    pub fn new(bank: Bank, digits: &str) -> Self {
        Self { bank, digits: Text::from(digits.trim_start_matches('0')) }
    }
}

/// A deposit: who holds it and who may use it. What is on it is in the ledger, under the same number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deposit {
    /// Its ledger account.
    pub id: AccountId,
    /// Bank and digits.
    pub key: DepositKey,
    /// Its number as the bank writes it.
    pub number: Text,
    /// National id of its holder.
    pub owner: String,
    /// The holder's first name.
    pub first_name: Text,
    /// The holder's last name; may be empty.
    pub last_name: Text,
    /// `010` is a current account.
    pub account_type: String,
    /// The clients that may use it.
    pub approved_for: Vec<ClientId>,
}

impl Deposit {
    /// Whether the client may use it.
    pub fn is_approved_for(&self, client: &ClientId) -> bool {
        self.approved_for.contains(client)
    }
}

/// Opens a deposit; what is on it from the start comes out of the bank's nostro.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenDeposit {
    /// The bank, a hosted one.
    pub bank: Bank,
    /// Its number as the bank writes it.
    pub number: AccountNumber,
    /// National id of its holder.
    pub owner: String,
    /// The holder's first name.
    pub first_name: String,
    /// The holder's last name; may be empty.
    pub last_name: String,
    /// `010` is a current account.
    pub account_type: String,
    /// The clients that may use it.
    pub approved_for: Vec<ClientId>,
    /// What is on it from the start; zero or more.
    pub balance: Rial,
    /// When that was, in milliseconds of Unix time; `None`: now.
    pub opened_at_ms: Option<i64>,
}

impl OpenDeposit {
    fn key(&self) -> DepositKey {
        self.number.key(self.bank)
    }

    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.deposits.push(self.key());
        keys.accounts.push(nostro(self.bank));
        keys.clients.extend(self.approved_for.iter().cloned());
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        if self.approved_for.iter().any(|client| view.clients.get(client).is_none()) {
            return Err(Refusal::ClientUnknown);
        }
        if view.deposits.get(&self.key()).is_some() {
            return Err(Refusal::DepositExists);
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
            booked.map_err(|refusal| match refusal {
                LedgerRefusal::Overflow => Refusal::AmountDoesNotFit,
                _ => Refusal::DestinationNotUsable,
            })?;
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
        Ok(Outcome::DepositOpened(id))
    }
}

/// Changes what a deposit takes. Closing one with a balance or pending transfers is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetGate {
    /// Which.
    pub deposit: AccountId,
    /// What it takes from now on.
    pub gate: Gate,
}

impl SetGate {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.accounts.push(self.deposit);
    }

    pub(crate) fn decide(&self, view: &mut View) -> Result<Outcome, Refusal> {
        let account = view.books.account(self.deposit);
        account.filter(|account| account.kind == AccountKind::Deposit).ok_or(Refusal::DepositUnknown)?;
        set_gate(view, self.deposit, self.gate)?;
        Ok(Outcome::Done)
    }
}

/// Changes what an account takes. It is closed only when nothing is on it.
pub(crate) fn set_gate(view: &mut View, id: AccountId, gate: Gate) -> Result<(), Refusal> {
    let account = view.books.account(id).copied().ok_or(Refusal::DepositUnknown)?;
    let held = account.balances.debits_pending.is_positive() || account.balances.credits_pending.is_positive();
    if gate == Gate::Closed && (account.posted() != Rial::ZERO || held) {
        return Err(Refusal::AccountNotEmpty);
    }
    view.books.open_account(Account { gate, ..account });
    Ok(())
}
