//! Migrations: numbered, each applied once, each in a transaction of its own, except in a move. Processes that start at the same time take turns.

use payments::FIRST_ID;
use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use super::connection::{Connection, ConnectionError, Database, Use};
use super::value::number;
use crate::Error;
use crate::table_names::{SHORT_LIVED, tables};

include!(concat!(env!("OUT_DIR"), "/postgres_migrations.rs"));
/// The version of the schema that this version of the program makes.
pub(crate) const KNOWN: usize = MIGRATIONS.len();

/// The only encoding that can hold every text.
const ENCODING: &str = "UTF8";
/// Creates the table that migrations need.
const START: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (id BIGINT PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL);
    INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING";
/// How often that is attempted: if two processes create the table at the same time, one of them fails.
const MAX_ATTEMPTS: usize = 5;

/// The mark of a database that `daric migrate-store` has begun to fill and not completed: a table of this name.
const MOVE: &str = "store_move";

/// The contents of a database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// No table.
    Nothing,
    /// A store with this version of the schema.
    Store(usize),
    /// A store that a move has begun to fill.
    Unfinished,
}

/// Finds out what a database contains.
///
/// # Errors
/// There are tables, but none of ours: it is the database of another program.
pub(super) async fn find(database: &Database, connection: &Connection) -> Result<Found, Error> {
    // Only tables, and not those of an extension.
    let tables = format!(
        "SELECT (SELECT count(*) FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),
        (SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'schema_version'),
        (SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = '{MOVE}')"
    );
    let row = database.with_timeout(connection.client.query_one(&tables, &[])).await?;
    let count = |at: usize| row.try_get::<_, i64>(at).map_err(ConnectionError::of);
    match (count(0)?, count(1)?, count(2)?) {
        (0, ..) => Ok(Found::Nothing),
        (.., 1) => Ok(Found::Unfinished),
        (_, 0, _) => Err(Error::Foreign),
        _ => {
            let version = "SELECT version FROM schema_version WHERE id = 1";
            let row = database.with_timeout(connection.client.query_opt(version, &[])).await?;
            let version: Option<i64> = row.map(|row| row.try_get(0)).transpose().map_err(ConnectionError::of)?;
            let version = version.filter(|version| *version > 0);
            Ok(version.map_or(Found::Nothing, |version| Found::Store(usize::try_from(version).unwrap_or(usize::MAX))))
        }
    }
}

/// Refuses a database without a store of this version.
pub(super) async fn check(database: &Database, connection: &Connection, readable: Readable) -> Result<(), Error> {
    let known = MIGRATIONS.len();
    match (find(database, connection).await?, readable) {
        (Found::Nothing, _) => Err(Error::NoStore),
        (Found::Unfinished, Readable::Complete) => Err(Error::MoveUnfinished),
        (Found::Store(found), _) if found > known => Err(Error::NewerSchema { found, known }),
        (Found::Store(found), _) if found < known => Err(Error::OlderSchema { found, known }),
        (Found::Store(_), _) | (Found::Unfinished, Readable::Moved) => Ok(()),
    }
}

/// Which databases may be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Readable {
    /// Only complete stores.
    Complete,
    /// Also a filled one whose mark is not removed yet.
    Moved,
}

/// Creates the tables, or migrates them to this version.
pub(super) async fn migrate(database: &Database, connection: &mut Connection) -> Result<(), Error> {
    if find(database, connection).await? == Found::Unfinished {
        return Err(Error::MoveUnfinished);
    }
    check_encoding(database, connection).await?;
    let client = &mut connection.client;
    // Changing a large table takes long, and so does waiting for another process that does.
    let unlimited = "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";
    database.with_timeout(client.batch_execute(unlimited)).await?;
    for tried in 1.. {
        match database.with_timeout(client.batch_execute(START)).await {
            Ok(()) => break,
            Err(ConnectionError::Server { .. }) if tried < MAX_ATTEMPTS => {}
            Err(error) => return Err(error.into()),
        }
    }
    loop {
        let transaction = database.with_timeout(client.transaction()).await?;
        let Some(step) = next_step(&transaction).await? else { break };
        transaction.batch_execute(&step).await.map_err(ConnectionError::of)?;
        database.with_timeout(transaction.commit()).await?;
    }
    Ok(database.prepare(client, Use::Write).await?)
}

/// Like [`migrate`], within the transaction that is open on a connection.
pub(super) async fn migrate_within(database: &Database, connection: &Connection) -> Result<(), Error> {
    database.with_timeout(connection.client.batch_execute(START)).await?;
    while let Some(step) = next_step(&connection.client).await? {
        connection.client.batch_execute(&step).await.map_err(ConnectionError::of)?;
    }
    Ok(())
}

