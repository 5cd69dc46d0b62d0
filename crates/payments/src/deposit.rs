//! Deposits: customers' accounts at the hosted banks.

use ledger::{Account, AccountId, AccountKind, Gate, Rial, Step, TransferId};

use crate::audit::{AuditEntry, OperatorCommand};
use crate::booking::{BookingRefusal, ensure, nostro};
use crate::view::{Denial, Keys, View};
use crate::{AccountNumber, At, Bank, ClientId, Command, Text, Versioned};
use schema::table;

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

/// First and last name, joined by a blank; nothing of either is left out (second-edition.md 1.1).
pub fn full_name(first: &str, last: &str) -> String {
    match (first.is_empty(), last.is_empty()) {
        (false, false) => format!("{first} {last}"),
        _ => format!("{first}{last}"),
    }
}

impl Deposit {
    /// Whether the client may use it.
    pub fn is_approved_for(&self, client: &ClientId) -> bool {
        self.approved_for.contains(client)
    }
}

/// Why a deposit is not opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DepositRefusal {
    /// A client that may use it does not exist.
    ClientUnknown(ClientId),
    /// A deposit of that bank and number exists.
    DepositExists,
    /// What is on it from the start cannot be booked.
    NotBooked(BookingRefusal),
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

/// Why an account goes on to take what it took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GateRefusal {
    /// There is no such deposit.
    DepositUnknown,
    /// The account still has a balance or pending transfers.
    AccountNotEmpty,
}

/// Changes what a deposit takes. Closing one with a balance or pending transfers is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetGate {
    /// Which.
    pub deposit: AccountId,
    /// What it takes from now on.
    pub gate: Gate,
}

impl Command for SetGate {
    type Done = ();
    type Refusal = GateRefusal;
    const NAME: &'static str = "SetGate";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.accounts.push(self.deposit);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<GateRefusal>> {
        let account = view.books.account(self.deposit);
        account.filter(|account| account.kind == AccountKind::Deposit).ok_or(GateRefusal::DepositUnknown)?;
        set_gate(view, self.deposit, self.gate)?;
        Ok(())
    }
}

impl OperatorCommand for SetGate {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("gate", &self.deposit.0.to_string(), &format!("{:?}", self.gate))
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let account = view.books.account(self.deposit);
        let account = account.filter(|account| account.kind == AccountKind::Deposit);
        account.map(|account| Versioned::Deposit(account.gate))
    }
}

/// Changes what an account takes. It is closed only when nothing is on it.
pub(crate) fn set_gate(view: &mut View, id: AccountId, gate: Gate) -> Result<(), GateRefusal> {
    let account = view.books.account(id).copied().ok_or(GateRefusal::DepositUnknown)?;
    let held = account.balances.debits_pending.is_positive() || account.balances.credits_pending.is_positive();
    if gate == Gate::Closed && (account.posted() != Rial::ZERO || held) {
        return Err(GateRefusal::AccountNotEmpty);
    }
    view.books.open_account(Account { gate, ..account });
    Ok(())
}

table! {
    Deposit = "deposit",
    key |k: DepositKey| { bank: k.bank, digits: k.digits },
    of |r| r.key.clone(),
    row |r| {
        bank: r.key.bank, digits: r.key.digits, id: r.id, number: r.number, owner: r.owner, first_name: r.first_name,
        last_name: r.last_name, account_type: r.account_type, approved_for: r.approved_for,
    },
    make Deposit {
        key: DepositKey { bank, digits }, id, number, owner, first_name, last_name, account_type, approved_for,
    }
}
