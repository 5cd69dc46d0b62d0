//! The writing connection.
//!
//! Round trips of a batch: three at most, whatever its size. (1) `BEGIN`, the lock on this process's row, and all rows of the first
//! round, pipelined; (2) the rows that those named, if any is not cached; (3) all changes and `COMMIT`, pipelined. One more when
//! the block of numbers is used up, one or two when the epoch has moved, and those of a new connection.
//! Rows that may change are locked in the order of their keys. Two kinds of rows are cached instead: deposits, as long as the epoch
//! does not move, and accounts. A cached account is validated when it is written: the statement fails unless the row's entries and
//! status are as they were when the batch was decided; then the batch is decided again with the rows locked.
//! If the connection is lost before (3), nothing was done. If it is lost in (3), the database is queried: this node's row, locked from (1) on, can be
//! locked again only when the old transaction has ended, and then shows whether it was committed.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ledger::{Account, AccountId, Pending, Transfer};
use payments::{ClockMode, DayClose, Deposit, DepositKey, FoldMark, Ids, Job, Keys, Order, TotalRow, View};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, SimpleQueryMessage};
use tracing::warn;

use super::accounts::Accounts;
use super::column::Columns;
use super::connection::{Connection, ConnectionError, Database, Use};
use super::driver::Driver;
use super::horizon;
use super::invalidation;
use super::load::{Asked, Selects, fill, forgotten, missing, sorted};
use super::open::Open;
use super::pipeline::{self, Sent};
use super::queries::{BLOCK_AGE, NEXT_DUE};
use super::schema;
use super::statement::{Names, Verb};
use super::value::{fetch, fetch_all, number};
use super::write::{Writes, dirty_accounts};
use crate::Error;
use crate::error::corrupt;
use crate::invalidation::{Invalidation, invalidations};
use crate::memory::Tables;
use crate::model::{Claim, Origin};
use crate::movement_report::{FORGET_TOTALS, TOTALS, add_totals};
use crate::remembered::{Remembered, remembered};
use crate::snapshot::{Snapshot, Weighed};
use crate::sweep::{Engine, Rotation, SweepAt, Swept};
use crate::vouchers::{self, InClear, SealCode};
use crate::wipe::Wipe;
use ::schema::Table;

/// How many deposits are kept in memory at most.
const DEPOSITS: usize = 1_000_000;
/// How many numbers are reserved at a time: for a few dozen batches, so that it costs little and few are lost with a process.
const BLOCK: i64 = 8_192;
/// How many numbers must be left when a batch begins; a batch that needs more is decided again with a larger block.
const BLOCK_LEFT: i64 = 2_048;
/// First and longest back-off before another attempt to reach the database.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// For how long the outcome of a lost commit is queried, as a multiple of the database's time-out.
const ASK_FOR: u32 = 3;
/// Records the number of the committed batch in this process's row.
const CLOSING: &str = "UPDATE node SET batch = $1, at_ms = $2 WHERE id = $3";
/// After how long without a commit the row of a node is removed, in milliseconds.
const NODE_FORGOTTEN_MS: i64 = 30 * 24 * 3_600_000;

/// The writer; see the module.
#[derive(Debug)]
pub struct Writer {
    inner: Inner,
    /// Drives the connection on the writer's own thread. It is declared last, so that it is dropped last.
    runtime: Driver,
}

#[derive(Debug)]
struct Inner {
    database: Database,
    link: Option<Link>,
    /// When the next attempt to connect may be made, and the back-off after another failure.
    retry: Option<(Instant, Duration)>,
    ids: Ids,
    ids_until: Instant,
    /// How many numbers the next block must have.
    ids_wanted: i64,
    /// The number of this process's row.
    node: i64,
    /// The number of the last batch that was begun.
    batch: i64,
    epoch: i64,
    /// Changes that moved the epoch and were not applied yet.
    moved: Vec<Invalidation>,
    deposits: Remembered<DepositKey, Arc<Deposit>>,
    accounts: Accounts,
    rotation: Rotation,
}

/// A connection, and its open transaction.
#[derive(Debug)]
struct Link {
    connection: Connection,
    open: Option<Open>,
}

