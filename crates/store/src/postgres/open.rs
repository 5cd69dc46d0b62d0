//! A transaction of the writer that has begun.

use foldhash::{HashMap, HashSet};

use ledger::{Account, AccountId, TransferId};

/// What a transaction has found so far: the ledger's rows of a view do not tell.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// As they were.
    pub(super) accounts: HashMap<AccountId, Account>,
    /// Of the accounts, those that were not loaded.
    pub(super) remembered: Vec<Account>,
    pub(super) pendings: HashSet<TransferId>,
    /// All rows were removed in it.
    pub(super) wiped: bool,
}
