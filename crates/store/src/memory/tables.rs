//! The rows of a store in memory: loading for a batch, and committing its changes.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;

use ledger::{Account, AccountId, Pending, Transfer, TransferId};
use payments::{FIRST_ID, Find, Ids, Keys, Order, OrderId, Rows, SETTLE_SLICE, View};
use schema::Table;

use super::rows::{number, remove, whole};
use crate::Error;

/// Declares a map for each table that decisions work on: a new table needs no change here.
macro_rules! memory {
    (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
        /// All rows, by their keys. Copies share the rows.
        #[derive(Clone, Debug)]
        pub struct Tables {
            /// The next number to be given.
            pub next_id: i64,
            /// Ledger accounts.
            pub accounts: BTreeMap<AccountId, Account>,
            /// Pending ledger transfers.
            pub pendings: BTreeMap<TransferId, Pending>,
            /// Ledger transfers.
            pub transfers: BTreeMap<TransferId, Transfer>,
            $($(#[$doc])* pub $table: BTreeMap<<$row as Table>::Key, Arc<$row>>,)*
            $($(#[$other_doc])* pub $other: BTreeMap<$key, Arc<$other_row>>,)*
        }

        impl Default for Tables {
            /// No rows.
            fn default() -> Self {
                Self {
                    next_id: FIRST_ID,
                    accounts: BTreeMap::new(),
                    pendings: BTreeMap::new(),
                    transfers: BTreeMap::new(),
                    $($table: BTreeMap::new(),)*
                    $($other: BTreeMap::new(),)*
                }
            }
        }

        impl Tables {
            fn load_rows(&self, keys: &Keys, view: &mut View) -> Result<(), Error> {
                $(load(&keys.$table, &self.$table, &mut view.$table)?;)*
                $(load(&keys.$other, &self.$other, &mut view.$other)?;)*
                Ok(())
            }

            fn check_rows(&self, view: &View) -> Result<(), Error> {
                $(check::<_, $row>(&self.$table, &view.$table)?;)*
                $(check::<_, $other_row>(&self.$other, &view.$other)?;)*
                Ok(())
            }

            fn keep_rows(&mut self, view: &View) {
                $(keep(&mut self.$table, &view.$table);)*
                $(keep(&mut self.$other, &view.$other);)*
            }

            /// Removes at most `most` rows of a table whose column holds a number up to `by`; returns how many.
            pub(super) fn remove_ended(&mut self, table: &str, column: &str, by: i64, most: usize) -> usize {
                match table {
                    $(<$row as Table>::NAME => {
                        remove(&mut self.$table, most, |row| number(row, column).is_some_and(|at| at <= by))
                    })*
                    _ => 0,
                }
            }
        }
    };
}

payments::tables!(memory);

fn load<K: Ord + Hash + Clone, R: Table>(
    keys: &[K],
    store: &BTreeMap<K, Arc<R>>,
    rows: &mut Rows<K, R>,
) -> Result<(), Error> {
    for key in keys {
        if !rows.is_loaded(key) {
            let row = store.get(key).map(|row| whole(&**row)).transpose()?;
            rows.load(key.clone(), row.map(Arc::new));
        }
    }
    Ok(())
}

/// A new row must not replace an existing one.
fn check<K: Ord + Hash + Clone, R: Table>(store: &BTreeMap<K, Arc<R>>, rows: &Rows<K, R>) -> Result<(), Error> {
    let taken = rows.inserted().any(|(key, _)| store.contains_key(key));
    if taken { Err(row_exists(R::NAME)) } else { Ok(()) }
}

fn row_exists(table: &str) -> Error {
    Error::Rejected(format!("{table}: there is a row under the key of a new one"))
}

fn keep<K: Ord + Hash + Clone, R>(store: &mut BTreeMap<K, Arc<R>>, rows: &Rows<K, R>) {
    for (key, row) in rows.changed() {
        store.insert(key.clone(), Arc::clone(row));
    }
    for key in rows.removed() {
        store.remove(key);
    }
}

impl Tables {
    /// An empty view with fresh numbers.
    pub fn view(&self) -> View {
        View::new(Ids::from(self.next_id))
    }

    /// Loads the rows that `keys` name and the view does not have yet, and no others.
    ///
    /// # Errors
    /// A row contradicts itself.
    pub fn load(&self, keys: &Keys, view: &mut View) -> Result<(), Error> {
        self.load_rows(keys, view)?;
        for id in &keys.accounts {
            if let (None, Some(account)) = (view.books.account(*id), self.accounts.get(id)) {
                view.books.put_account(*account);
            }
        }
        for id in &keys.pendings {
            if let (None, Some(pending)) = (view.books.pending(*id), self.pendings.get(id)) {
                view.books.put_pending(*pending);
            }
        }
        for find in &keys.finds {
            if view.found.contains_key(find) {
                continue;
            }
            let orders = self.find(*find);
            view.found.insert(*find, orders.iter().map(|order| order.key.clone()).collect());
            for order in orders {
                view.orders.load(order.key.clone(), Some(order));
            }
        }
        Ok(())
    }

    fn find(&self, find: Find) -> Vec<Arc<Order>> {
        match find {
            Find::Numbered(id) => self.order_numbered(id).into_iter().collect(),
            Find::ToSettle(cycle) => {
                let Some(after) = self.cycles.get(&cycle).map(|cycle| cycle.settled_to) else { return Vec::new() };
                let inside = |order: &&Arc<Order>| order.cycle == Some(cycle) && (order.source, order.id) > after;
                let mut orders: Vec<_> = self.orders.values().filter(inside).map(Arc::clone).collect();
                orders.sort_unstable_by_key(|order| (order.source, order.id));
                orders.truncate(SETTLE_SLICE);
                orders
            }
        }
    }

    /// An order by its number.
    pub(super) fn order_numbered(&self, id: OrderId) -> Option<Arc<Order>> {
        self.orders.values().find(|order| order.id == id).map(Arc::clone)
    }

    /// Applies the changes of a view: all or none.
    ///
    /// # Errors
    /// A row exists under the key of a new one.
    pub fn commit(&mut self, view: &View) -> Result<(), Error> {
        self.check_rows(view)?;
        if view.books.new_accounts().any(|account| self.accounts.contains_key(&account.id)) {
            return Err(row_exists(Account::NAME));
        }
        if view.books.transfers().iter().any(|transfer| self.transfers.contains_key(&transfer.id)) {
            return Err(row_exists(Transfer::NAME));
        }
        self.keep_rows(view);
        self.accounts.extend(view.books.accounts().map(|account| (account.id, *account)));
        self.pendings.extend(view.books.changed_pendings().map(|pending| (pending.id, *pending)));
        self.transfers.extend(view.books.transfers().iter().map(|transfer| (transfer.id, *transfer)));
        self.next_id = self.next_id.max(view.ids.peek());
        Ok(())
    }
}