impl Writer {
    /// Connects, migrates the schema, and registers this process.
    pub(super) fn open(database: Database) -> Result<Self, Error> {
        let runtime = Driver::new().map_err(Error::Runtime)?;
        let mut inner = Inner {
            database,
            link: None,
            retry: None,
            ids: Ids::between(0, 0),
            ids_until: Instant::now(),
            ids_wanted: 0,
            node: 0,
            batch: 0,
            epoch: -1,
            moved: Vec::new(),
            deposits: remembered(DEPOSITS),
            accounts: Accounts::default(),
            rotation: Rotation::default(),
        };
        runtime.block_on(inner.register())?;
        Ok(Self { inner, runtime })
    }

    pub(crate) fn view(&self) -> View {
        View::new(self.inner.ids.clone())
    }

    pub(crate) fn load(&mut self, keys: &Keys, view: &mut View) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(async {
            let loaded = inner.load(keys, view).await;
            match &loaded {
                Ok(()) => {}
                Err(Error::Conflict(_) | Error::Rejected(_)) => inner.roll_back().await,
                // After any other error a new connection starts from the beginning; the server rolls back the transaction of this one.
                Err(_) => inner.link = None,
            }
            loaded
        })
    }

    pub(crate) fn commit(&mut self, view: View) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.commit(&view))
    }

    pub(crate) fn epoch(&self) -> i64 {
        self.inner.epoch
    }

    pub(crate) fn invalidations(&self) -> &[Invalidation] {
        &self.inner.moved
    }

    pub(crate) fn forget_invalidations(&mut self) {
        self.inner.moved.clear();
    }

    pub(crate) fn clock(&mut self) -> Result<Option<ClockMode>, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.only())
    }

    pub(crate) fn day_close(&mut self) -> Result<Option<DayClose>, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.only())
    }

    pub(crate) fn sweep(&mut self, at: SweepAt) -> Result<Swept, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.sweep(at))
    }

    pub(crate) fn claim_jobs(&mut self, claim: Claim) -> Result<Vec<Job>, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.claim_jobs(claim))
    }

    pub(crate) fn add_totals(&mut self, from: &FoldMark, to: &FoldMark, rows: &[TotalRow]) -> Result<bool, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.add_totals(from, to, rows))
    }

    pub(crate) fn next_due(&mut self) -> Result<Option<i64>, Error> {
        let Self { inner, runtime } = self;
        let rows = runtime.block_on(inner.query("next due", || NEXT_DUE.to_owned(), &[]))?;
        Ok(rows.first().and_then(|row| row.get(0)))
    }

    pub(crate) fn abandon(&mut self) {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.roll_back());
    }

    pub(crate) fn wipe(&mut self, what: Wipe) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.wipe(what))
    }

    pub(crate) fn snapshot(&mut self, weighed: Weighed) -> Result<Option<Snapshot>, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.snapshot(weighed))
    }

    pub(crate) fn restore(&mut self, tables: &Tables) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.restore(tables))
    }

    pub(crate) fn claim(&mut self, fresh: Origin, keys: &[[u8; 32]]) -> Result<Origin, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.claim(fresh, keys))
    }

    pub(crate) fn put_origin(&mut self, origin: &Origin) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.put_origin(origin))
    }

    pub(crate) fn seal_vouchers(&mut self, seal: SealCode<'_>) -> Result<u64, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.seal_vouchers(seal))
    }

    pub(crate) fn origin(&mut self) -> Result<Option<Origin>, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.only::<Origin>())
    }

    pub(crate) fn is_fresh(&mut self) -> Result<bool, Error> {
        let rows = "SELECT (SELECT count(*) FROM clock) + (SELECT count(*) FROM (SELECT 1 FROM transfer_order LIMIT 1) AS one) +
            (SELECT count(*) FROM (SELECT 1 FROM phone_order LIMIT 1) AS one) +
            (SELECT count(*) FROM (SELECT 1 FROM invoice LIMIT 1) AS one)";
        let Self { inner, runtime } = self;
        Ok(runtime.block_on(inner.number(rows))? == 0)
    }

    pub(crate) fn last_instant(&mut self) -> Result<i64, Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.number(crate::find::LAST_INSTANT))
    }

    pub(crate) fn note_step_back(&mut self, last_ms: i64, by_ms: i64) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        let text = format!("{} RETURNING last_ms", crate::find::step_back(last_ms, by_ms));
        runtime.block_on(inner.number(&text)).map(|_| ())
    }

    pub(crate) fn is_empty(&mut self) -> Result<bool, Error> {
        let rows = "SELECT (SELECT count(*) FROM (SELECT 1 FROM client LIMIT 1) AS one) +
            (SELECT count(*) FROM (SELECT 1 FROM account LIMIT 1) AS one)";
        let Self { inner, runtime } = self;
        Ok(runtime.block_on(inner.number(rows))? == 0)
    }
}

