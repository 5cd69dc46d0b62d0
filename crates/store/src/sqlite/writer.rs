//! The writing connection: it loads the rows of a batch and commits their changes.
//!
//! Cost of a commit: one insert per transfer and per order, and a slice of the [`Tail`]. It is durable after a flush. Accounts and deposits in memory
//! are loaded without a statement.

use std::fs::File;
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ledger::{Account, AccountId, Pending, Transfer};
use parking_lot::RwLock;
use payments::{
    AuditLine, ClockMode, DayClose, Deposit, DepositKey, Find, FoldMark, Ids, Job, Keys, Order, OrderKey, Rows,
    SETTLE_SLICE, TotalRow, View,
};
use rusqlite::Connection;
use tracing::{error, warn};

use super::accepted::AcceptedLoss;
use super::checkpoint::Checkpoint;
use super::flush::{Flusher, Progress, Ticket};
use super::foreign;
use super::log;
use super::log_position::LogPosition;
use super::queries::{COMPACTED_ORDERS, look_up};
use super::schema::{self, LOOK_UPS};
use super::tail;
use super::tail::{Slice, Tail};
use super::value::{collect, delete, insert_all, select, update_all, upsert_all};
use crate::find;
use crate::memory::Tables;
use crate::model::{Claim, Origin};
use crate::movement_report::{FORGET_TOTALS, MOVE_MARK, add_total};
use crate::remembered::{Remembered, remembered};
use crate::snapshot::{Snapshot, Weighed};
use crate::sweep::{Engine, Rotation, SweepAt, Swept};
use crate::vouchers::{self, InClear, SealCode};
use crate::wipe::Wipe;
use crate::{After, Error};
use ::schema::Table;

/// How many deposits are kept in memory at most.
const DEPOSITS: usize = 1_000_000;
/// The number of rows in a slice: enough that it shares few pages with its neighbours.
const SLICE: usize = 256;
/// How long closing waits for reads in progress.
const CLOSE: Duration = Duration::from_secs(3);
/// How many numbers are reserved at a time: enough for many batches, so that it costs little. Numbers left over at the end of a process are lost.
const BLOCK: i64 = 8_192;

/// Begins a transaction with SQLite's write lock.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// SQLite's counter of the commits of other connections, as of the snapshot of the open transaction.
fn version(connection: &Connection) -> Result<i64, Error> {
    Ok(connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
}

/// The writer; see the module.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    tail: Arc<RwLock<Tail>>,
    deposits: Remembered<DepositKey, Arc<Deposit>>,
    next_id: i64,
    /// The end of the block of numbers that this process may give.
    ids_end: i64,
    /// Rows to compact that do not fill a slice yet.
    owed: usize,
    /// Whether the open transaction removes all rows.
    wiping: bool,
    rotation: Rotation,
    checkpoint: Checkpoint,
    flusher: Flusher,
    progress: Arc<Progress>,
    /// The end of the last commit in the log.
    position: LogPosition,
    /// When a flush failed and ended the previous process, in Unix milliseconds.
    pub(crate) flush_failed_at_ms: Option<i64>,
    /// Losses that were accepted and not dealt with.
    pub(crate) accepted: Vec<AcceptedLoss>,
    /// Whether the database is marked as having a log; nothing is written before.
    pub(super) is_opened: bool,
    /// The state of the checksums that the last commit has recorded.
    state: u64,
    /// SQLite's counter of the commits of other connections.
    version: i64,
    /// The end of the log after our last commit.
    end: log::Found,
    held: Held,
}

