//! The look-ups of one round trip, and loading their rows into a view.

use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use payments::{Find, Order, OrderKey, Rows, SETTLE_SLICE};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::column::Columns;
use super::connection::{Connection, ConnectionError, Database};
use super::pipeline::{self, Sent};
use super::statement::{Names, Unprepared, Verb};
use super::value::{fetch_all, number};
use crate::Error;
use crate::find;
use schema::{Bind as _, Table};

/// Locks this process's row for the transaction, and reads the epoch, and the number from which on this process may give numbers. The epoch's row is locked with a shared key lock: commits that move it pass,
/// but a process that wipes the store waits for this transaction, and this one for it.
const OPENING: &str = "SELECT e.value, n.ids_from FROM epoch AS e, node AS n WHERE e.id = 1 AND n.id = $1 FOR UPDATE OF n FOR KEY SHARE OF e";

/// The expression by which orders are looked up: see `004_plans.sql`.
pub(super) const TRACKED: &str = r"(client || E'\n' || track_id)";

/// The value of [`TRACKED`] for a key.
pub(super) fn tracked(key: &OrderKey) -> String {
    format!("{}\n{}", key.client.0, key.track_id)
}

/// Requested keys that are not loaded, each once, sorted.
pub(super) fn missing<K: Hash + Ord + Clone, R>(keys: &[K], rows: &Rows<K, R>) -> Vec<K> {
    sorted(keys.iter().filter(|key| !rows.is_loaded(key)).cloned())
}