impl Inner {
    async fn register(&mut self) -> Result<(), Error> {
        let mut connection = self.database.connect(Use::Write).await?;
        schema::migrate(&self.database, &mut connection).await?;
        self.link = Some(Link { connection, open: None });
        let mut number = [0; 8];
        getrandom::fill(&mut number).map_err(Error::Entropy)?;
        self.node = i64::from_be_bytes(number) & i64::MAX;
        let old = format!("DELETE FROM node WHERE at_ms < {}", now_ms() - NODE_FORGOTTEN_MS);
        let new = horizon::register(self.node, now_ms());
        for text in [old, new] {
            self.database.with_timeout(self.connection()?.client.batch_execute(&text)).await?;
        }
        Ok(())
    }

    /// Connects if there is no connection and the back-off has passed.
    async fn connect(&mut self) -> Result<(), Error> {
        if self.link.as_ref().is_some_and(|link| link.connection.client.is_closed()) {
            self.link = None;
        }
        if self.link.is_none() {
            let wait = match self.retry {
                Some((at, _)) if Instant::now() < at => {
                    return Err(Error::Unavailable("it could not be reached a moment ago".to_owned()));
                }
                Some((_, wait)) => wait,
                None => BACKOFF.0,
            };
            match self.database.connect(Use::Write).await {
                Ok(connection) => {
                    self.retry = None;
                    // Changes of other nodes in the meantime are unknown.
                    self.epoch = -1;
                    self.link = Some(Link { connection, open: None });
                }
                Err(error) => {
                    self.retry = Some((Instant::now() + wait, (wait * 2).min(BACKOFF.1)));
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    fn connection(&self) -> Result<&Connection, Error> {
        let link = self.link.as_ref().ok_or_else(|| Error::Unavailable("there is no connection".to_owned()))?;
        Ok(&link.connection)
    }

    /// Rolls back the open transaction.
    async fn roll_back(&mut self) {
        if let Some(link) = &mut self.link
            && link.open.take().is_some()
            && self.database.with_timeout(link.connection.client.batch_execute("ROLLBACK")).await.is_err()
        {
            self.link = None;
        }
    }

    fn lose(&mut self, error: ConnectionError) -> Error {
        if matches!(error, ConnectionError::Lost(_)) {
            self.link = None;
        }
        error.into()
    }

    /// Reserves a block of numbers when few are left.
    async fn ensure_ids(&mut self) -> Result<(), Error> {
        if self.ids.left() >= BLOCK_LEFT.max(self.ids_wanted) && Instant::now() < self.ids_until {
            return Ok(());
        }
        let size = BLOCK.max(self.ids_wanted.saturating_mul(2));
        let text = horizon::new_block(size, self.node);
        let end = self.number(&text).await?;
        self.ids = Ids::between(end - size, end);
        self.ids_until = Instant::now() + BLOCK_AGE;
        self.ids_wanted = 0;
        Ok(())
    }

    async fn number(&mut self, text: &str) -> Result<i64, Error> {
        self.connect().await?;
        let row = match self.database.with_timeout(self.connection()?.client.query_one(text, &[])).await {
            Ok(row) => row,
            Err(error) => return Err(self.lose(error)),
        };
        number(&row)
    }

    async fn load(&mut self, keys: &Keys, view: &mut View) -> Result<(), Error> {
        let begins = self.link.as_ref().is_none_or(|link| link.open.is_none());
        if begins {
            self.ensure_ids().await?;
            view.ids = self.ids.clone();
            self.batch += 1;
            self.connect().await?;
        }
        let Self {
            database, link: Some(link), deposits, accounts: remembered_accounts, node, epoch, moved, ids, ..
        } = self
        else {
            return Err(Error::Failed);
        };
        let Link { connection, open } = link;
        let connection = &*connection;
        // The rows are taken out now, because entries that are cached below may evict them.
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for key in missing(&keys.deposits, &view.deposits) {
            match deposits.get(&key) {
                Some(deposit) => known.push((key, Arc::clone(deposit))),
                None => unknown.push(key),
            }
        }
        let unknown = Asked::<_, Deposit>::of(unknown);
        let orders = missing(&keys.orders, &view.orders);
        let finds = sorted(keys.finds.iter().copied().filter(|find| !view.found.contains_key(find)));
        let pendings = sorted(keys.pendings.iter().copied().filter(|id| view.books.pending(*id).is_none()));
        let mut accounts = sorted(keys.accounts.iter().copied().filter(|id| view.books.account(*id).is_none()));
        let mut as_remembered = Vec::new();
        accounts.retain(|id| match remembered_accounts.get(*id) {
            Some(account) => {
                as_remembered.push(account);
                false
            }
            None => true,
        });

        let opened;
        let mut selects = Selects { database, connection, begins, all: Vec::new(), found: Vec::new() };
        selects.finds(&finds);
        selects.orders(&orders)?;
        selects.add(Verb::Select, &unknown)?;
        selects.add(Verb::Lock, &Asked::<_, Pending>::of(pendings))?;
        macro_rules! select {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($rest:tt)* }) => {
                $(let $table = Asked::missing(&keys.$table, &view.$table);
                selects.add(Verb::Lock, &$table)?;)*
                selects.add(Verb::Lock, &Asked::<_, Account>::of(accounts))?;
                if begins {
                    *open = Some(Open::default());
                }
                let (opening, answers) = selects.send(*node).await?;
                if opening.is_some_and(|opening| opening.ids_from > view.ids.peek()) {
                    *ids = Ids::between(0, 0);
                    return Err(Error::Conflict("this process may not give numbers of its block any more".to_owned()));
                }
                opened = opening.map(|opening| opening.epoch);
                let found = open.as_mut().ok_or(Error::Failed)?;
                let mut answers = answers.into_iter();
                let mut next = || answers.next().unwrap_or_default();
                fill(&mut view.orders, orders, fetch_all::<Order>(&next())?, |order| order.key.clone());
                for deposit in unknown.fill(&mut view.deposits, &next())? {
                    deposits.insert(deposit.key.clone(), deposit);
                }
                for pending in fetch_all::<Pending>(&next())? {
                    found.pendings.insert(pending.id);
                    view.books.put_pending(pending);
                }
                $($table.fill(&mut view.$table, &next())?;)*
                let locked = fetch_all::<Account>(&next())?;
                locked.iter().for_each(|account| remembered_accounts.locked(account));
                found.remembered.extend_from_slice(&as_remembered);
                for account in locked.into_iter().chain(as_remembered) {
                    found.accounts.insert(account.id, account);
                    view.books.put_account(account);
                }
                for find in finds {
                    let orders = fetch_all::<Order>(&next())?;
                    view.found.insert(find, orders.iter().map(|order| order.key.clone()).collect());
                    for order in orders {
                        view.orders.load(order.key.clone(), Some(Arc::new(order)));
                    }
                }
            };
        }
        payments::tables!(select);
        if let Some(now) = opened
            && now != *epoch
        {
            // A commit has changed cached rows.
            let after = std::mem::replace(epoch, -1);
            let steps = if invalidation::is_kept(after, now) {
                let between =
                    connection.named(database, "invalidations", &[], || invalidation::BETWEEN.to_owned()).await?;
                let rows = database.with_timeout(connection.client.query(&between, &[&after, &now])).await?;
                invalidation::read(&rows, after, now)?
            } else {
                vec![Invalidation::All]
            };
            let stale = Invalidation::Deposits.is_in(&steps);
            moved.extend(steps);
            *epoch = now;
            if stale {
                deposits.clear();
                let again = Asked::<_, Deposit>::of(known.drain(..).map(|(key, _)| key).collect());
                let mut selects = Selects { database, connection, begins: false, all: Vec::new(), found: Vec::new() };
                selects.add(Verb::Select, &again)?;
                let (_, answers) = selects.send(*node).await?;
                for deposit in again.fill(&mut view.deposits, &answers.into_iter().next().unwrap_or_default())? {
                    deposits.insert(deposit.key.clone(), deposit);
                }
            }
        }
        for (key, deposit) in known {
            view.deposits.load(key, Some(deposit));
        }
        Ok(())
    }

    async fn commit(&mut self, view: &View) -> Result<(), Error> {
        let left = view.ids.left();
        if left < 0 {
            self.ids_wanted = BLOCK - left;
            self.ids = Ids::between(0, 0);
            self.roll_back().await;
            return Err(Error::Conflict("the batch needs more numbers".to_owned()));
        }
        // Numbers of a batch with an unknown outcome are not used again.
        self.ids = view.ids.clone();
        let remembered = self.link.as_ref().and_then(|link| Some(&link.open.as_ref()?.remembered));
        let remembered: Vec<AccountId> = remembered.into_iter().flatten().map(|account| account.id).collect();
        let wiped = self.link.as_ref().and_then(|link| link.open.as_ref()).is_some_and(|open| open.wiped);
        if view.is_unchanged() && remembered.is_empty() && !wiped {
            self.roll_back().await;
            return Ok(());
        }
        let dirty_accounts = dirty_accounts(view);
        let written = match self.write(view, &dirty_accounts).await {
            Ok(()) => Ok(()),
            Err(error @ (ConnectionError::Server { .. } | ConnectionError::Row(_))) => {
                self.roll_back().await;
                Err(error.into())
            }
            Err(ConnectionError::Lost(what)) => {
                self.link = None;
                warn!(error = what, "lost the connection in a commit; asking whether it was committed");
                match self.ask().await {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(Error::Conflict("the connection was lost before the commit".to_owned())),
                    Err(error) => Err(Error::InDoubt(error.to_string())),
                }
            }
        };
        match written {
            Ok(()) => {
                dirty_accounts.iter().filter_map(|id| view.books.account(*id)).for_each(|a| self.accounts.keep(*a))
            }
            Err(_) => dirty_accounts.iter().chain(&remembered).for_each(|id| self.accounts.invalidate(*id)),
        }
        written
    }

    /// The third round trip. An error of the server means that nothing was done.
    async fn write(&mut self, view: &View, dirty_accounts: &[AccountId]) -> Result<(), ConnectionError> {
        let Self { database, link: Some(Link { connection, open: open @ Some(_) }), node, batch, .. } = self else {
            return Err(ConnectionError::Lost("there is no transaction".to_owned()));
        };
        let found = open.take().unwrap_or_default();
        let prepared = match Writes::of(view, dirty_accounts, &found) {
            Ok(writes) => writes.prepared(database, connection).await,
            Err(error) => Err(ConnectionError::Row(error)),
        };
        // If an error occurs, the transaction is still open.
        *open = Some(found);
        let writes = prepared?;
        let closing = connection.named(database, "closing", &[], || CLOSING.to_owned()).await?;
        let wiped = open.as_ref().is_some_and(|open| open.wiped);
        let changed = if wiped { vec![Invalidation::All] } else { invalidations(view) };
        let commit = if changed.is_empty() { "COMMIT".to_owned() } else { invalidation::moving(&changed) + "; COMMIT" };
        let at_ms = now_ms();
        let mut sent: Vec<Sent<'_, Result<(u64, u64), ConnectionError>>> = Vec::new();
        for (statement, columns) in &writes {
            sent.push(Box::pin(async {
                let parameters = columns.parameters();
                let done = database.with_timeout(connection.client.execute(statement, &parameters)).await;
                // A statement that returns a row has checked the count itself.
                let wanted = if statement.columns().is_empty() { columns.rows() } else { 1 };
                done.map(|rows| (rows, wanted))
            }));
        }
        if wiped || !view.is_unchanged() {
            sent.push(Box::pin(async {
                let row: [&(dyn ToSql + Sync); 3] = [&*batch, &at_ms, &*node];
                let done = database.with_timeout(connection.client.execute(&closing, &row)).await;
                done.map(|rows| (rows, 1))
            }));
        }
        sent.push(Box::pin(async {
            database.with_timeout(connection.client.batch_execute(&commit)).await.map(|()| (0, 0))
        }));
        for done in pipeline::all(sent).await {
            let (rows, wanted) = done?;
            if rows != wanted {
                // The rows were locked, or their statement would have failed.
                return Err(ConnectionError::Row(corrupt(
                    "?",
                    format!("{rows} of {wanted} rows were there to be written"),
                )));
            }
        }
        *open = None;
        Ok(())
    }

    /// Whether the last batch was committed. Waits for the end of its transaction, which holds the lock on this process's row.
    async fn ask(&mut self) -> Result<bool, Error> {
        let deadline = Instant::now() + self.database.timeout * ASK_FOR;
        loop {
            let failed = match self.last_batch().await {
                Ok(last) => return Ok(last == self.batch),
                Err(error) => error,
            };
            if Instant::now() >= deadline {
                return Err(failed);
            }
            tokio::time::sleep(BACKOFF.0).await;
        }
    }

    async fn last_batch(&mut self) -> Result<i64, Error> {
        let text = format!("BEGIN; SELECT batch FROM node WHERE id = {} FOR UPDATE; COMMIT", self.node);
        self.connect().await?;
        match self.database.with_timeout(self.connection()?.client.simple_query(&text)).await {
            Ok(messages) => number_in(&messages),
            Err(error) => {
                // A failed statement leaves the transaction open.
                self.link = None;
                Err(error.into())
            }
        }
    }

    /// Reads all tables in a transaction of their own: other processes commit meanwhile.
    async fn snapshot(&mut self, weighed: Weighed) -> Result<Option<Snapshot>, Error> {
        self.roll_back().await;
        self.connect().await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL enable_seqscan = on";
        let begun = self.database.with_timeout(self.connection()?.client.batch_execute(begin)).await;
        if let Err(error) = begun {
            return Err(self.lose(error));
        }
        let read = self.whole(weighed).await;
        let ended = self.database.with_timeout(self.connection()?.client.batch_execute("ROLLBACK")).await;
        if ended.is_err() {
            self.link = None;
        }
        read
    }

    async fn whole(&self, mut weighed: Weighed) -> Result<Option<Snapshot>, Error> {
        let mut tables = Tables::default();
        macro_rules! take {
            ($table:ident: $row:ty, $key:expr) => {
                match weighed.keyed(self.rows_of::<$row>(&weighed).await?, $key)? {
                    Some(rows) => tables.$table = rows,
                    None => return Ok(None),
                }
            };
            (copied $table:ident: $row:ty) => {
                match weighed.keyed(self.rows_of::<$row>(&weighed).await?, Table::key)? {
                    Some(rows) => tables.$table = rows.into_iter().map(|(key, row)| (key, *row)).collect(),
                    None => return Ok(None),
                }
            };
        }
        take!(copied accounts: Account);
        take!(copied pendings: Pending);
        take!(copied transfers: Transfer);
        macro_rules! read {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
                $(take!($table: $row, Table::key);)*
                $(take!($other: $other_row, |row: &$other_row| row.key.clone());)*
            };
        }
        payments::tables!(read);
        Ok(Some(weighed.snapshot(tables)))
    }

    /// The rows of a table, as far as they could fit.
    async fn rows_of<T: Table>(&self, weighed: &Weighed) -> Result<Vec<T>, Error> {
        let text = format!("SELECT {} FROM {} LIMIT {}", T::COLUMNS, T::NAME, weighed.limit());
        let rows = self.database.with_timeout(self.connection()?.client.query(&text, &[])).await?;
        fetch_all(&rows)
    }

    /// Inserts rows in the transaction that [`Inner::wipe`] has begun.
    async fn restore(&mut self, tables: &Tables) -> Result<(), Error> {
        let restored = self.insert_whole(tables).await;
        if let Err(error) = restored {
            let error = self.lose(error);
            self.roll_back().await;
            return Err(error);
        }
        Ok(())
    }

    async fn insert_whole(&self, tables: &Tables) -> Result<(), ConnectionError> {
        let Self { database, link: Some(Link { connection, open: Some(_) }), .. } = self else {
            return Err(ConnectionError::Lost("there is no transaction".to_owned()));
        };
        let writes = Writes::whole(tables)?.prepared(database, connection).await?;
        let mut sent: Vec<Sent<'_, Result<u64, ConnectionError>>> = Vec::new();
        for (statement, columns) in &writes {
            sent.push(Box::pin(async {
                let parameters = columns.parameters();
                database.with_timeout(connection.client.execute(statement, &parameters)).await
            }));
        }
        pipeline::all(sent).await.into_iter().try_for_each(|done| done.map(|_| ()))
    }

    async fn wipe(&mut self, what: Wipe) -> Result<(), Error> {
        self.roll_back().await;
        self.ensure_ids().await?;
        self.batch += 1;
        let mut text = format!(
            "BEGIN; SELECT value FROM epoch WHERE id = 1 FOR UPDATE; SELECT batch FROM node WHERE id = {} FOR UPDATE; ",
            self.node
        );
        for table in what.tables() {
            text.push_str("DELETE FROM ");
            text.push_str(table);
            text.push_str("; ");
        }
        text.push_str(crate::find::FORGET_STEPS);
        // The mark comes first. Another process that adds totals locks it, too: what it has added is then removed, and what it adds later is of a world
        // that is gone, and is refused.
        for forget in ["; ", FORGET_TOTALS, "; DELETE FROM ", TOTALS] {
            text.push_str(forget);
        }
        self.connect().await?;
        let Some(link) = &mut self.link else { return Err(Error::Failed) };
        link.open = Some(Open { wiped: true, ..Open::default() });
        let wiped = self.database.with_timeout(link.connection.client.batch_execute(&text)).await;
        self.deposits.clear();
        self.accounts = Accounts::default();
        if let Err(error) = wiped {
            let error = self.lose(error);
            self.roll_back().await;
            return Err(error);
        }
        Ok(())
    }

    /// Runs a statement outside of a batch.
    async fn query(
        &mut self,
        name: &'static str,
        text: impl FnOnce() -> String,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        self.connect().await?;
        let (database, connection) = (&self.database, self.connection()?);
        let asked = async {
            let statement = connection.named(database, name, &[], text).await?;
            database.with_timeout(connection.client.query(&statement, parameters)).await
        };
        let answer = asked.await;
        answer.map_err(|error| self.lose(error))
    }

    /// Claims jobs, in a transaction of its own. A claim whose response is lost has no worker, and expires.
    async fn claim_jobs(&mut self, claim: Claim) -> Result<Vec<Job>, Error> {
        let text = || {
            format!(
                "UPDATE job SET leased_until_ms = $1, fence = fence + 1 WHERE id IN (SELECT id FROM job
                WHERE due_at_ms <= $2 AND leased_until_ms <= $3 ORDER BY due_at_ms, id LIMIT $4
                FOR UPDATE SKIP LOCKED) RETURNING {}",
                Job::COLUMNS
            )
        };
        let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
        let rows = self.query("claim", text, &[&claim.until_ms, &claim.due_by_ms, &claim.now_ms, &limit]).await?;
        let mut jobs = fetch_all::<Job>(&rows)?;
        jobs.sort_unstable_by_key(|job| (job.due_at_ms, job.id));
        Ok(jobs)
    }