/// The directory of a store, with its lock.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) directory: PathBuf,
    pub(super) _lock: File,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        tail: Arc<RwLock<Tail>>,
        next_id: i64,
        checkpoint: Checkpoint,
        flusher: Flusher,
        held: Held,
        flush_failed_at_ms: Option<i64>,
    ) -> Result<Self, Error> {
        let progress = flusher.progress();
        connection.prepare_cached(BEGIN)?.execute([])?;
        let version = version(&connection)?;
        let end = log::walk(flusher.log()).map_err(|source| Error::Beside { name: super::files::LOG, source })?;
        Ok(Self {
            connection,
            tail,
            deposits: remembered(DEPOSITS),
            next_id,
            ids_end: next_id,
            owed: 0,
            wiping: false,
            rotation: Rotation::default(),
            checkpoint,
            flusher,
            progress,
            position: LogPosition::default(),
            flush_failed_at_ms,
            accepted: Vec::new(),
            is_opened: true,
            state: 0,
            version,
            end,
            held,
        })
    }

    pub(crate) fn view(&self) -> View {
        View::new(Ids::from(self.next_id))
    }

    pub(crate) fn claim(&mut self, fresh: Origin, keys: &[[u8; 32]]) -> Result<Origin, Error> {
        match select::<Origin>(&self.connection, &())? {
            None => {
                self.put_origin(&fresh)?;
                Ok(fresh)
            }
            Some(made) => made.admits(fresh.purpose, keys).map(|()| made),
        }
    }

    pub(crate) fn put_origin(&mut self, origin: &Origin) -> Result<(), Error> {
        self.alone(|connection| upsert_all(connection, std::iter::once(origin))).map(|_| ())
    }

    pub(crate) fn origin(&self) -> Result<Option<Origin>, Error> {
        select(&self.connection, &())
    }

    pub(crate) fn is_fresh(&self) -> Result<bool, Error> {
        let rows =
            "SELECT (SELECT count(*) FROM clock) + (SELECT count(*) FROM (SELECT 1 FROM transfer_order LIMIT 1)) +
            (SELECT count(*) FROM (SELECT 1 FROM phone_order LIMIT 1)) + (SELECT count(*) FROM (SELECT 1 FROM invoice LIMIT 1))";
        Ok(super::value::number(&self.connection, rows, [])? == Some(0))
    }

    pub(crate) fn last_instant(&self) -> Result<i64, Error> {
        Ok(super::value::number(&self.connection, find::LAST_INSTANT, [])?.unwrap_or_default())
    }

    pub(crate) fn note_step_back(&mut self, last_ms: i64, by_ms: i64) -> Result<(), Error> {
        self.alone(|connection| Ok(connection.execute(&find::step_back(last_ms, by_ms), [])?)).map(|_| ())
    }

    pub(crate) fn is_empty(&self) -> Result<bool, Error> {
        let rows = "SELECT (SELECT count(*) FROM (SELECT 1 FROM client LIMIT 1)) +
            (SELECT count(*) FROM (SELECT 1 FROM account LIMIT 1))";
        Ok(super::value::number(&self.connection, rows, [])? == Some(0))
    }

    pub(crate) fn clock(&self) -> Result<Option<ClockMode>, Error> {
        select(&self.connection, &())
    }

    pub(crate) fn day_close(&self) -> Result<Option<DayClose>, Error> {
        select(&self.connection, &())
    }

    pub(crate) fn sweep(&mut self, at: SweepAt) -> Result<Swept, Error> {
        self.begin()?;
        self.open_log()?;
        let (mut swept, mut left) = (0, Swept::All);
        for text in self.rotation.statements(at, Engine::Sqlite) {
            match self.connection.execute(&text, []) {
                Ok(rows) if self.rotation.ran(rows as u64, &mut swept) => {
                    left = Swept::Some;
                    break;
                }
                Ok(_) => {}
                Err(error) => {
                    self.abandon()?;
                    return Err(error.into());
                }
            }
        }
        if swept == 0 {
            self.look_away()?;
            self.begin_anew();
            return Ok(left);
        }
        let commit = self.progress.begin();
        if let Err(error) = self.end() {
            return Err(self.undo(commit, error));
        }
        self.committed(commit);
        self.begin_anew();
        // Rows that a crash brings back are swept again; but what readers saw of their removal must be flushed at some time.
        self.flusher.flush(commit)?;
        Ok(left)
    }

    pub(crate) fn claim_jobs(&mut self, claim: Claim) -> Result<Vec<Job>, Error> {
        let text = format!(
            "UPDATE job SET leased_until_ms = ?, fence = fence + 1 WHERE id IN (SELECT id FROM job
            WHERE due_at_ms <= ? AND leased_until_ms <= ? ORDER BY due_at_ms, id LIMIT ?) RETURNING {}",
            Job::COLUMNS
        );
        let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
        // No worker has begun a claim that a crash loses; but what readers saw of it must be flushed at some time.
        let claimed = |connection: &Connection| {
            collect(connection, &text, [claim.until_ms, claim.due_by_ms, claim.now_ms, limit])
        };
        let mut jobs: Vec<Job> = self.alone(claimed)?;
        jobs.sort_unstable_by_key(|job| (job.due_at_ms, job.id));
        Ok(jobs)
    }

    pub(crate) fn add_totals(&mut self, from: &FoldMark, to: &FoldMark, rows: &[TotalRow]) -> Result<bool, Error> {
        let FoldMark { up_to, last_cause, last_kind, last_at_ms, .. } = *to;
        self.alone(|connection| {
            let mut mark = connection.prepare_cached(MOVE_MARK)?;
            if mark.execute([up_to, last_cause, last_kind, last_at_ms, from.world, from.up_to])? == 0 {
                return Ok(false);
            }
            let mut add = connection.prepare_cached(&add_total())?;
            for row in rows {
                add.execute(row.numbers())?;
            }
            Ok(true)
        })
    }

    pub(crate) fn probe(&mut self) -> Result<(), Error> {
        self.alone(|connection| Ok(connection.execute("UPDATE settled SET up_to = up_to", [])?)).map(|_| ())
    }

    pub(crate) fn seal_vouchers(&mut self, seal: SealCode<'_>) -> Result<u64, Error> {
        if super::value::number(&self.connection, vouchers::ANY, [])? == Some(0) {
            return Ok(0);
        }
        // The clear codes are overwritten in pages that become free.
        let overwrite = |connection: &Connection, how| connection.pragma_update(None, "secure_delete", how);
        overwrite(&self.connection, "ON")?;
        let sealed = self.alone(|connection| {
            let mut found = InClear::default();
            let two = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let three = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            found.codes = connection.prepare(vouchers::CODES)?.query_map([], two)?.collect::<Result<_, _>>()?;
            found.invoices = connection.prepare(vouchers::INVOICES)?.query_map([], three)?.collect::<Result<_, _>>()?;
            found.audit = connection.prepare(&vouchers::audit())?.query_map([], two)?.collect::<Result<_, _>>()?;
            connection.execute_batch(&found.statements(seal, |digits| format!("X'{digits}'"))?)?;
            Ok(found.codes.len() as u64)
        })?;
        overwrite(&self.connection, "OFF")?;
        Ok(sealed)
    }

    /// Makes a change in a commit of its own, and flushes it.
    fn alone<T>(&mut self, change: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.begin()?;
        self.open_log()?;
        let commit = self.progress.begin();
        match change(&self.connection).and_then(|changed| self.end().map(|()| changed)) {
            Ok(changed) => {
                self.committed(commit);
                self.begin_anew();
                self.flusher.flush(commit)?;
                Ok(changed)
            }
            Err(error) => Err(self.undo(commit, error)),
        }
    }

    /// Records that a commit's rows are in the log. Only the log's header shows whether it has started over: one commit may be longer than all before
    /// it.
    fn committed(&mut self, commit: Ticket) {
        // Without a generation there is no position: it would look like one that the log has lost.
        let before = self.position.generation;
        self.position = match log::generation(self.flusher.log()) {
            Ok(Some(generation)) => LogPosition { generation, frames: self.checkpoint.frames() },
            Ok(None) => LogPosition::default(),
            Err(error) => {
                warn!(%error, "the log's header could not be read: how far the log is acknowledged is not noted");
                LogPosition::default()
            }
        };
        if self.position.frames > 0 {
            self.end = log::Found { generation: Some(self.position.generation), frames: self.position.frames };
        }
        self.progress.committed(commit, self.position);
        // One flush for each filling of the log, so that the note of the acknowledged frames is never behind by two fillings.
        if self.position.generation != before
            && let Err(error) = self.flusher.flush(commit)
        {
            // Callers that wait for this commit get the error from their own flush.
            error!(%error, "the log could not be flushed when it had started over");
        }
    }

    pub(crate) fn next_due(&self) -> Result<Option<i64>, Error> {
        super::value::number(&self.connection, super::queries::NEXT_DUE, [])
    }

    /// Begins the transaction of a batch's loads and commit. It begins when the last one has ended, so that no other program can write in between.
    fn begin(&mut self) -> Result<(), Error> {
        if !self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection.prepare_cached(BEGIN)?.execute([])?;
        let version = version(&self.connection)?;
        if version != self.version {
            // The counter also changes after some errors of our own; the log shows the difference.
            let found =
                log::walk(self.flusher.log()).map_err(|source| Error::Beside { name: super::files::LOG, source })?;
            if found != self.end {
                self.connection.prepare_cached("ROLLBACK")?.execute([])?;
                foreign::note(&self.held.directory)?;
                return Err(Error::ForeignWrites(self.held.directory.clone()));
            }
            self.version = version;
        }
        Ok(())
    }

    /// Begins the next transaction after a commit. An error is only logged: the commit is done, and the next load fails with the same error.
    fn begin_anew(&mut self) {
        if let Err(error) = self.begin() {
            error!(%error, "the next transaction could not begin");
        }
    }

    pub(crate) fn load(&mut self, keys: &Keys, view: &mut View) -> Result<(), Error> {
        self.begin()?;
        self.load_orders(&keys.orders, &mut view.orders)?;
        for find in &keys.finds {
            self.find_orders(*find, view)?;
        }
        for key in &keys.deposits {
            self.load_deposit(key, &mut view.deposits)?;
        }
        for id in &keys.accounts {
            self.load_account(*id, view)?;
        }
        for id in &keys.pendings {
            if view.books.pending(*id).is_none()
                && let Some(pending) = select(&self.connection, id)?
            {
                view.books.put_pending(pending);
            }
        }
        macro_rules! load {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($rest:tt)* }) => { $(self.load_plain(&keys.$table, &mut view.$table)?;)* };
        }
        payments::tables!(load);
        Ok(())
    }

    fn load_plain<K: Hash + Eq + Clone, R: Table<Key = K>>(
        &self,
        keys: &[K],
        rows: &mut Rows<K, R>,
    ) -> Result<(), Error> {
        for key in keys {
            if !rows.is_loaded(key) {
                rows.load(key.clone(), select(&self.connection, key)?.map(Arc::new));
            }
        }
        Ok(())
    }

    fn load_account(&self, id: AccountId, view: &mut View) -> Result<(), Error> {
        if view.books.account(id).is_some() {
            return Ok(());
        }
        let known = if self.wiping { None } else { self.tail.read().account(id) };
        let account = match known {
            Some(account) => Some(account),
            None => select::<Account>(&self.connection, &id)?,
        };
        if let Some(account) = account {
            if known.is_none() && !self.wiping {
                self.tail.write().keep_account(account);
            }
            view.books.put_account(account);
        }
        Ok(())
    }

    fn load_deposit(&mut self, key: &DepositKey, rows: &mut Rows<DepositKey, Deposit>) -> Result<(), Error> {
        if rows.is_loaded(key) {
            return Ok(());
        }
        if let Some(deposit) = self.deposits.get(key) {
            rows.load(key.clone(), Some(Arc::clone(deposit)));
            return Ok(());
        }
        let deposit = select::<Deposit>(&self.connection, key)?.map(Arc::new);
        if let Some(deposit) = &deposit {
            self.deposits.insert(key.clone(), Arc::clone(deposit));
        }
        rows.load(key.clone(), deposit);
        Ok(())
    }

    fn load_orders(&self, keys: &[OrderKey], rows: &mut Rows<OrderKey, Order>) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut compacted = self.connection.prepare_cached(COMPACTED_ORDERS)?;
        for key in keys {
            if !rows.is_loaded(key) {
                rows.load(key.clone(), look_up(&self.connection, &mut compacted, &self.tail, key)?.map(Arc::new));
            }
        }
        Ok(())
    }

    fn find_orders(&self, find: Find, view: &mut View) -> Result<(), Error> {
        if view.found.contains_key(&find) {
            return Ok(());
        }
        let orders: Vec<Order> = match find {
            Find::Numbered(id) => collect(&self.connection, &find::numbered(), [id.0])?,
            Find::ToSettle(cycle) => {
                let slice = i64::try_from(SETTLE_SLICE).unwrap_or(i64::MAX);
                collect(&self.connection, &find::to_settle(), [cycle.0, slice])?
            }
        };
        view.found.insert(find, orders.iter().map(|order| order.key.clone()).collect());
        for order in orders {
            view.orders.load(order.key.clone(), Some(Arc::new(order)));
        }
        Ok(())
    }

    /// Ends a transaction that has written nothing.
    fn look_away(&self) -> Result<(), Error> {
        if !self.connection.is_autocommit() {
            self.connection.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }

    /// Commits. The first commit after a checkpoint records the state of the checksums: if the log starts over with it, no older copy of the database
    /// accepts that log.
    fn end(&mut self) -> Result<(), Error> {
        if !self.connection.is_autocommit() {
            let state = self.flusher.acknowledged().state();
            if state != self.state {
                schema::note_state_of_sums(&self.connection, state)?;
            }
            self.connection.prepare_cached("COMMIT")?.execute([])?;
            self.state = state;
        }
        Ok(())
    }

    /// Marks the database as having a log, before the first write: an unmarked database has none.
    fn open_log(&mut self) -> Result<(), Error> {
        if self.is_opened {
            return Ok(());
        }
        if !self.connection.is_autocommit() {
            self.connection.prepare_cached("ROLLBACK")?.execute([])?;
        }
        self.is_opened = self.checkpoint.open_log(&self.connection, self.flusher.acknowledged())?;
        self.begin()?;
        if self.is_opened { Ok(()) } else { Err(Error::Full) }
    }

    pub(crate) fn commit(&mut self, view: View) -> Result<Ticket, Error> {
        if view.is_unchanged() && !self.wiping {
            self.look_away()?;
            self.begin_anew();
            return Ok(self.progress.last());
        }
        let commit = self.progress.begin();
        match self.write(view) {
            Ok(()) => {
                self.committed(commit);
                self.checkpoint.after_commit(&self.connection);
                self.begin_anew();
                Ok(commit)
            }
            Err(error) => Err(self.undo(commit, error)),
        }
    }

    /// Handles a failed commit: the store continues if the commit has certainly left nothing behind, and ends otherwise.
    fn undo(&mut self, commit: Ticket, error: Error) -> Error {
        let undone = match error.after() {
            After::Halve | After::Wait => self.abandon().and_then(|()| {
                // Readers wait for the flush of all commits that have begun; this one has nothing to flush. The log ends where it ended before:
                // frames of the failed commit, even in a log that has started over for it, belong to no commit.
                self.progress.committed(commit, self.position);
                self.flusher.flush(commit)
            }),
            After::Again | After::Inquire | After::Reopen => Err(Error::Failed),
        };
        if undone.is_err() {
            self.progress.fail();
            return if error.after() == After::Reopen { error } else { Error::Failed };
        }
        error
    }

    fn write(&mut self, view: View) -> Result<(), Error> {
        self.begin()?;
        self.open_log()?;
        if self.wiping {
            return self.write_anew(&view);
        }
        // Before the batch's own rows: the slice has the accounts as they were before the batch, and must not overwrite a newer status.
        let slice = self.write_slice(view.books.transfers().len().max(view.orders.inserted().count()))?;
        write_rows(&self.connection, &view)?;
        let ids_end = self.take_ids(&view)?;
        self.end()?;
        (self.next_id, self.ids_end) = (view.ids.peek(), ids_end);
        {
            let mut tail = self.tail.write();
            for account in view.books.opened_accounts() {
                tail.add_account(*account);
            }
            for (_, order) in view.orders.inserted() {
                tail.add_order(order);
            }
            for transfer in view.books.transfers() {
                tail.add_transfer(transfer);
            }
            if let Some(slice) = slice {
                tail.compact(slice);
            }
            tail.freeze_when_full();
        }
        for (key, deposit) in view.deposits.changed() {
            self.deposits.insert(key.clone(), Arc::clone(deposit));
        }
        Ok(())
    }

    /// Reserves the next block of numbers in the batch that exceeds the last one. Returns the end of the numbers that may be given now.
    fn take_ids(&self, view: &View) -> Result<i64, Error> {
        let next = view.ids.peek();
        if next <= self.ids_end {
            return Ok(self.ids_end);
        }
        let end = next.saturating_add(BLOCK);
        self.connection.prepare_cached("UPDATE id_block SET next = ? WHERE id = 1")?.execute([end])?;
        Ok(end)
    }

    /// Writes a slice with a quarter more rows than the batch adds, so that a frozen batch is compacted just when the next one is full: the
    /// disk has a constant load.
    fn write_slice(&mut self, rows: usize) -> Result<Option<Slice>, Error> {
        self.owed += rows + rows.div_ceil(4);
        let tail = self.tail.read();
        // A store that compacts after few rows uses small slices.
        if self.owed < SLICE.min(tail.compact_after() / 8 + 1) {
            return Ok(None);
        }
        tail.write_slice(&self.connection, std::mem::take(&mut self.owed))
    }

    pub(crate) fn abandon(&mut self) -> Result<(), Error> {
        if !self.connection.is_autocommit() {
            self.connection.prepare_cached("ROLLBACK")?.execute([])?;
        }
        if std::mem::take(&mut self.wiping) {
            self.next_id = tail::next_id(&self.connection)?;
            self.ids_end = self.next_id;
        }
        self.begin_anew();
        Ok(())
    }

    pub(crate) fn snapshot(&mut self, mut weighed: Weighed) -> Result<Option<Snapshot>, Error> {
        self.begin()?;
        let mut tables = Tables::default();
        let accounts: Vec<Account> = self.whole(&weighed)?;
        // The balances of accounts that are not compacted are in memory.
        let now = |account: Account| self.tail.read().account(account.id).unwrap_or(account);
        let accounts = accounts.into_iter().map(now).collect();
        macro_rules! take {
            ($table:ident, $rows:expr, $key:expr) => {
                match weighed.keyed($rows, $key)? {
                    Some(rows) => tables.$table = rows,
                    None => return Ok(None),
                }
            };
            (copied $table:ident, $rows:expr) => {
                match weighed.keyed($rows, Table::key)? {
                    Some(rows) => tables.$table = rows.into_iter().map(|(key, row)| (key, *row)).collect(),
                    None => return Ok(None),
                }
            };
        }
        take!(copied accounts, accounts);
        take!(copied pendings, self.whole::<Pending>(&weighed)?);
        take!(copied transfers, self.whole::<Transfer>(&weighed)?);
        macro_rules! read {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
                $(take!($table, self.whole::<$row>(&weighed)?, Table::key);)*
                $(take!($other, self.whole::<$other_row>(&weighed)?, |row: &$other_row| row.key.clone());)*
            };
        }
        payments::tables!(read);
        Ok(Some(weighed.snapshot(tables)))
    }

    /// The rows of a table, as far as they could fit.
    fn whole<T: Table>(&self, weighed: &Weighed) -> Result<Vec<T>, Error> {
        let limit = i64::try_from(weighed.limit()).unwrap_or(i64::MAX);
        collect(&self.connection, &format!("SELECT {} FROM {} LIMIT ?", T::COLUMNS, T::NAME), [limit])
    }

    pub(crate) fn restore(&mut self, tables: &Tables) -> Result<(), Error> {
        let connection = &self.connection;
        tables.audit_lines.keys().try_for_each(|line| delete::<AuditLine>(connection, line))?;
        insert_all(connection, tables.accounts.values())?;
        insert_all(connection, tables.pendings.values())?;
        insert_all(connection, tables.transfers.values())?;
        macro_rules! insert {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
                $(insert_all(connection, tables.$table.values().map(|row| &**row))?;)*
                $(insert_all(connection, tables.$other.values().map(|row| &**row))?;)*
            };
        }
        payments::tables!(insert);
        Ok(())
    }

    pub(crate) fn wipe(&mut self, what: Wipe) -> Result<(), Error> {
        self.begin()?;
        for table in what.tables().chain(LOOK_UPS) {
            self.connection.execute(&format!("DELETE FROM {table}"), [])?;
        }
        self.connection.execute("UPDATE settled SET up_to = 0", [])?;
        self.connection.execute(find::FORGET_STEPS, [])?;
        self.connection.execute(FORGET_TOTALS, [])?;
        self.wiping = true;
        self.deposits.clear();
        Ok(())
    }

    /// Commits a batch after a wipe: for readers, the rows in memory are replaced by the committed ones in one step.
    fn write_anew(&mut self, view: &View) -> Result<(), Error> {
        write_rows(&self.connection, view)?;
        let ids_end = self.take_ids(view)?;
        let known = Arc::clone(&self.tail);
        let mut tail = known.write();
        self.end()?;
        let compact_after = tail.compact_after();
        (*tail, _) = tail::recover(&self.connection, compact_after)?;
        (self.next_id, self.ids_end) = (view.ids.peek(), ids_end);
        self.wiping = false;
        self.owed = 0;
        Ok(())
    }
}

