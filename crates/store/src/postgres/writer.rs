//! The writing connection.
//!
//! Round trips of a batch: three, whatever its size. (1) `BEGIN`, the lock on this node's row, and all rows of the first round, pipelined;
//! (2) the rows that those named; (3) all changes and `COMMIT`, pipelined. A fourth when the block of numbers is used up, and those
//! of a new connection. Rows that may change are locked in the order of their keys; deposits are kept in memory as long as the
//! epoch stands.
//! A connection lost before (3) has done nothing. Lost in (3), the database is asked: this node's row, held from (1) on, can be
//! locked again only when the old transaction is over, and then tells whether it was committed.

use std::collections::HashSet;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use foldhash::{HashMap, HashMapExt};
use ledger::{Account, AccountId, Pending, Transfer, TransferId};
use payments::{Deposit, DepositKey, Ids, Keys, Order, OrderKey, Rows, View};
use tokio::runtime::Runtime;
use tokio_postgres::{Row, SimpleQueryMessage, Statement};
use tracing::warn;

use super::column::Columns;
use super::connection::{Connection, Database, Trouble, Use};
use super::pipeline::{self, Sent};
use super::schema;
use super::statement::{self, Verb};
use super::value::{fetch, fetch_all, number};
use crate::Error;
use crate::model::Origin;
use crate::table::{Cell, Table, corrupt};
use crate::tables::plain_tables;

/// Deposits kept in memory at most.
const DEPOSITS: usize = 1_000_000;
/// Numbers taken at a time: a few dozen batches, so that taking them costs little and few are lost with a process.
const BLOCK: i64 = 8_192;
/// Numbers that must be left when a batch begins; one that needs more is decided again with more.
const BLOCK_LEFT: i64 = 2_048;
/// A block is not used for longer, so that numbers of all nodes stay nearly in the order of time.
const BLOCK_AGE: Duration = Duration::from_secs(10);
/// First and longest wait before a database that could not be reached is tried again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// How many times our patience the outcome of a lost commit is asked for.
const ASK_FOR: u32 = 3;
/// Rows of nodes that have not committed for so long are removed.
const NODE_FORGOTTEN_MS: i64 = 30 * 24 * 3_600_000;

/// See the module.
#[derive(Debug)]
pub struct Writer {
    inner: Inner,
    /// Drives the connection on the writer's own thread. Declared last: dropped last.
    runtime: Runtime,
}

#[derive(Debug)]
struct Inner {
    database: Database,
    link: Option<Link>,
    /// When the database may be tried again, and how long to wait after the next failure.
    retry: Option<(Instant, Duration)>,
    ids: Ids,
    ids_until: Instant,
    /// Numbers that the next block must have.
    ids_wanted: i64,
    /// This process.
    node: i64,
    /// The last batch that was begun.
    batch: i64,
    epoch: i64,
    deposits: HashMap<DepositKey, Arc<Deposit>>,
}

/// A connection, and the transaction that is open on it.
#[derive(Debug)]
struct Link {
    connection: Connection,
    open: Option<Open>,
}

/// What a transaction has found so far: the ledger's rows of a view do not tell.
#[derive(Debug, Default)]
struct Open {
    accounts: HashSet<AccountId>,
    pendings: HashSet<TransferId>,
}

