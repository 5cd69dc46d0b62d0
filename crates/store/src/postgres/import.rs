//! Filling an empty database in one transaction, which creates its tables, too. Until the move is complete, a mark keeps servers out; the next move
//! starts an interrupted one again from the beginning.

use std::time::Duration;

use payments::FIRST_ID;
use tokio::runtime::Runtime;

use super::column::Columns;
use super::connection::{Connection, Database, Use};
use super::schema;
use super::statement::{Names, Verb};
use crate::Error;
use crate::carry::{Counters, Sink};
use ::schema::Table;

/// Time-out of a statement over many rows, and of the commit.
const TIMEOUT: Duration = Duration::from_secs(3_600);

/// A move in progress; see the module. Dropping it leaves the mark in the database.
pub(crate) struct Import {
    connection: Connection,
    database: Database,
    runtime: Runtime,
}

impl Import {
    /// Begins the transaction; the database must be empty, or filled by an unfinished move.
    pub(crate) fn begin(url: &str, timeout: Duration) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        let (reach, database) = (Database::new(url, timeout)?, Database::new(url, TIMEOUT)?);
        let connection = runtime.block_on(async {
            let connection = reach.connect(Use::Write).await?;
            let limits = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";
            reach.with_timeout(connection.client.batch_execute(limits)).await?;
            schema::begin_move(&reach, &connection).await?;
            Ok::<_, Error>(connection)
        })?;
        Ok(Self { connection, database, runtime })
    }

    /// Sets the counters and commits; the mark remains. New numbers continue from the counters.
    pub(crate) fn commit(self, counters: Counters) -> Result<(), Error> {
        let Counters { next_id, last_ms, disorder_ms } = counters;
        let next = next_id.max(FIRST_ID);
        let commit = format!(
            "UPDATE id_block SET next = {next} WHERE id = 1;
            UPDATE clock_mark SET last_ms = {last_ms}, disorder_ms = {disorder_ms} WHERE id = 1; COMMIT"
        );
        self.runtime.block_on(async {
            self.database.with_timeout(self.connection.client.batch_execute(&commit)).await?;
            // Collects the planner's statistics. A compatible server without this statement collects them by itself.
            let _ = self.database.with_timeout(self.connection.client.batch_execute("ANALYZE")).await;
            Ok(())
        })
    }
}

/// Removes the mark of a filled database.
pub(crate) fn end_move(url: &str, timeout: Duration) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    let database = Database::new(url, timeout)?;
    runtime.block_on(async {
        let connection = database.connect(Use::Write).await?;
        schema::end_move(&database, &connection).await
    })
}

impl Sink for Import {
    fn rows<T: Table>(&mut self, rows: Vec<T>) -> Result<(), Error> {
        let columns = Columns::of(&rows, T::bind)?;
        let (database, connection) = (&self.database, &self.connection);
        self.runtime.block_on(async {
            let statement = connection.statement(database, Verb::Insert, Names::of::<T>(), &columns.kinds()).await?;
            let parameters = columns.parameters();
            database.with_timeout(connection.client.execute(&statement, &parameters)).await?;
            Ok(())
        })
    }
}
