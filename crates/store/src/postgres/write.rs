//! The statements that write the changes of a batch in one round trip.

use std::hash::Hash;

use foldhash::HashMap;
use ledger::{Account, AccountId, Pending, Transfer};
use payments::{Rows, View};
use tokio_postgres::Statement;

use super::column::{Columns, Kind};
use super::connection::{Connection, ConnectionError, Database};
use super::load::sorted;
use super::open::Open;
use super::statement::{self, Verb};
use schema::{Cell, Table};

/// The statements of one round trip, with their parameters.
pub(super) struct Writes<'a> {
    pub(super) database: &'a Database,
    pub(super) connection: &'a Connection,
    pub(super) all: Vec<(Statement, Columns)>,
}

impl Writes<'_> {
    pub(super) async fn of(
        &mut self,
        view: &View,
        dirty_accounts: &[AccountId],
        found: &Open,
    ) -> Result<(), ConnectionError> {
        let books = &view.books;
        let accounts = dirty_accounts.iter().filter_map(|id| books.account(*id));
        let (changed, new): (Vec<_>, Vec<_>) = accounts.partition(|account| found.accounts.contains_key(&account.id));
        let read = found.remembered.iter().filter(|account| dirty_accounts.binary_search(&account.id).is_err());
        self.verify_unchanged(&read.collect::<Vec<_>>()).await?;
        self.accounts(&changed, &found.accounts).await?;
        self.insert::<Account>(new).await?;
        self.insert::<Transfer>(books.transfers().iter().collect()).await?;
        let pendings = books.changed_pendings();
        let (changed, new): (Vec<_>, Vec<_>) = pendings.partition(|pending| found.pendings.contains(&pending.id));
        self.change(changed).await?;
        self.insert::<Pending>(new).await?;
        self.rows(&view.orders).await?;
        self.rows(&view.deposits).await?;
        macro_rules! write {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($rest:tt)* }) => { $(self.rows(&view.$table).await?; self.removed(&view.$table).await?;)* };
        }
        payments::tables!(write);
        Ok(())
    }

    /// Adds a statement that fails if an account that was only read has changed since it was cached: a refusal may rest on it.
    async fn verify_unchanged(&mut self, read: &[&Account]) -> Result<(), ConnectionError> {
        if read.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(read.iter().copied(), |account: &Account, to| {
            account.id.put(to)?;
            account.balances.entries.put(to)?;
            account.status.put(to)
        })?;
        let kinds = columns.kinds();
        let statement = self.connection.named(self.database, "unmoved accounts", &kinds, verify_unchanged).await?;
        self.all.push((statement, columns));
        Ok(())
    }

    /// Adds a statement that updates accounts, and fails with a division by zero if a row is not as it was when the batch was decided.
    async fn accounts(
        &mut self,
        changed: &[&Account],
        were: &HashMap<AccountId, Account>,
    ) -> Result<(), ConnectionError> {
        if changed.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(changed.iter().copied(), |account: &Account, to| {
            account.bind_change(to)?;
            let was = were.get(&account.id).unwrap_or(account);
            was.balances.entries.put(to)?;
            was.status.put(to)
        })?;
        let kinds = columns.kinds();
        let statement = self.connection.named(self.database, "moved accounts", &kinds, || moved(&kinds)).await?;
        self.all.push((statement, columns));
        Ok(())
    }

    async fn rows<K: Hash + Ord + Clone, R: Table>(&mut self, rows: &Rows<K, R>) -> Result<(), ConnectionError> {
        if rows.is_unchanged() {
            return Ok(());
        }
        // In the order of keys, so that two processes that insert the same keys cannot deadlock.
        let mut new: Vec<_> = rows.inserted().collect();
        new.sort_unstable_by_key(|(key, _)| *key);
        self.insert::<R>(new.into_iter().map(|(_, row)| &**row).collect()).await?;
        self.change(rows.updated().map(|(_, row)| &**row).collect()).await
    }

    async fn removed<K: Hash + Eq + Clone, R: Table<Key = K>>(
        &mut self,
        rows: &Rows<K, R>,
    ) -> Result<(), ConnectionError> {
        let keys = Columns::of(rows.removed(), |key, to| R::bind_key(key, to))?;
        if keys.rows() > 0 {
            let statement = self.connection.statement::<R>(self.database, Verb::Delete, &keys.kinds()).await?;
            self.all.push((statement, keys));
        }
        Ok(())
    }

    async fn insert<R: Table>(&mut self, rows: Vec<&R>) -> Result<(), ConnectionError> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(rows, R::bind)?;
        let statement = self.connection.statement::<R>(self.database, Verb::Insert, &columns.kinds()).await?;
        self.all.push((statement, columns));
        Ok(())
    }

    async fn change<R: Table>(&mut self, rows: Vec<&R>) -> Result<(), ConnectionError> {
        if rows.is_empty() || R::CHANGING.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(rows, R::bind_change)?;
        let statement = self.connection.statement::<R>(self.database, Verb::Update, &columns.kinds()).await?;
        self.all.push((statement, columns));
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
        statement::update::<Account>(kinds, ", was_entries, was_gate")
    )
}

/// The accounts that the view has opened, changed or moved money on.
pub(super) fn dirty_accounts(view: &View) -> Vec<AccountId> {
    let moved = view.books.transfers().iter().flat_map(|transfer| [transfer.debit, transfer.credit]);
    sorted(moved.chain(view.books.opened_accounts().map(|account| account.id)))
}
