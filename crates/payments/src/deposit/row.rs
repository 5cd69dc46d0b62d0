//! The row of a deposit, and what makes it one.

use ledger::AccountId;
use schema::table;

use crate::{Bank, ClientId, Text};

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