/// The statements of the next migration; locks the version's row.
async fn next_step(client: &impl GenericClient) -> Result<Option<String>, Error> {
    let locked = client.query_one("SELECT version FROM schema_version WHERE id = 1 FOR UPDATE", &[]);
    let version: i64 = locked.await.map_err(ConnectionError::of)?.try_get(0).map_err(ConnectionError::of)?;
    let found = usize::try_from(version).unwrap_or(usize::MAX);
    if found > MIGRATIONS.len() {
        return Err(Error::NewerSchema { found, known: MIGRATIONS.len() });
    }
    let Some(migration) = MIGRATIONS.get(found) else { return Ok(None) };
    let mut step = format!("{migration}\n; UPDATE schema_version SET version = {} WHERE id = 1;", version + 1);
    if found == 0 {
        step.push_str(&format!("INSERT INTO id_block VALUES (1, {FIRST_ID}); INSERT INTO epoch VALUES (1, 0)"));
    }
    Ok(Some(step))
}

async fn check_encoding(database: &Database, connection: &Connection) -> Result<(), Error> {
    let encoding = database.with_timeout(connection.client.query_one("SHOW server_encoding", &[])).await?;
    let encoding: String = encoding.try_get(0).map_err(ConnectionError::of)?;
    if encoding == ENCODING { Ok(()) } else { Err(Error::Encoding(encoding)) }
}

/// Marks a database as being filled by a move, and begins its transaction: no server uses the database until the mark is removed.
/// Rows of an earlier, unfinished move are removed.
///
/// # Errors
/// The database is not empty, or another move is in progress.
pub(super) async fn begin_move(database: &Database, connection: &Connection) -> Result<(), Error> {
    check_encoding(database, connection).await?;
    let run = async |text: &str| database.with_timeout(connection.client.batch_execute(text)).await;
    let found = find(database, connection).await?;
    if found != Found::Unfinished {
        if found != Found::Nothing {
            be_empty(database, connection).await?;
        }
        run(&format!("BEGIN; CREATE TABLE {MOVE} (id BIGINT PRIMARY KEY); INSERT INTO {MOVE} VALUES (1); COMMIT"))
            .await?;
    }
    run("BEGIN").await?;
    match run(&format!("SELECT id FROM {MOVE} FOR UPDATE NOWAIT")).await {
        Err(ConnectionError::Server { code, .. }) if code == SqlState::LOCK_NOT_AVAILABLE => {
            return Err(Error::MoveUnderWay);
        }
        locked => locked?,
    }
    migrate_within(database, connection).await?;
    if found == Found::Unfinished {
        let tables = tables().chain(SHORT_LIVED).chain(["origin"]);
        run(&format!("TRUNCATE {}", tables.collect::<Vec<_>>().join(", "))).await?;
        return Ok(());
    }
    // A server may have begun to use the database meanwhile.
    let empty = be_empty(database, connection).await;
    if empty.is_err() {
        run(&format!("ROLLBACK; DROP TABLE {MOVE}")).await?;
    }
    empty
}

async fn be_empty(database: &Database, connection: &Connection) -> Result<(), Error> {
    let rows = "SELECT (SELECT count(*) FROM origin) + (SELECT count(*) FROM (SELECT 1 FROM account LIMIT 1) AS one)";
    let found = number(&database.with_timeout(connection.client.query_one(rows, &[])).await?)?;
    if found == 0 { Ok(()) } else { Err(Error::NotEmpty) }
}

/// Removes the mark of a database that a move has filled.
pub(super) async fn end_move(database: &Database, connection: &Connection) -> Result<(), Error> {
    Ok(database.with_timeout(connection.client.batch_execute(&format!("DROP TABLE {MOVE}"))).await?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::runtime::Runtime;

    use super::*;
    use crate::TIMEOUT;

    #[test]
    fn a_migration_waits_for_another_one_for_longer_than_a_statement_is_waited_for() {
        let cluster = cluster::Cluster::start(&std::env::temp_dir(), cluster::FORGETFUL).unwrap();
        cluster.create_database("migrations").unwrap();
        let (brief, database) = (
            Database::new(&cluster.url("migrations"), Duration::from_secs(2)).unwrap(),
            Database::new(&cluster.url("migrations"), TIMEOUT).unwrap(),
        );
        Runtime::new().unwrap().block_on(async {
            let mut other = database.connect(Use::Write).await.unwrap();
            migrate(&database, &mut other).await.unwrap();
            let lock = "SET idle_in_transaction_session_timeout = 0; BEGIN;
                SELECT version FROM schema_version WHERE id = 1 FOR UPDATE";
            other.client.batch_execute(lock).await.unwrap();
            let mut waiting = brief.connect(Use::Write).await.unwrap();
            let waits = tokio::spawn(async move { migrate(&brief, &mut waiting).await.map(|()| waiting) });
            let looking = database.connect(Use::Read).await.unwrap();
            let long = "SELECT 1 FROM pg_stat_activity
                WHERE wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '3 seconds'";
            while looking.client.query(long, &[]).await.unwrap().is_empty() {
                assert!(!waits.is_finished(), "{:?}", waits.await.unwrap().err());
            }
            other.client.batch_execute("COMMIT").await.unwrap();
            let waited = waits.await.unwrap().unwrap();
            // Afterwards the usual time-out applies again.
            let limit = waited.client.query_one("SHOW statement_timeout", &[]).await.unwrap();
            assert_eq!(limit.get::<_, String>(0), "2s");
        });
    }
}
