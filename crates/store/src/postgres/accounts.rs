//! A cache of accounts between batches.
//!
//! A cached account may be outdated: another process may have moved money on it. The statement that writes it notices this, and
//! then the entry is invalidated: the account is loaded and locked the next time. If another process has in fact moved it, it is not cached for a
//! while, so that two processes that share an account wait for each other's locks instead of deciding in vain.

use std::time::{Duration, Instant};

use foldhash::HashMap;
use ledger::{Account, AccountId};

use crate::remembered::{Remembered, remembered};

/// How many accounts are cached at most: 112 MB.
const ACCOUNTS: usize = 1_000_000;
/// How many shared accounts are remembered at most: more than two processes can share in so short a time.
const SHARED: usize = 100_000;
/// How long an account that another process has moved is not cached, and so always locked.
const SHARED_FOR: Duration = Duration::from_secs(2);

/// The cache; see the module.
#[derive(Debug)]
pub(super) struct Accounts {
    known: Remembered<AccountId, Account>,
    /// Invalidated accounts, as they were cached when a batch failed.
    invalidated: HashMap<AccountId, Account>,
    /// Accounts that other processes move, and until when they are not cached.
    shared: Remembered<AccountId, Instant>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self::with_room(ACCOUNTS)
    }
}

impl Accounts {
    fn with_room(most: usize) -> Self {
        Self { known: remembered(most), invalidated: HashMap::default(), shared: remembered(SHARED) }
    }

    /// An account as this process last saw it, if it is cached.
    pub(super) fn get(&self, id: AccountId) -> Option<Account> {
        self.known.get(&id).copied()
    }

    /// Caches an account as this process has committed it.
    pub(super) fn keep(&mut self, account: Account) {
        if !self.shared.is_empty()
            && let Some(until) = self.shared.get(&account.id)
        {
            if *until > Instant::now() {
                return;
            }
            self.shared.remove(&account.id);
        }
        self.known.insert(account.id, account);
    }

    /// Invalidates an account after a batch that rested on it has failed.
    pub(super) fn invalidate(&mut self, id: AccountId) {
        if let Some((_, account)) = self.known.remove(&id) {
            self.invalidated.insert(id, account);
        }
    }

    /// Compares an account that was loaded and locked with its invalidated entry.
    pub(super) fn locked(&mut self, account: &Account) {
        if let Some(before) = self.invalidated.remove(&account.id)
            && before != *account
        {
            self.shared.insert(account.id, Instant::now() + SHARED_FOR);
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger::{AccountKind, AccountStatus};

    use super::*;

    #[test]
    fn an_account_that_others_move_is_not_remembered_for_a_while() {
        let account = Account::open(AccountId(7), AccountKind::Deposit);
        let moved = Account { status: AccountStatus::NoDebits, ..account };
        let mut accounts = Accounts::default();
        accounts.keep(account);
        assert_eq!(accounts.get(account.id), Some(account));
        accounts.invalidate(account.id);
        assert_eq!(accounts.get(account.id), None, "it is loaded again");
        accounts.locked(&account);
        accounts.keep(account);
        assert_eq!(accounts.get(account.id), Some(account), "no other process had moved it");
        accounts.invalidate(account.id);
        accounts.locked(&moved);
        accounts.keep(moved);
        assert_eq!(accounts.get(account.id), None, "another process has moved it");
    }

    #[test]
    fn at_the_limit_the_least_used_go_and_not_all() {
        let mut accounts = Accounts::with_room(1_000);
        let account = |id| Account::open(AccountId(id), AccountKind::Deposit);
        for id in 0..100 {
            accounts.keep(account(id));
            assert!(accounts.get(AccountId(id)).is_some());
        }
        for id in 100..5_000 {
            accounts.keep(account(id));
            assert!(accounts.known.len() <= 1_000);
        }
        assert!((0..100).all(|id| accounts.get(AccountId(id)).is_some()), "those in use are remembered");
    }
}