pub(super) fn sorted<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<K> {
    let mut keys: Vec<K> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Loads the rows that were found, and records for all other requested keys that they have no row.
pub(super) fn fill<K: Hash + Eq + Clone, R>(
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
pub(super) struct Asked<K, R> {
    keys: Vec<K>,
    rows: PhantomData<R>,
}

impl<K: Hash + Ord + Clone, R: Table<Key = K>> Asked<K, R> {
    pub(super) fn of(keys: Vec<K>) -> Self {
        Self { keys, rows: PhantomData }
    }

    pub(super) fn missing(keys: &[K], rows: &Rows<K, R>) -> Self {
        Self::of(missing(keys, rows))
    }

    pub(super) fn fill(self, rows: &mut Rows<K, R>, answer: &[Row]) -> Result<Vec<Arc<R>>, Error> {
        Ok(fill(rows, self.keys, fetch_all(answer)?, R::key))
    }
}

/// The look-ups of one round trip.
pub(super) struct Selects<'a> {
    pub(super) database: &'a Database,
    pub(super) connection: &'a Connection,
    pub(super) begins: bool,
    /// One entry for each table; `None`: no look-up in this table.
    pub(super) all: Vec<Option<(Unprepared, Columns)>>,
    /// Statements that are sent after all others, each with numbers as parameters.
    pub(super) found: Vec<(Unprepared, Vec<i64>)>,
}

impl Selects<'_> {
    pub(super) fn add<K, R: Table<Key = K>>(&mut self, verb: Verb, asked: &Asked<K, R>) -> Result<(), Error> {
        let select = if asked.keys.is_empty() {
            None
        } else {
            let columns = Columns::of(&asked.keys, |key, to| R::bind_key(key, to))?;
            Some((Unprepared::Verb(verb, Names::of::<R>()), columns))
        };
        self.all.push(select);
        Ok(())
    }

    /// Adds the look-up of orders by client and trackId.
    pub(super) fn orders(&mut self, keys: &[OrderKey]) -> Result<(), Error> {
        let select = if keys.is_empty() {
            None
        } else {
            let columns = Columns::of(keys, |key, to| to.text(&tracked(key)))?;
            // Rows are locked in the order of the index, which is the same for every process. ORDER BY would allow the planner other orders.
            let text =
                |_: &_| format!("SELECT {} FROM transfer_order WHERE {TRACKED} = ANY($1) FOR UPDATE", Order::COLUMNS);
            Some((Unprepared::Named("orders by trackId", text), columns))
        };
        self.all.push(select);
        Ok(())
    }

    /// Adds look-ups of orders by other columns than their keys, one statement each.
    pub(super) fn finds(&mut self, finds: &[Find]) {
        self.found.extend(finds.iter().map(|find| match find {
            Find::Numbered(id) => {
                (Unprepared::Named("order by number", |_| format!("{} FOR UPDATE", find::numbered())), vec![id.0])
            }
            Find::ToSettle(cycle) => {
                let slice = i64::try_from(SETTLE_SLICE).unwrap_or(i64::MAX);
                let text = |_: &_| format!("{} FOR UPDATE", find::to_settle());
                (Unprepared::Named("orders to settle", text), vec![cycle.0, slice])
            }
        }));
    }

    /// Sends all look-ups. Returns what the opening has read, if a transaction begins, and the rows of each look-up.
    pub(super) async fn send(self, node: i64) -> Result<(Option<Opened>, Vec<Vec<Row>>), Error> {
        let Self { database, connection, begins, all, found: finds } = self;
        if !begins && all.iter().all(Option::is_none) && finds.is_empty() {
            return Ok((None, Vec::new()));
        }
        let mut prepared: Vec<Option<(Statement, Columns)>> = Vec::with_capacity(all.len());
        for select in all {
            prepared.push(match select {
                Some((statement, columns)) => {
                    Some((connection.prepare(database, statement, &columns.kinds()).await?, columns))
                }
                None => None,
            });
        }
        let mut numbered = Vec::with_capacity(finds.len());
        for (statement, numbers) in finds {
            numbered.push((connection.prepare(database, statement, &[]).await?, numbers));
        }
        let opening = connection.named(database, "opening", &[], || OPENING.to_owned()).await?;
        let mut sent: Vec<Sent<'_, Result<Answer, ConnectionError>>> = Vec::new();
        if begins {
            let begin = connection.client.batch_execute("BEGIN");
            sent.push(Box::pin(async { database.with_timeout(begin).await.map(|()| Answer::Begun) }));
            sent.push(Box::pin(async {
                database.with_timeout(connection.client.query(&opening, &[&node])).await.map(Answer::Opened)
            }));
        }
        for select in &prepared {
            sent.push(Box::pin(async move {
                let Some((statement, columns)) = select else { return Ok(Answer::Rows(Vec::new())) };
                let parameters = columns.parameters();
                database.with_timeout(connection.client.query(statement, &parameters)).await.map(Answer::Rows)
            }));
        }
        for (statement, numbers) in &numbered {
            sent.push(Box::pin(async move {
                let parameters: Vec<&(dyn ToSql + Sync)> = numbers.iter().map(|number| number as _).collect();
                database.with_timeout(connection.client.query(statement, &parameters)).await.map(Answer::Rows)
            }));
        }
        let (mut opened, mut found) = (None, Vec::new());
        for answer in pipeline::all(sent).await {
            match answer? {
                Answer::Begun => {}
                Answer::Opened(rows) => opened = Some(Opened::of(rows.first().ok_or_else(forgotten)?)?),
                Answer::Rows(rows) => found.push(rows),
            }
        }
        Ok((opened, found))
    }
}
enum Answer {
    Begun,
    Opened(Vec<Row>),
    Rows(Vec<Row>),
}

/// What the opening of a transaction has read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    /// The epoch.
    pub(super) epoch: i64,
    /// The number from which on this process may give numbers: see `horizon.rs`.
    pub(super) ids_from: i64,
}

impl Opened {
    fn of(row: &Row) -> Result<Self, Error> {
        let ids_from = row.try_get(1).map_err(ConnectionError::of)?;
        Ok(Self { epoch: number(row)?, ids_from })
    }
}

pub(super) fn forgotten() -> Error {
    Error::Unavailable("this process's row in `node` is gone".to_owned())
}
