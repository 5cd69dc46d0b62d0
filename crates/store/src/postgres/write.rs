//! The statements that write the changes of a batch in one round trip.

use std::hash::Hash;

use foldhash::HashMap;
use ledger::{Account, AccountId, Pending, Transfer};
use payments::{AuditLine, Rows, View};
use tokio_postgres::Statement;

use super::column::{Columns, Kind};
use super::connection::{Connection, ConnectionError, Database};
use super::load::sorted;
use super::open::Open;
use super::statement::{self, Names, Unprepared, Verb};
use crate::Error;
use crate::memory::Tables;
use schema::{Cell, Table};

/// The statements of one round trip, with their parameters.
#[derive(Default)]
pub(super) struct Writes {
    all: Vec<(Unprepared, Columns)>,
}

impl Writes {
    /// The statements that write the changes of a view.
    pub(super) fn of(view: &View, dirty_accounts: &[AccountId], found: &Open) -> Result<Self, Error> {
        let mut writes = Self::default();
        let books = &view.books;
        let accounts = dirty_accounts.iter().filter_map(|id| books.account(*id));
        let (changed, new): (Vec<_>, Vec<_>) = accounts.partition(|account| found.accounts.contains_key(&account.id));
        let read = found.remembered.iter().filter(|account| dirty_accounts.binary_search(&account.id).is_err());
        writes.verify_unchanged(&read.collect::<Vec<_>>())?;
        writes.accounts(&changed, &found.accounts)?;
        writes.insert::<Account>(new)?;
        writes.insert::<Transfer>(books.transfers().iter().collect())?;
        let pendings = books.changed_pendings();
        let (changed, new): (Vec<_>, Vec<_>) = pendings.partition(|pending| found.pendings.contains(&pending.id));
        writes.change(changed)?;
        writes.insert::<Pending>(new)?;
        writes.rows(&view.orders)?;
        writes.rows(&view.deposits)?;
        macro_rules! write {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($rest:tt)* }) => { $(writes.rows(&view.$table)?; writes.removed(&view.$table)?;)* };
        }
        payments::tables!(write);
        Ok(writes)
    }

    /// The same statements, prepared.
    pub(super) async fn prepared(
        self,
        database: &Database,
        connection: &Connection,
    ) -> Result<Vec<(Statement, Columns)>, ConnectionError> {
        let mut prepared = Vec::with_capacity(self.all.len());
        for (statement, columns) in self.all {
            prepared.push((connection.prepare(database, statement, &columns.kinds()).await?, columns));
        }
        Ok(prepared)
    }

    /// The statements that insert all rows of a store; audit lines replace those with the same numbers.
    pub(super) fn whole(tables: &Tables) -> Result<Self, Error> {
        let mut writes = Self::default();
        let lines = Columns::of(tables.audit_lines.keys(), AuditLine::bind_key)?;
        if lines.rows() > 0 {
            writes.all.push((Unprepared::Verb(Verb::Delete, Names::of::<AuditLine>()), lines));
        }
        writes.insert::<Account>(tables.accounts.values().collect())?;
        writes.insert::<Pending>(tables.pendings.values().collect())?;
        writes.insert::<Transfer>(tables.transfers.values().collect())?;
        macro_rules! insert {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
                $(writes.insert::<$row>(tables.$table.values().map(|row| &**row).collect())?;)*
                $(writes.insert::<$other_row>(tables.$other.values().map(|row| &**row).collect())?;)*
            };
        }
        payments::tables!(insert);
        Ok(writes)
    }

    /// Adds a statement that fails if an account that was only read has changed since it was cached: a refusal may rest on it.
    fn verify_unchanged(&mut self, read: &[&Account]) -> Result<(), Error> {
        if read.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(read.iter().copied(), |account: &Account, to| {
            account.id.put(to)?;
            account.balances.entries.put(to)?;
            account.status.put(to)
        })?;
        self.all.push((Unprepared::Named("unmoved accounts", |_| verify_unchanged()), columns));
        Ok(())
    }

    /// Adds a statement that updates accounts, and fails with a division by zero if a row is not as it was when the batch was decided.
    fn accounts(&mut self, changed: &[&Account], were: &HashMap<AccountId, Account>) -> Result<(), Error> {
        if changed.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(changed.iter().copied(), |account: &Account, to| {
            account.bind_change(to)?;
            let was = were.get(&account.id).unwrap_or(account);
            was.balances.entries.put(to)?;
            was.status.put(to)
        })?;
        self.all.push((Unprepared::Named("moved accounts", moved), columns));
        Ok(())
    }

    fn rows<K: Hash + Ord + Clone, R: Table>(&mut self, rows: &Rows<K, R>) -> Result<(), Error> {
        if rows.is_unchanged() {
            return Ok(());
        }
        // In the order of keys, so that two processes that insert the same keys cannot deadlock.
        let mut new: Vec<_> = rows.inserted().collect();
        new.sort_unstable_by_key(|(key, _)| *key);
        self.insert::<R>(new.into_iter().map(|(_, row)| &**row).collect())?;
        self.change(rows.updated().map(|(_, row)| &**row).collect())
    }

    fn removed<K: Hash + Eq + Clone, R: Table<Key = K>>(&mut self, rows: &Rows<K, R>) -> Result<(), Error> {
        let keys = Columns::of(rows.removed(), |key, to| R::bind_key(key, to))?;
        if keys.rows() > 0 {
            self.all.push((Unprepared::Verb(Verb::Delete, Names::of::<R>()), keys));
        }
        Ok(())
    }

    fn insert<R: Table>(&mut self, rows: Vec<&R>) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(rows, R::bind)?;
        self.all.push((Unprepared::Verb(Verb::Insert, Names::of::<R>()), columns));
        Ok(())
    }

    fn change<R: Table>(&mut self, rows: Vec<&R>) -> Result<(), Error> {
        if rows.is_empty() || R::CHANGING.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(rows, R::bind_change)?;
        self.all.push((Unprepared::Verb(Verb::Update, Names::of::<R>()), columns));
        Ok(())
    }
}

/// Compares accounts with the given entries and statuses.
pub(super) fn verify_unchanged() -> String {
    format!(
        "SELECT 1 / CASE WHEN count(*) = cardinality($1) THEN 1 ELSE 0 END
        FROM unnest($1::int8[], $2::int8[], $3::int8[]) AS given (id, entries, gate)
        JOIN account AS kept ON {} AND kept.entries = given.entries AND kept.gate = given.gate",
        statement::same(Account::KEYS, "given")
    )
}

/// Updates accounts whose entries and statuses are the given ones.
pub(super) fn moved(kinds: &[Kind]) -> String {
    format!(
        "WITH done AS ({} AND kept.entries = given.was_entries AND kept.gate = given.was_gate RETURNING 1)
        SELECT 1 / CASE WHEN count(*) = cardinality($1) THEN 1 ELSE 0 END FROM done",
        statement::update(Names::of::<Account>(), kinds, ", was_entries, was_gate")
    )
}

/// The accounts that the view has opened, changed or moved money on.
pub(super) fn dirty_accounts(view: &View) -> Vec<AccountId> {
    let moved = view.books.transfers().iter().flat_map(|transfer| [transfer.debit, transfer.credit]);
    sorted(moved.chain(view.books.opened_accounts().map(|account| account.id)))
}
