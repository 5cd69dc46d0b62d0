//! Filling an empty database, in one transaction that makes its tables, too. Until it is handed over, a mark keeps servers out: one that was
//! stopped on the way is begun anew by the next.

use std::time::Duration;

use payments::FIRST_ID;
use tokio::runtime::Runtime;

use super::column::Columns;
use super::connection::{Connection, Database, Use};
use super::schema;
use super::statement::Verb;
use crate::Error;
use crate::carry::{Counters, Sink};
use ::schema::Table;

/// A statement over many rows, and the commit of all, may take so long.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// See the module. Dropping it leaves the mark behind.
pub(crate) struct Import {
    connection: Connection,
    database: Database,
    runtime: Runtime,
}

impl Import {
    /// Begins the transaction; the database must be empty, or filled by a move that was not finished.
    pub(crate) fn begin(url: &str, patience: Duration) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        let (reach, database) = (Database::new(url, patience)?, Database::new(url, PATIENCE)?);
        let connection = runtime.block_on(async {
            let connection = reach.connect(Use::Write).await?;
            let limits = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";
            reach.patiently(connection.client.batch_execute(limits)).await?;
            schema::begin_move(&reach, &connection).await?;
            Ok::<_, Error>(connection)
        })?;
        Ok(Self { connection, database, runtime })
    }

    /// Makes it true, for the mover alone. Numbers go on from where the counters are.
    pub(crate) fn commit(self, counters: Counters) -> Result<(), Error> {
        let Counters { next_id, last_ms, disorder_ms } = counters;
        let next = next_id.max(FIRST_ID);
        let commit = format!(
            "UPDATE id_block SET next = {next} WHERE id = 1;
            UPDATE clock_mark SET last_ms = {last_ms}, disorder_ms = {disorder_ms} WHERE id = 1; COMMIT"
        );
        self.runtime.block_on(async {
            self.database.patiently(self.connection.client.batch_execute(&commit)).await?;
            // What the planner knows of the tables. Where the server gathers that by itself, in its own words, it will.
            let _ = self.database.patiently(self.connection.client.batch_execute("ANALYZE")).await;
            Ok(())
        })
    }
}

/// Hands over what was filled.
pub(crate) fn end_move(url: &str, patience: Duration) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    let database = Database::new(url, patience)?;
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
            let statement = connection.statement::<T>(database, Verb::Insert, &columns.kinds()).await?;
            let parameters = columns.parameters();
            database.patiently(connection.client.execute(&statement, &parameters)).await?;
            Ok(())
        })
    }
}
