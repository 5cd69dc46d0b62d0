//! What other processes have changed of the things that are kept in memory.
//!
//! Every commit that changes such a thing also moves the one row of `epoch`. Whoever is about to rely on memory reads that row after
//! it was asked, never before: calls that come while a read is on its way share the next one.

use deadpool_postgres::Pool;
use tokio::sync::{mpsc, oneshot};

use super::connection::Database;
use super::queries::number_of;
use crate::Error;

/// See the module. The reading task starts with the first call, in whose runtime it lives.
#[derive(Debug)]
pub(super) struct Epoch {
    calls: std::sync::OnceLock<mpsc::UnboundedSender<oneshot::Sender<Result<i64, Error>>>>,
}

impl Epoch {
    pub(super) fn new() -> Self {
        Self { calls: std::sync::OnceLock::new() }
    }

    pub(super) async fn now(&self, database: &Database, pool: &Pool) -> Result<i64, Error> {
        let calls = self.calls.get_or_init(|| {
            let (calls, waiting) = mpsc::unbounded_channel();
            tokio::spawn(read(database.clone(), pool.clone(), waiting));
            calls
        });
        let (reply, answer) = oneshot::channel();
        calls.send(reply).map_err(|_| Error::Failed)?;
        answer.await.map_err(|_| Error::Failed)?
    }
}

async fn read(
    database: Database,
    pool: Pool,
    mut waiting: mpsc::UnboundedReceiver<oneshot::Sender<Result<i64, Error>>>,
) {
    /// More calls than connections ever wait at once.
    const SHARED: usize = 65_536;
    let mut calls = Vec::new();
    while waiting.recv_many(&mut calls, SHARED).await > 0 {
        let found = number_of(&database, &pool, "SELECT value FROM epoch WHERE id = 1").await;
        for reply in calls.drain(..) {
            let answer = match &found {
                Ok(value) => Ok(*value),
                Err(error) => Err(Error::Unavailable(error.to_string())),
            };
            // Whoever gave up waiting is not told.
            let _ = reply.send(answer);
        }
    }
}
