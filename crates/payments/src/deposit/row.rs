//! The row of a deposit, and its key.

use ledger::AccountId;
use schema::table;

use crate::{Bank, ClientId, Text};

/// The key of a deposit: bank and number, without `.`, `-` and leading zeros, so that an IBAN names exactly one deposit.
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

/// A deposit: its holder, and the clients that may use it. Its balance is in the ledger, in the account with the number `id`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deposit {
    /// The ledger account.
    pub id: AccountId,
    /// The bank and the digits of the number.
    pub key: DepositKey,
    /// The number as the bank writes it.
    pub number: Text,
    /// National id of the holder.
    pub owner: String,
    /// The holder's first name.
    pub first_name: Text,
    /// The holder's last name; may be empty.
    pub last_name: Text,
    /// The type of the account; `010` is a current account.
    pub account_type: String,
    /// The clients that may use the deposit.
    pub approved_for: Vec<ClientId>,
}

/// First and last name, joined by a blank if neither is empty (second-edition.md 1.1).
pub fn full_name(first: &str, last: &str) -> String {
    match (first.is_empty(), last.is_empty()) {
        (false, false) => format!("{first} {last}"),
        _ => format!("{first}{last}"),
    }
}

impl Deposit {
    /// Whether the client may use the deposit.
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
