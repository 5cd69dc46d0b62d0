//! Migrations: numbered, each once, each in a transaction of its own. Processes that start at once take turns.

use payments::FIRST_ID;

use super::connection::{Connection, Database, Trouble};
use crate::Error;

const MIGRATIONS: [&str; 5] = [
    include_str!("../../migrations/postgres/001_start.sql"),
    include_str!("../../migrations/postgres/002_invoices.sql"),
    include_str!("../../migrations/postgres/003_pages.sql"),
    include_str!("../../migrations/postgres/004_plans.sql"),
    include_str!("../../migrations/postgres/005_guards.sql"),
];
/// The only encoding that holds every text.
const ENCODING: &str = "UTF8";
/// How often the tables that migrations rest on are tried to be made: two processes may make them at once, and one of them fails.
const TRIES: usize = 5;

/// The schema's version; `None`: no store was ever made here.
///
/// # Errors
/// There are tables, but none of ours: this is somebody else's database.
pub(super) async fn version(database: &Database, connection: &Connection) -> Result<Option<usize>, Error> {
    // Tables alone, and not those that an extension has brought.
    let tables = "SELECT (SELECT count(*) FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),
        (SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'schema_version')";
    let row = database.patiently(connection.client.query_one(tables, &[])).await?;
    let counts: (i64, i64) = (row.try_get(0).map_err(Trouble::of)?, row.try_get(1).map_err(Trouble::of)?);
    match counts {
        (0, _) => Ok(None),
        (_, 0) => Err(Error::Foreign),
        _ => {
            let version = "SELECT version FROM schema_version WHERE id = 1";
            let row = database.patiently(connection.client.query_opt(version, &[])).await?;
            let version: Option<i64> = row.map(|row| row.try_get(0)).transpose().map_err(Trouble::of)?;
            Ok(version.filter(|version| *version > 0).map(|version| usize::try_from(version).unwrap_or(usize::MAX)))
        }
    }
}

/// Refuses a database that holds no store of a version that is known.
pub(super) async fn check(database: &Database, connection: &Connection) -> Result<(), Error> {
    match version(database, connection).await? {
        None => Err(Error::NoStore),
        Some(found) if found > MIGRATIONS.len() => Err(Error::NewerSchema { found, known: MIGRATIONS.len() }),
        Some(_) => Ok(()),
    }
}

pub(super) async fn migrate(database: &Database, connection: &mut Connection) -> Result<(), Error> {
    version(database, connection).await?;
    let encoding = database.patiently(connection.client.query_one("SHOW server_encoding", &[])).await?;
    let encoding: String = encoding.try_get(0).map_err(Trouble::of)?;
    if encoding != ENCODING {
        return Err(Error::Encoding(encoding));
    }
    let client = &mut connection.client;
    let start =
        "CREATE TABLE IF NOT EXISTS schema_version (id BIGINT PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL);
        INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING";
    for tried in 1.. {
        match database.patiently(client.batch_execute(start)).await {
            Ok(()) => break,
            Err(Trouble::Server { .. }) if tried < TRIES => {}
            Err(trouble) => return Err(trouble.into()),
        }
    }
    loop {
        let transaction = database.patiently(client.transaction()).await?;
        let locked = transaction.query_one("SELECT version FROM schema_version WHERE id = 1 FOR UPDATE", &[]);
        let version: i64 = database.patiently(locked).await?.try_get(0).map_err(Trouble::of)?;
        let found = usize::try_from(version).unwrap_or(usize::MAX);
        if found > MIGRATIONS.len() {
            return Err(Error::NewerSchema { found, known: MIGRATIONS.len() });
        }
        let Some(migration) = MIGRATIONS.get(found) else { return Ok(()) };
        let next = format!("UPDATE schema_version SET version = {} WHERE id = 1", version + 1);
        database.patiently(transaction.batch_execute(migration)).await?;
        if found == 0 {
            let shared = format!("INSERT INTO id_block VALUES (1, {FIRST_ID}); INSERT INTO epoch VALUES (1, 0)");
            database.patiently(transaction.batch_execute(&shared)).await?;
        }
        database.patiently(transaction.batch_execute(&next)).await?;
        database.patiently(transaction.commit()).await?;
    }
}