#[cfg(test)]
impl Writer {
    /// Releases the write lock, as between two transactions, when another program may write.
    pub(super) fn step_aside(&self) {
        self.connection.execute_batch("ROLLBACK").unwrap();
    }

    /// SQLite's counter of the commits of other connections.
    pub(super) fn version(&self) -> i64 {
        version(&self.connection).unwrap()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // After this the database alone is the store; pages that cannot be moved stay in the log.
        if !self.progress.has_failed() {
            let ended =
                if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("ROLLBACK") };
            let ready = ended.and_then(|()| self.connection.busy_timeout(CLOSE));
            let ready = ready.and_then(|()| self.connection.execute_batch("PRAGMA synchronous = FULL"));
            let moved = ready
                .map_err(Error::from)
                .and_then(|()| self.checkpoint.empty(&self.connection, self.flusher.acknowledged()));
            match moved {
                Ok(true) => {}
                Ok(false) => warn!("the log could not be moved into the database at the end: it is still read"),
                Err(error) => warn!(%error, "the log could not be moved into the database at the end"),
            }
        }
        // Callers that still wait for a flush, which will not come, get an error.
        self.progress.fail();
    }
}

/// Writes the changed rows of a view.
fn write_rows(connection: &Connection, view: &View) -> Result<(), Error> {
    fn changed<K: Hash + Eq + Clone, R: Table>(connection: &Connection, rows: &Rows<K, R>) -> Result<(), Error> {
        insert_all(connection, rows.inserted().map(|(_, row)| &**row))?;
        update_all(connection, rows.updated().map(|(_, row)| &**row))
    }
    fn removed<K: Hash + Eq + Clone, R: Table<Key = K>>(
        connection: &Connection,
        rows: &Rows<K, R>,
    ) -> Result<(), Error> {
        rows.removed().try_for_each(|key| delete::<R>(connection, key))
    }
    insert_all(connection, view.books.new_accounts())?;
    update_all(connection, view.books.accounts_with_new_status())?;
    let transfers = view.books.transfers();
    insert_all(connection, transfers.iter())?;
    // A pending transfer has the number of the transfer that made it.
    let is_new = |pending: &&Pending| transfers.binary_search_by_key(&pending.id, |transfer| transfer.id).is_ok();
    let (new, changed_pendings): (Vec<_>, Vec<_>) = view.books.changed_pendings().partition(is_new);
    insert_all(connection, new.into_iter())?;
    update_all(connection, changed_pendings.into_iter())?;
    changed(connection, &view.deposits)?;
    changed(connection, &view.orders)?;
    macro_rules! write {
        (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($rest:tt)* }) => { $(changed(connection, &view.$table)?; removed(connection, &view.$table)?;)* };
    }
    payments::tables!(write);
    Ok(())
}