    /// Adds totals of movements, in a transaction of its own. If the mark is elsewhere, nothing is added.
    async fn add_totals(&mut self, from: &FoldMark, to: &FoldMark, rows: &[TotalRow]) -> Result<bool, Error> {
        let numbers: Vec<_> = rows.iter().map(TotalRow::numbers).collect();
        let column = |at: usize| numbers.iter().map(|row| row[at]).collect::<Vec<i64>>();
        let columns: [Vec<i64>; 11] = std::array::from_fn(column);
        let FoldMark { up_to, last_cause, last_kind, last_at_ms, .. } = to;
        let mark: [&(dyn ToSql + Sync); 6] = [up_to, last_cause, last_kind, last_at_ms, &from.world, &from.up_to];
        let arrays = columns.iter().map(|column| column as &(dyn ToSql + Sync));
        let parameters: Vec<_> = mark.into_iter().chain(arrays).collect();
        let moved = self.query("totals", add_totals, &parameters).await?;
        Ok(moved.first().map(number).transpose()? == Some(1))
    }

    /// Sweeps; each statement is a transaction of its own. One that fails is left to a later sweep, and does not prevent the others.
    async fn sweep(&mut self, at: SweepAt) -> Result<Swept, Error> {
        self.connect().await?;
        let mut swept = 0;
        for text in self.rotation.statements(at, Engine::Postgres) {
            let done = self.database.with_timeout(self.connection()?.client.execute(&text, &[])).await;
            let rows = match done {
                Ok(rows) => rows,
                Err(ConnectionError::Server { what, .. }) => {
                    warn!(error = what, "expired rows could not be removed");
                    0
                }
                Err(error) => return Err(self.lose(error)),
            };
            if self.rotation.ran(rows, &mut swept) {
                return Ok(Swept::Some);
            }
        }
        Ok(Swept::All)
    }