impl Writer {
    /// Connects, brings the schema up to date, and registers this process.
    pub(super) fn open(database: Database) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
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
            deposits: HashMap::new(),
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
                Err(Error::Conflict(_)) => inner.roll_back().await,
                // Whatever it is, a new connection starts from the beginning; the server rolls back what was open on this one.
                Err(_) => inner.link = None,
            }
            loaded
        })
    }

    pub(crate) fn commit(&mut self, view: View) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.commit(&view))
    }

    pub(crate) fn wipe(&mut self) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.wipe())
    }

    pub(crate) fn claim(&mut self, origin: Origin) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.claim(&origin))
    }

    pub(crate) fn is_fresh(&mut self) -> Result<bool, Error> {
        let rows = "SELECT (SELECT count(*) FROM clock) + (SELECT count(*) FROM (SELECT 1 FROM transfer_order LIMIT 1) AS one)";
        let Self { inner, runtime } = self;
        Ok(runtime.block_on(inner.number(rows))? == 0)
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
        let new = format!("INSERT INTO node (id, batch, at_ms) VALUES ({}, 0, {})", self.node, now_ms());
        for text in [old, new] {
            self.database.patiently(self.connection()?.client.batch_execute(&text)).await?;
        }
        Ok(())
    }

    /// Makes a connection when there is none and the time for another try has come.
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
                    // What other nodes did meanwhile is not known.
                    self.epoch = -1;
                    self.link = Some(Link { connection, open: None });
                }
                Err(trouble) => {
                    self.retry = Some((Instant::now() + wait, (wait * 2).min(BACKOFF.1)));
                    return Err(trouble.into());
                }
            }
        }
        Ok(())
    }

    fn connection(&self) -> Result<&Connection, Error> {
        let link = self.link.as_ref().ok_or_else(|| Error::Unavailable("there is no connection".to_owned()))?;
        Ok(&link.connection)
    }

    /// Ends a transaction that is not to be committed.
    async fn roll_back(&mut self) {
        if let Some(link) = &mut self.link
            && link.open.take().is_some()
            && self.database.patiently(link.connection.client.batch_execute("ROLLBACK")).await.is_err()
        {
            self.link = None;
        }
    }

    fn lose(&mut self, trouble: Trouble) -> Error {
        if matches!(trouble, Trouble::Lost(_)) {
            self.link = None;
        }
        trouble.into()
    }

    /// Takes a block of numbers when few are left.
    async fn ensure_ids(&mut self) -> Result<(), Error> {
        if self.ids.left() >= BLOCK_LEFT.max(self.ids_wanted) && Instant::now() < self.ids_until {
            return Ok(());
        }
        let size = BLOCK.max(self.ids_wanted.saturating_mul(2));
        let text = format!("UPDATE id_block SET next = next + {size} WHERE id = 1 RETURNING next");
        let end = self.number(&text).await?;
        self.ids = Ids::between(end - size, end);
        self.ids_until = Instant::now() + BLOCK_AGE;
        self.ids_wanted = 0;
        Ok(())
    }

    async fn number(&mut self, text: &str) -> Result<i64, Error> {
        self.connect().await?;
        let row = match self.database.patiently(self.connection()?.client.query_one(text, &[])).await {
            Ok(row) => row,
            Err(trouble) => return Err(self.lose(trouble)),
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
        let Self { database, link: Some(link), deposits, node, epoch, .. } = self else { return Err(Error::Failed) };
        let Link { connection, open } = link;
        let connection = &*connection;
        let (remembered, unknown): (Vec<_>, Vec<_>) =
            missing(&keys.deposits, &view.deposits).into_iter().partition(|key| deposits.contains_key(key));
        let unknown = Asked::<_, Deposit>::of(unknown);
        let orders = missing(&keys.orders, &view.orders);
        let pendings = sorted(keys.pendings.iter().copied().filter(|id| view.books.pending(*id).is_none()));
        let accounts = sorted(keys.accounts.iter().copied().filter(|id| view.books.account(*id).is_none()));

        let opened;
        let mut selects = Selects { database, connection, begins, all: Vec::new() };
        selects.orders(&orders).await?;
        selects.add(Verb::Select, &unknown).await?;
        selects.add(Verb::Lock, &Asked::<_, Pending>::of(pendings)).await?;
        macro_rules! select {
            ($($table:ident)*) => {
                $(let $table = Asked::missing(&keys.$table, &view.$table);
                selects.add(Verb::Lock, &$table).await?;)*
                selects.add(Verb::Lock, &Asked::<_, Account>::of(accounts)).await?;
                if begins {
                    *open = Some(Open::default());
                }
                let (epoch_now, answers) = selects.send(*node).await?;
                opened = epoch_now;
                let found = open.as_mut().ok_or(Error::Failed)?;
                let mut answers = answers.into_iter();
                let mut next = || answers.next().unwrap_or_default();
                fill(&mut view.orders, orders, fetch_all::<Order>(&next())?, |order| order.key.clone());
                for deposit in unknown.fill(&mut view.deposits, &next())? {
                    remember(deposits, deposit);
                }
                for pending in fetch_all::<Pending>(&next())? {
                    found.pendings.insert(pending.id);
                    view.books.put_pending(pending);
                }
                $($table.fill(&mut view.$table, &next())?;)*
                for account in fetch_all::<Account>(&next())? {
                    found.accounts.insert(account.id);
                    view.books.put_account(account);
                }
            };
        }
        plain_tables!(select);
        if let Some(now) = opened
            && now != *epoch
        {
            // Another process has changed what is remembered: the deposits are loaded after all.
            *epoch = now;
            deposits.clear();
            let again = Asked::<_, Deposit>::of(remembered);
            let mut selects = Selects { database, connection, begins: false, all: Vec::new() };
            selects.add(Verb::Select, &again).await?;
            let (_, answers) = selects.send(*node).await?;
            for deposit in again.fill(&mut view.deposits, &answers.into_iter().next().unwrap_or_default())? {
                remember(deposits, deposit);
            }
        } else {
            for key in remembered {
                let deposit = deposits.get(&key).map(Arc::clone);
                view.deposits.load(key, deposit);
            }
        }
        Ok(())
    }
}

