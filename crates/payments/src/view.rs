//! Loaded rows, and what decisions changed in them.
//!
//! One line of `tables!` declares a table to decisions; the store declares its columns.

use std::hash::Hash;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use ledger::{AccountId, Books, TransferId};

use crate::{
    AccessToken, BankDay, BankDayKey, Client, ClientId, ClockMode, Deposit, DepositKey, Digest, Grant, GrantId,
    GrantMonth, GrantMonthKey, Order, OrderKey, RefreshToken,
};

/// The first number given to a row; smaller ones are well-known accounts.
pub const FIRST_ID: i64 = 1_000_000;

/// Fresh numbers for rows, growing in the order of commits.
#[derive(Debug)]
pub struct Ids {
    next: i64,
}

impl Ids {
    /// Numbers from `next` on.
    pub fn from(next: i64) -> Self {
        Self { next }
    }

    /// A fresh number.
    pub fn take(&mut self) -> i64 {
        let id = self.next;
        self.next += 1;
        id
    }

    /// The number that would come next.
    pub fn peek(&self) -> i64 {
        self.next
    }
}

/// The loaded rows of one table.
#[derive(Debug)]
pub struct Rows<K, R> {
    slots: HashMap<K, Slot<R>>,
    changed: Vec<K>,
}

#[derive(Debug)]
struct Slot<R> {
    row: Option<Arc<R>>,
    changed: bool,
}

impl<K, R> Default for Rows<K, R> {
    fn default() -> Self {
        Self { slots: HashMap::new(), changed: Vec::new() }
    }
}

impl<K: Hash + Eq + Clone, R> Rows<K, R> {
    /// Notes what the store has under a key. A row that was changed already in this view stays.
    pub fn load(&mut self, key: K, row: Option<Arc<R>>) {
        self.slots.entry(key).or_insert(Slot { row, changed: false });
    }

    /// Whether the store was asked for this key.
    pub fn is_loaded(&self, key: &K) -> bool {
        self.slots.contains_key(key)
    }

    /// The row under a key. Only keys that the command named are here.
    pub fn get(&self, key: &K) -> Option<&Arc<R>> {
        self.slots.get(key).and_then(|slot| slot.row.as_ref())
    }

    /// Writes a row.
    pub fn put(&mut self, key: K, row: impl Into<Arc<R>>) {
        let slot = self.slots.entry(key.clone()).or_insert(Slot { row: None, changed: false });
        slot.row = Some(row.into());
        if !slot.changed {
            slot.changed = true;
            self.changed.push(key);
        }
    }

    /// The rows written, each once, in the order of their first writing.
    pub fn changed(&self) -> impl Iterator<Item = (&K, &Arc<R>)> {
        self.changed.iter().filter_map(|key| Some((key, self.get(key)?)))
    }
}

/// Declares the tables that decisions work on: field, key, row.
macro_rules! tables {
    ($($(#[$doc:meta])* $field:ident: $key:ty => $row:ty,)*) => {
        /// The rows that a command needs.
        #[derive(Debug, Default)]
        pub struct Keys {
            /// Ledger accounts.
            pub accounts: Vec<AccountId>,
            /// Pending ledger transfers.
            pub pendings: Vec<TransferId>,
            $($(#[$doc])* pub $field: Vec<$key>,)*
        }

        /// What a batch of commands works on.
        #[derive(Debug)]
        pub struct View {
            /// The ledger's part.
            pub books: Books,
            /// Fresh numbers.
            pub ids: Ids,
            $($(#[$doc])* pub $field: Rows<$key, $row>,)*
        }

        impl View {
            /// Nothing loaded; fresh numbers from `ids` on.
            pub fn new(ids: Ids) -> Self {
                Self { books: Books::default(), ids, $($field: Rows::default(),)* }
            }

            /// Whether nothing was changed.
            pub fn is_unchanged(&self) -> bool {
                self.books.is_unchanged() $(&& self.$field.changed.is_empty())*
            }
        }
    };
}

tables! {
    /// Clients by name.
    clients: ClientId => Client,
    /// Deposits by bank and digits.
    deposits: DepositKey => Deposit,
    /// Grants.
    grants: GrantId => Grant,
    /// Access tokens by hash.
    access_tokens: Digest => AccessToken,
    /// Refresh tokens by hash.
    refresh_tokens: Digest => RefreshToken,
    /// Orders by client and trackId.
    orders: OrderKey => Order,
    /// Sequences of the banks' days.
    bank_days: BankDayKey => BankDay,
    /// Counts of the grants' months.
    grant_months: GrantMonthKey => GrantMonth,
    /// The sandbox's clock.
    clock: () => ClockMode,
}