    /// The row of a table that has at most one.
    async fn only<T: Table<Key = ()>>(&mut self) -> Result<Option<T>, Error> {
        self.connect().await?;
        let (database, connection) = (&self.database, self.connection()?);
        let key = Columns::of(&[()], T::bind_key)?;
        let select = connection.statement(database, Verb::Select, Names::of::<T>(), &key.kinds()).await?;
        let rows = database.with_timeout(connection.client.query(&select, &key.parameters())).await?;
        rows.first().map(fetch).transpose()
    }

    async fn claim(&mut self, fresh: Origin, keys: &[[u8; 32]]) -> Result<Origin, Error> {
        // Two processes may claim a new store at the same time: the second one finds the row of the first.
        for _ in 0..2 {
            if let Some(made) = self.only::<Origin>().await? {
                return made.admits(fresh.purpose, keys).map(|()| made);
            }
            match self.write_origin(Verb::Insert, &fresh, Table::bind).await {
                Ok(()) => return Ok(fresh),
                Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Conflict("another process claims the store".to_owned()))
    }

    async fn seal_vouchers(&mut self, seal: SealCode<'_>) -> Result<u64, Error> {
        if self.number(vouchers::ANY).await? == 0 {
            return Ok(0);
        }
        let client = &self.connection()?.client;
        let lost = |error| Error::from(ConnectionError::of(error));
        let rows = async |text: &str| client.query(text, &[]).await.map_err(lost);
        // One process seals the codes, however long that takes; others wait.
        let begin = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
            SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL enable_seqscan = on;
            LOCK TABLE voucher IN SHARE ROW EXCLUSIVE MODE";
        client.batch_execute(begin).await.map_err(lost)?;
        let of_audit = vouchers::audit();
        let (codes, invoices, audit) =
            (rows(vouchers::CODES).await?, rows(vouchers::INVOICES).await?, rows(&of_audit).await?);
        let in_clear = InClear {
            codes: codes.iter().map(|row| (row.get(0), row.get(1))).collect(),
            invoices: invoices.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect(),
            audit: audit.iter().map(|row| (row.get(0), row.get(1))).collect(),
        };
        let text = in_clear.statements(seal, |digits| format!("decode('{digits}', 'hex')"))?;
        client.batch_execute(&format!("{text}COMMIT")).await.map_err(lost)?;
        Ok(in_clear.codes.len() as u64)
    }

    async fn put_origin(&mut self, origin: &Origin) -> Result<(), Error> {
        self.connect().await?;
        self.write_origin(Verb::Update, origin, Table::bind_change).await
    }

    async fn write_origin(
        &mut self,
        verb: Verb,
        origin: &Origin,
        bind: fn(&Origin, &mut Columns) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (database, connection) = (&self.database, self.connection()?);
        let row = Columns::of(std::iter::once(origin), bind)?;
        let statement = connection.statement(database, verb, Names::of::<Origin>(), &row.kinds()).await?;
        database.with_timeout(connection.client.execute(&statement, &row.parameters())).await?;
        Ok(())
    }
}

/// The number in the last row of a simple query's response.
fn number_in(messages: &[SimpleQueryMessage]) -> Result<i64, Error> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    rows.last().ok_or_else(forgotten)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
