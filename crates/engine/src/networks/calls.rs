//! What calls to networks have in common, whatever they are about: room, time, panics, and the report of what was said.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use payments::{Command, FailJob, Job, JobTaken, Text};
use store::Reader;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tracing::{error, warn};

use crate::claimed::{LEASE, log_end};
use crate::clock::Clock;
use crate::error::Error;
use crate::queue;
use crate::under_way::UnderWay;

/// Calls to a network at a time: what a network takes from one client.
const CALLS: usize = 64;
/// How long a call may take; well below a claim's length, so that no other process takes over meanwhile.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller waits for the answer to its first call before it is answered without one: shorter than clients' own time limits.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause before a report, or a read, that could not be done is tried again.
const BACKOFF: Duration = Duration::from_millis(200);
/// How long a stop waits for calls that are under way: as long as a call may take.
const SHUTDOWN_TIMEOUT: Duration = CALL_TIMEOUT;

/// See the module. One of each kind of network: no kind takes the room of another.
#[derive(Debug)]
pub(super) struct Calls {
    clock: Clock,
    queue: mpsc::WeakSender<queue::WriterTask>,
    reader: Reader,
    room: Semaphore,
    under_way: UnderWay,
    /// Told when a job has been reported.
    reported: Arc<Notify>,
}

/// What a call is about, for the log and the metrics.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject {
    pub kind: &'static str,
    pub id: i64,
}

impl Calls {
    pub(super) fn new(
        clock: Clock,
        queue: mpsc::WeakSender<queue::WriterTask>,
        reader: Reader,
        reported: Arc<Notify>,
    ) -> Arc<Self> {
        let (room, under_way) = (Semaphore::new(CALLS), UnderWay::default());
        Arc::new(Self { clock, queue, reader, room, under_way, reported })
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Until when a claim of this process holds that begins now, by the machines' time, in milliseconds of Unix time.
    pub(super) fn leased_until_ms(&self) -> i64 {
        let lease_ms = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        self.clock.system_ms().saturating_add(lease_ms)
    }

    /// Does what a claimed job asks for. A stop, and a clock that moves, wait for it.
    pub(super) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let (calls, piece) = (Arc::clone(self), self.under_way.begin());
        tokio::spawn(async move {
            work.await;
            drop(piece);
            calls.reported.notify_one();
        });
    }

    /// Whether a claimed job is not reported yet.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way.is_any()
    }

    /// Returns when calls that are under way have been reported, should they not take too long.
    pub(super) async fn finished(&self) {
        self.under_way.finished_within(SHUTDOWN_TIMEOUT).await;
    }

    /// Whether a call can be made and reported before another process may claim the job.
    fn has_time(&self, job: &Job) -> bool {
        let left_ms = job.leased_until_ms.saturating_sub(self.clock.system_ms());
        u128::try_from(left_ms).is_ok_and(|left| left > CALL_TIMEOUT.as_millis())
    }

    /// Reads what a claimed job is about. `None`: it is missing, and the job has failed, or the claim ran out before it could be read.
    pub(super) async fn read<T, F>(&self, job: &Job, about: Subject, read: impl Fn(Reader) -> F) -> Option<T>
    where
        F: Future<Output = Result<Option<T>, store::Error>>,
    {
        while self.has_time(job) {
            match read(self.reader.clone()).await {
                Ok(Some(found)) => return Some(found),
                Ok(None) => {
                    let error = Text::from(format!("{} {} is missing", about.kind, about.id));
                    let end = self.report(about, FailJob { job: *job, error }).await?;
                    log_end(&end);
                    return None;
                }
                Err(error) => {
                    warn!(%error, kind = about.kind, subject = about.id, "the subject of a call to a network could not be read");
                    tokio::time::sleep(BACKOFF).await;
                }
            }
        }
        None
    }

    /// Makes a call; without an answer that can be used it comes to `unknown`. `None`: there was no room for the call while the claim held.
    pub(super) async fn call<R: Send + 'static>(
        &self,
        job: &Job,
        about: Subject,
        call: impl Future<Output = R> + Send + 'static,
        unknown: R,
    ) -> Option<R> {
        let permit = tokio::time::timeout(CALL_TIMEOUT, self.room.acquire()).await;
        if !matches!(permit, Ok(Ok(_))) || !self.has_time(job) {
            return None;
        }
        Some(answer(about, call).await.unwrap_or(unknown))
    }

    /// Makes a call that no job is about. `None`: there was no room for it, or no answer that can be used.
    pub(super) async fn call_without_job<R: Send + 'static>(
        &self,
        about: Subject,
        call: impl Future<Output = R> + Send + 'static,
    ) -> Option<R> {
        let permit = tokio::time::timeout(CALL_TIMEOUT, self.room.acquire()).await;
        if matches!(permit, Ok(Ok(_))) { answer(about, call).await } else { None }
    }

    /// Notes what a network has said. `None`: it could not be noted, or another process has the job. The process that claims it next inquires.
    pub(super) async fn report<C>(&self, about: Subject, report: C) -> Option<C::Done>
    where
        C: Command<Refusal = JobTaken> + Clone,
    {
        loop {
            let queue = self.queue.upgrade()?;
            match queue::run(&queue, report.clone()).await {
                Ok(Ok(reported)) => return Some(reported),
                Ok(Err(JobTaken)) => {
                    warn!(
                        kind = about.kind,
                        subject = about.id,
                        "another process has claimed a job that asks a network"
                    );
                    return None;
                }
                Err(error) if error.is_passing() && !matches!(error, Error::Stopping) => {
                    drop(queue);
                    tokio::time::sleep(BACKOFF).await;
                }
                Err(error) => {
                    warn!(%error, kind = about.kind, subject = about.id, "the response of a network could not be recorded");
                    return None;
                }
            }
        }
    }
}