fn remember(deposits: &mut HashMap<DepositKey, Arc<Deposit>>, deposit: Arc<Deposit>) {
    if deposits.len() >= DEPOSITS {
        deposits.clear();
    }
    deposits.insert(deposit.key.clone(), deposit);
}

/// Keys that were asked for and are not loaded, each once, in order.
fn missing<K: Hash + Ord + Clone, R>(keys: &[K], rows: &Rows<K, R>) -> Vec<K> {
    sorted(keys.iter().filter(|key| !rows.is_loaded(key)).cloned())
}

fn sorted<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<K> {
    let mut keys: Vec<K> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Notes the rows that were found, and of all other keys asked for that there is none.
fn fill<K: Hash + Eq + Clone, R>(
    rows: &mut Rows<K, R>,
    asked: Vec<K>,
    found: Vec<R>,
    key: impl Fn(&R) -> K,
) -> Vec<Arc<R>> {
    let found: Vec<Arc<R>> = found.into_iter().map(Arc::new).collect();
    for row in &found {
        rows.load(key(row), Some(Arc::clone(row)));
    }
    for key in asked {
        rows.load(key, None);
    }
    found
}

/// Keys to look up in a table.
struct Asked<K, R> {
    keys: Vec<K>,
    rows: PhantomData<R>,
}

impl<K: Hash + Ord + Clone, R: Table<Key = K>> Asked<K, R> {
    fn of(keys: Vec<K>) -> Self {
        Self { keys, rows: PhantomData }
    }

    fn missing(keys: &[K], rows: &Rows<K, R>) -> Self {
        Self::of(missing(keys, rows))
    }

    fn fill(self, rows: &mut Rows<K, R>, answer: &[Row]) -> Result<Vec<Arc<R>>, Error> {
        Ok(fill(rows, self.keys, fetch_all(answer)?, R::key))
    }
}

/// The look-ups of one round trip.
struct Selects<'a> {
    database: &'a Database,
    connection: &'a Connection,
    begins: bool,
    /// `None`: nothing is asked of this table.
    all: Vec<Option<(Statement, Columns)>>,
}

impl Selects<'_> {
    async fn add<K, R: Table<Key = K>>(&mut self, verb: Verb, asked: &Asked<K, R>) -> Result<(), Error> {
        let select = if asked.keys.is_empty() {
            None
        } else {
            let columns = Columns::of(&asked.keys, |key, to| R::bind_key(key, to))?;
            let statement = self.connection.statement::<R>(self.database, verb, &columns.kinds()).await?;
            Some((statement, columns))
        };
        self.all.push(select);
        Ok(())
    }

    /// Orders are found by client and trackId.
    async fn orders(&mut self, keys: &[OrderKey]) -> Result<(), Error> {
        let select = if keys.is_empty() {
            None
        } else {
            let columns = Columns::of(keys, |key, to| {
                key.client.put(to)?;
                key.track_id.put(to)
            })?;
            let kinds = columns.kinds();
            let text = format!(
                "SELECT {} FROM transfer_order WHERE {} ORDER BY client, track_id FOR UPDATE",
                Order::COLUMNS,
                statement::among(&["client", "track_id"], &kinds)
            );
            let statement = self.connection.prepared(self.database, &text, &kinds).await?;
            Some((statement, columns))
        };
        self.all.push(select);
        Ok(())
    }

    /// Sends all; the epoch where a transaction begins, and the rows of each look-up.
    async fn send(self, node: i64) -> Result<(Option<i64>, Vec<Vec<Row>>), Error> {
        let Self { database, connection, begins, all } = self;
        if !begins && all.iter().all(Option::is_none) {
            return Ok((None, Vec::new()));
        }
        let begin = format!(
            "BEGIN; SELECT e.value FROM epoch AS e, node AS n WHERE e.id = 1 AND n.id = {node} FOR UPDATE OF n"
        );
        let mut sent: Vec<Sent<'_, Result<Answer, Trouble>>> = Vec::new();
        if begins {
            sent.push(Box::pin(async {
                database.patiently(connection.client.simple_query(&begin)).await.map(Answer::Opened)
            }));
        }
        for select in &all {
            sent.push(Box::pin(async move {
                let Some((statement, columns)) = select else { return Ok(Answer::Rows(Vec::new())) };
                let parameters = columns.parameters();
                database.patiently(connection.client.query(statement, &parameters)).await.map(Answer::Rows)
            }));
        }
        let (mut epoch, mut found) = (None, Vec::new());
        for answer in pipeline::all(sent).await {
            match answer? {
                Answer::Opened(messages) => epoch = Some(number_in(&messages)?),
                Answer::Rows(rows) => found.push(rows),
            }
        }
        Ok((epoch, found))
    }
}

