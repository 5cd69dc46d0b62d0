//! Queries that the writer and the readers share, and how a reader queries.

use crate::error::corrupt;
use std::time::{Duration, Instant};

use deadpool_postgres::{Object, Pool, PoolError};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

use super::connection::{ConnectionError, Database};
use super::value::number;
use crate::Error;

/// The instant at which the first job is due.
pub(super) const NEXT_DUE: &str = "SELECT min(due_at_ms) FROM job";

/// How long a block of numbers is used at most, so that the numbers of all nodes stay nearly in the order of time.
pub(super) const BLOCK_AGE: Duration = Duration::from_secs(10);

/// How long a read waits for a connection of the pool if the server refuses a new one, and the interval between two attempts.
pub(super) const PLACE_WITHIN: Duration = Duration::from_secs(2);
pub(super) const PLACE_RECHECK: Duration = Duration::from_millis(5);

pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

pub(super) fn lost(error: tokio_postgres::Error) -> Error {
    ConnectionError::of(error).into()
}

/// A connection of the pool. If the server refuses a new connection, one in use is returned within milliseconds.
pub(super) async fn connection(pool: &Pool) -> Result<Object, Error> {
    let since = Instant::now();
    loop {
        match pool.get().await {
            Ok(connection) => return Ok(connection),
            Err(PoolError::Backend(error))
                if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) && since.elapsed() < PLACE_WITHIN =>
            {
                tokio::time::sleep(PLACE_RECHECK).await;
            }
            Err(error) => return Err(Error::Unavailable(error.to_string())),
        }
    }
}

pub(super) async fn query(
    database: &Database,
    pool: &Pool,
    text: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<Row>, Error> {
    let mut tried = false;
    loop {
        let client = connection(pool).await?;
        let asked = database.with_timeout(async {
            let statement = client.prepare_cached(text).await?;
            client.query(&statement, parameters).await
        });
        match asked.await {
            Ok(rows) => return Ok(rows),
            Err(ConnectionError::Lost(what)) => discard(client, what, &mut tried)?,
            // No row contains a text with a zero byte, and the server refuses it even as a parameter.
            Err(ConnectionError::Server { code, .. }) if code == SqlState::CHARACTER_NOT_IN_REPERTOIRE => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Runs a statement, and a second one if `is_needed` says so of the number of rows that the first one has found. Both see the rows of one moment.
pub(super) async fn query_two(
    database: &Database,
    pool: &Pool,
    [first, second]: [(&str, Parameters<'_>); 2],
    is_needed: impl Fn(usize) -> bool,
) -> Result<[Vec<Row>; 2], Error> {
    let mut tried = false;
    loop {
        let mut client = connection(pool).await?;
        let asked = database.with_timeout(async {
            let snapshot = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
            let snapshot = snapshot.start().await?;
            let statement = snapshot.prepare_cached(first.0).await?;
            let found = snapshot.query(&statement, first.1).await?;
            let further = if is_needed(found.len()) {
                let statement = snapshot.prepare_cached(second.0).await?;
                snapshot.query(&statement, second.1).await?
            } else {
                Vec::new()
            };
            snapshot.commit().await?;
            Ok::<_, tokio_postgres::Error>([found, further])
        });
        match asked.await {
            Ok(rows) => return Ok(rows),
            Err(ConnectionError::Lost(what)) => discard(client, what, &mut tried)?,
            // As in [`query`].
            Err(ConnectionError::Server { code, .. }) if code == SqlState::CHARACTER_NOT_IN_REPERTOIRE => {
                return Ok([Vec::new(), Vec::new()]);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes a connection on which a read has got no answer out of the pool. `Ok`: the read is tried once more, on another one.
fn discard(client: Object, what: String, tried: &mut bool) -> Result<(), Error> {
    let closed = client.is_closed();
    // A response may still arrive on it, so the connection must not be used again.
    drop(Object::take(client));
    if std::mem::replace(tried, true) || !closed {
        return Err(Error::Unavailable(what));
    }
    Ok(())
}

/// The number that a statement selects.
pub(super) async fn number_of(database: &Database, pool: &Pool, text: &str) -> Result<i64, Error> {
    let rows = query(database, pool, text, &[]).await?;
    number(rows.first().ok_or_else(|| corrupt("?", "a row is missing"))?)
}