/// Counts a call.
pub(super) fn count(call: &'static str, outcome: &'static str) {
    metrics::counter!("daric_network_calls_total", "call" => call, "outcome" => outcome).increment(1);
}

/// In a task of its own: a panic in an implementation is no answer.
async fn answer<R: Send + 'static>(about: Subject, call: impl Future<Output = R> + Send + 'static) -> Option<R> {
    match tokio::time::timeout(CALL_TIMEOUT, tokio::spawn(call)).await {
        Ok(Ok(response)) => Some(response),
        Ok(Err(error)) => {
            error!(%error, kind = about.kind, subject = about.id, "a call to a network panicked: its outcome is unknown");
            None
        }
        Err(_) => {
            warn!(kind = about.kind, subject = about.id, "a network did not answer in time");
            None
        }
    }
}

/// Callers that wait for the first answer to what they have written, by its number.
#[derive(Debug)]
pub(super) struct Callers<K, A>(Mutex<HashMap<K, oneshot::Sender<A>>>);

impl<K, A> Default for Callers<K, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, A> Callers<K, A> {
    /// The answer to what `begin` does, or `written`, should it take longer than callers wait: at most twice [`FIRST_ANSWER_TIMEOUT`].
    pub(super) async fn answered(&self, id: K, written: A, begin: impl FnOnce()) -> A
    where
        K: Copy,
    {
        let (reply, mut answer) = oneshot::channel();
        self.0.lock().insert(id, reply);
        begin();
        match tokio::time::timeout(FIRST_ANSWER_TIMEOUT, &mut answer).await {
            Ok(answered) => answered.unwrap_or(written),
            Err(_) if self.0.lock().remove(&id).is_some() => written,
            // The worker that has taken the sender is about to send the first answer, unless the store is away: then it is told what is durable.
            Err(_) => match tokio::time::timeout(FIRST_ANSWER_TIMEOUT, answer).await {
                Ok(answered) => answered.unwrap_or(written),
                Err(_) => written,
            },
        }
    }

    /// The caller that waits, if it still does.
    pub(super) fn take(&self, id: &K) -> Option<oneshot::Sender<A>> {
        self.0.lock().remove(id).filter(|reply| !reply.is_closed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worker takes the caller, and cannot note what the network said because the store is away.
    #[tokio::test(start_paused = true)]
    async fn a_caller_is_answered_in_time_while_a_report_waits_for_the_store() {
        let callers = Callers::default();
        let (began, mut taken) = (tokio::time::Instant::now(), None);
        let waiting = async {
            let answered = callers.answered(1, "written", || ()).await;
            (answered, began.elapsed())
        };
        let worker = async { taken = callers.take(&1) };
        let ((answered, waited), ()) = tokio::join!(waiting, worker);
        assert_eq!((answered, waited), ("written", 2 * FIRST_ANSWER_TIMEOUT));
        assert!(taken.is_some_and(|reply| reply.is_closed()), "what comes later goes nowhere");
    }
}
