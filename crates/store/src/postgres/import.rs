//! Filling an empty database, in one transaction.

use std::time::Duration;

use payments::FIRST_ID;
use tokio::runtime::Runtime;

use super::column::Columns;
use super::connection::{Connection, Database, Use};
use super::schema;
use super::statement::Verb;
use super::value::number;
use crate::Error;
use crate::export::Sink;
use crate::table::Table;

/// A statement over many rows, and the commit of all, may take so long.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// See the module. Dropping it leaves nothing behind.
pub(crate) struct Import {
    connection: Connection,
    database: Database,
    runtime: Runtime,
}

impl Import {
    /// Begins the transaction; the database must be empty.
    pub(crate) fn begin(url: &str, patience: Duration) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        let (reach, database) = (Database::new(url, patience)?, Database::new(url, PATIENCE)?);
        let connection = runtime.block_on(async {
            let mut connection = reach.connect(Use::Write).await?;
            schema::migrate(&reach, &mut connection).await?;
            let begin = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; BEGIN";
            reach.patiently(connection.client.batch_execute(begin)).await?;
            let rows =
                "SELECT (SELECT count(*) FROM origin) + (SELECT count(*) FROM (SELECT 1 FROM account LIMIT 1) AS one)";
            let found = number(&reach.patiently(connection.client.query_one(rows, &[])).await?)?;
            if found == 0 { Ok(connection) } else { Err(Error::NotEmpty) }
        })?;
        Ok(Self { connection, database, runtime })
    }

    /// Makes it true. Numbers go on from `next_id`.
    pub(crate) fn commit(self, next_id: i64) -> Result<(), Error> {
        let next = next_id.max(FIRST_ID);
        let commit = format!("UPDATE id_block SET next = {next} WHERE id = 1; COMMIT");
        self.runtime.block_on(async {
            self.database.patiently(self.connection.client.batch_execute(&commit)).await?;
            // What the planner knows of the tables. Where the server gathers that by itself, in its own words, it will.
            let _ = self.database.patiently(self.connection.client.batch_execute("ANALYZE")).await;
            Ok(())
        })
    }
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