enum Answer {
    Opened(Vec<SimpleQueryMessage>),
    Rows(Vec<Row>),
}

/// The number in the only row of what a simple query answers.
fn number_in(messages: &[SimpleQueryMessage]) -> Result<i64, Error> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    rows.last().ok_or_else(|| Error::Unavailable("this process's row in `node` is gone".to_owned()))
}

impl Inner {
    async fn commit(&mut self, view: &View) -> Result<(), Error> {
        let left = view.ids.left();
        if left < 0 {
            self.ids_wanted = BLOCK - left;
            self.ids = Ids::between(0, 0);
            self.roll_back().await;
            return Err(Error::Conflict("the batch needs more numbers".to_owned()));
        }
        // Numbers of a batch that may or may not be there are not used again.
        self.ids = view.ids.clone();
        if view.is_unchanged() {
            self.roll_back().await;
            return Ok(());
        }
        match self.write(view).await {
            Ok(()) => Ok(()),
            Err(trouble @ (Trouble::Server { .. } | Trouble::Row(_))) => {
                self.roll_back().await;
                Err(trouble.into())
            }
            Err(Trouble::Lost(what)) => {
                self.link = None;
                warn!(what, "lost the connection in a commit; asking what became of it");
                match self.ask().await {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(Error::Conflict("the connection was lost before the commit".to_owned())),
                    Err(error) => Err(Error::InDoubt(error.to_string())),
                }
            }
        }
    }

    /// The third round trip. An error of the server means that nothing was done.
    async fn write(&mut self, view: &View) -> Result<(), Trouble> {
        let Self { database, link: Some(Link { connection, open: open @ Some(_) }), node, batch, .. } = self else {
            return Err(Trouble::Lost("there is no transaction".to_owned()));
        };
        let found = open.take().unwrap_or_default();
        let mut writes = Writes { database, connection, all: Vec::new() };
        let prepared = writes.of(view, &found).await;
        // Whatever goes wrong, the transaction is not closed yet.
        *open = Some(found);
        prepared?;
        let mut closing = format!("UPDATE node SET batch = {batch}, at_ms = {} WHERE id = {node}; ", now_ms());
        if changes_what_is_remembered(view) {
            closing.push_str("UPDATE epoch SET value = value + 1 WHERE id = 1; ");
        }
        closing.push_str("COMMIT");
        let mut sent: Vec<Sent<'_, Result<(u64, u64), Trouble>>> = Vec::new();
        for (statement, columns) in &writes.all {
            sent.push(Box::pin(async {
                let parameters = columns.parameters();
                let done = database.patiently(connection.client.execute(statement, &parameters)).await;
                done.map(|rows| (rows, columns.rows()))
            }));
        }
        sent.push(Box::pin(async {
            database.patiently(connection.client.batch_execute(&closing)).await.map(|()| (0, 0))
        }));
        for done in pipeline::all(sent).await {
            let (rows, wanted) = done?;
            if rows != wanted {
                // They were locked.
                return Err(Trouble::Row(corrupt("?", format!("{rows} of {wanted} rows were there to be written"))));
            }
        }
        *open = None;
        Ok(())
    }

    /// Whether the last batch was committed. Waits for the end of its transaction, which holds this process's row.
    async fn ask(&mut self) -> Result<bool, Error> {
        let deadline = Instant::now() + self.database.patience * ASK_FOR;
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
        match self.database.patiently(self.connection()?.client.simple_query(&text)).await {
            Ok(messages) => number_in(&messages),
            Err(trouble) => {
                // A failed statement leaves the transaction open.
                self.link = None;
                Err(trouble.into())
            }
        }
    }

    async fn wipe(&mut self) -> Result<(), Error> {
        self.roll_back().await;
        let mut text = "BEGIN; ".to_owned();
        for table in schema::TABLES {
            text.push_str("DELETE FROM ");
            text.push_str(table);
            text.push_str("; ");
        }
        text.push_str("UPDATE epoch SET value = value + 1 WHERE id = 1; COMMIT");
        self.connect().await?;
        let Some(link) = &mut self.link else { return Err(Error::Failed) };
        link.open = Some(Open::default());
        let wiped = self.database.patiently(link.connection.client.batch_execute(&text)).await;
        match wiped {
            Ok(()) => {
                link.open = None;
                self.deposits.clear();
                Ok(())
            }
            Err(Trouble::Lost(what)) => {
                self.link = None;
                Err(Error::InDoubt(what))
            }
            Err(refused) => {
                self.roll_back().await;
                Err(refused.into())
            }
        }
    }

