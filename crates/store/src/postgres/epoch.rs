//! Noticing that other processes have changed rows that this one caches.
//!
//! Every commit that changes such a row also moves the single row of `epoch`. A caller that is about to rely on a cache gets a value that was read
//! after its call, never before: calls that arrive while a read is in progress share the next read.

use deadpool_postgres::Pool;
use tokio::sync::{mpsc, oneshot};

use super::connection::Database;
use super::queries::number_of;
use crate::Error;

/// The reads of the epoch; see the module. The reading task is spawned by the first call, in its runtime.
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
    /// More than the number of calls that ever wait at once.
    const SHARED: usize = 65_536;
    let mut calls = Vec::new();
    while waiting.recv_many(&mut calls, SHARED).await > 0 {
        let found = number_of(&database, &pool, "SELECT value FROM epoch WHERE id = 1").await;
        for reply in calls.drain(..) {
            let answer = match &found {
                Ok(value) => Ok(*value),
                Err(error) => Err(Error::Unavailable(error.to_string())),
            };
            // A caller that has stopped waiting gets no reply.
            let _ = reply.send(answer);
        }
    }
}
