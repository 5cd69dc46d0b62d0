//! The state of the writer's open transaction.

use foldhash::{HashMap, HashSet};

use ledger::{Account, AccountId, TransferId};

/// The rows of the ledger that a transaction has read so far; the view does not record them.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// The accounts as they were read.
    pub(super) accounts: HashMap<AccountId, Account>,
    /// Those of the accounts that came from the cache.
    pub(super) remembered: Vec<Account>,
    pub(super) pendings: HashSet<TransferId>,
    /// Whether the transaction has removed all rows.
    pub(super) wiped: bool,
}