    async fn claim(&mut self, origin: &Origin) -> Result<(), Error> {
        // Two processes may claim a new store at once: whoever comes second finds the other's.
        for _ in 0..2 {
            self.connect().await?;
            let (database, connection) = (&self.database, self.connection()?);
            let key = Columns::of(&[()], |key, to| Origin::bind_key(key, to))?;
            let select = connection.statement::<Origin>(database, Verb::Select, &key.kinds()).await?;
            let rows = database.patiently(connection.client.query(&select, &key.parameters())).await?;
            if let Some(made) = rows.first() {
                return fetch::<Origin>(made)?.admits(origin);
            }
            let row = Columns::of(std::iter::once(origin), Table::bind)?;
            let insert = connection.statement::<Origin>(database, Verb::Insert, &row.kinds()).await?;
            match database.patiently(connection.client.execute(&insert, &row.parameters())).await {
                Ok(_) => return Ok(()),
                Err(trouble) => match Error::from(trouble) {
                    Error::Conflict(_) => {}
                    error => return Err(error),
                },
            }
        }
        Err(Error::Conflict("another process claims the store".to_owned()))
    }
}

/// The changes of one round trip.
struct Writes<'a> {
    database: &'a Database,
    connection: &'a Connection,
    all: Vec<(Statement, Columns)>,
}

impl Writes<'_> {
    async fn of(&mut self, view: &View, found: &Open) -> Result<(), Trouble> {
        let books = &view.books;
        let moved = books.transfers().iter().flat_map(|transfer| [transfer.debit, transfer.credit]);
        let accounts = sorted(moved.chain(books.opened_accounts().map(|account| account.id)));
        let accounts = accounts.into_iter().filter_map(|id| books.account(id));
        let (changed, new): (Vec<_>, Vec<_>) = accounts.partition(|account| found.accounts.contains(&account.id));
        self.add::<Account>(Verb::Update, changed).await?;
        self.add::<Account>(Verb::Insert, new).await?;
        self.add::<Transfer>(Verb::Insert, books.transfers().iter().collect()).await?;
        let pendings = books.changed_pendings();
        let (changed, new): (Vec<_>, Vec<_>) = pendings.partition(|pending| found.pendings.contains(&pending.id));
        self.add::<Pending>(Verb::Update, changed).await?;
        self.add::<Pending>(Verb::Insert, new).await?;
        self.rows(&view.orders).await?;
        self.rows(&view.deposits).await?;
        macro_rules! write {
            ($($table:ident)*) => { $(self.rows(&view.$table).await?; self.removed(&view.$table).await?;)* };
        }
        plain_tables!(write);
        Ok(())
    }

    async fn rows<K: Hash + Ord + Clone, R: Table>(&mut self, rows: &Rows<K, R>) -> Result<(), Trouble> {
        if rows.is_unchanged() {
            return Ok(());
        }
        // In the order of keys, so that two processes that insert the same keys do not wait for each other in a ring.
        let mut new: Vec<_> = rows.inserted().collect();
        new.sort_unstable_by_key(|(key, _)| *key);
        self.add::<R>(Verb::Insert, new.into_iter().map(|(_, row)| &**row).collect()).await?;
        self.add::<R>(Verb::Update, rows.updated().map(|(_, row)| &**row).collect()).await
    }

    async fn removed<K: Hash + Eq + Clone, R: Table<Key = K>>(&mut self, rows: &Rows<K, R>) -> Result<(), Trouble> {
        let keys = Columns::of(rows.removed(), |key, to| R::bind_key(key, to))?;
        if keys.rows() > 0 {
            let statement = self.connection.statement::<R>(self.database, Verb::Delete, &keys.kinds()).await?;
            self.all.push((statement, keys));
        }
        Ok(())
    }

    async fn add<R: Table>(&mut self, verb: Verb, rows: Vec<&R>) -> Result<(), Trouble> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = Columns::of(rows, R::bind)?;
        let statement = self.connection.statement::<R>(self.database, verb, &columns.kinds()).await?;
        self.all.push((statement, columns));
        Ok(())
    }
}

/// Whether other processes keep something in memory that this changes: rights, names of deposits, the clock.
fn changes_what_is_remembered(view: &View) -> bool {
    view.clients.updated().next().is_some()
        || view.access_tokens.updated().next().is_some()
        || view.deposits.updated().next().is_some()
        || !view.clock.is_unchanged()
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
