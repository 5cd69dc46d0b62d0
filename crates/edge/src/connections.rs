//! Tracks connections, to find out whether all input received so far has been read.
//!
//! The system queues a report for each input, and each report wakes the task of its connection. [`Connections::looked_at`] adds one more report at
//! the end of that queue: when it arrives, all earlier reports have woken their tasks. A tracked task counts its wakes, and the wakes before its last
//! run; so the tasks that were woken by then are known, and the call waits until they have run, without a clock. Requests that wait behind another
//! one on their own connection are not waited for: a connection processes its requests one after another.
//!
//! Cost: two atomic additions per wake; per inquiry one socket pair and one check of each connection.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// Runs within which a task has read a request that had arrived whole: its head, its body in parts, and the body's end. A task that runs more often
/// is busy with something else.
const RUNS: u64 = 8;

/// See the module.
#[derive(Debug, Default)]
pub struct Connections {
    tasks: Mutex<Tasks>,
    /// Number of inquiries that are waiting.
    waiting: AtomicUsize,
    ran: Notify,
}

#[derive(Debug, Default)]
struct Tasks {
    last: u64,
    by_number: BTreeMap<u64, Arc<Task>>,
}

/// A task. It has unread input as long as `woken` is ahead of `ran_for`.
#[derive(Debug)]
struct Task {
    waker: Mutex<Waker>,
    woken: AtomicU64,
    /// The value of `woken` at its last run.
    ran_for: AtomicU64,
    runs: AtomicU64,
}

impl Task {
    fn is_idle(&self) -> bool {
        self.ran_for.load(SeqCst) == self.woken.load(SeqCst)
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.fetch_add(1, SeqCst);
        self.waker.lock().wake_by_ref();
    }
}

/// A task's place in the list, removed on drop. A new task counts as having unread input until its first run.
#[derive(Debug)]
pub struct Entry {
    connections: Arc<Connections>,
    number: u64,
    task: Arc<Task>,
}

impl Entry {
    /// Counts the wakes of a connection's task.
    pub fn track<F: Future>(self, work: F) -> Tracked<F> {
        let waker = Waker::from(Arc::clone(&self.task));
        Tracked { work: Box::pin(work), waker, entry: self }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.connections.tasks.lock().by_number.remove(&self.number);
        // A dropped task never runs again, which counts as having run.
        self.task.runs.fetch_add(RUNS, SeqCst);
        self.connections.notify();
    }
}

/// A future whose wakes are counted.
pub struct Tracked<F> {
    work: Pin<Box<F>>,
    waker: Waker,
    entry: Entry,
}

impl<F> std::fmt::Debug for Tracked<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tracked").field(&self.entry.number).finish()
    }
}

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let task = &this.entry.task;
        {
            let mut waker = task.waker.lock();
            if !waker.will_wake(context.waker()) {
                waker.clone_from(context.waker());
            }
        }
        let woken = task.woken.load(SeqCst);
        let polled = this.work.as_mut().poll(&mut Context::from_waker(&this.waker));
        task.ran_for.store(woken, SeqCst);
        task.runs.fetch_add(1, SeqCst);
        this.entry.connections.notify();
        polled
    }
}

impl Connections {
    /// Counts the wakes of the task that accepts connections.
    pub fn track<F: Future>(self: &Arc<Self>, work: F) -> Tracked<F> {
        self.enter().track(work)
    }

    /// Registers an accepted connection: it counts as having unread input until its task has run.
    pub fn enter(self: &Arc<Self>) -> Entry {
        let task = Arc::new(Task {
            waker: Mutex::new(Waker::noop().clone()),
            woken: AtomicU64::new(1),
            ran_for: AtomicU64::new(0),
            runs: AtomicU64::new(0),
        });
        let mut tasks = self.tasks.lock();
        tasks.last += 1;
        let number = tasks.last;
        tasks.by_number.insert(number, Arc::clone(&task));
        drop(tasks);
        Entry { connections: Arc::clone(self), number, task }
    }

    /// Returns when all input received on any connection before this call was read, including connections that were not accepted yet.
    ///
    /// # Errors
    /// The system has no more sockets.
    pub async fn looked_at(&self) -> io::Result<()> {
        all_reported().await?;
        self.woken_ran().await;
        Ok(())
    }

    /// Returns when all tasks woken before this call have run, and then the tasks of connections that they accepted.
    async fn woken_ran(&self) {
        let last = self.all_ran(0).await;
        self.all_ran(last).await;
    }

    /// Waits for the tasks with a number above `after` that exist now; returns the last number given out.
    async fn all_ran(&self, after: u64) -> u64 {
        let _waiting = Waiting::new(self);
        let (last, mut busy): (u64, Vec<(Arc<Task>, u64)>) = {
            let tasks = self.tasks.lock();
            let behind = tasks.by_number.range(after + 1..).map(|(_, task)| task);
            (tasks.last, behind.map(|task| (Arc::clone(task), task.runs.load(SeqCst))).collect())
        };
        loop {
            let mut ran = std::pin::pin!(self.ran.notified());
            ran.as_mut().enable();
            busy.retain(|(task, before)| !task.is_idle() && task.runs.load(SeqCst) < before + RUNS);
            if busy.is_empty() {
                return last;
            }
            ran.await;
        }
    }

    fn notify(&self) {
        if self.waiting.load(SeqCst) > 0 {
            self.ran.notify_waiters();
        }
    }
}

/// Returns when the system has reported all input that came before this call: input on a new socket is reported after it.
async fn all_reported() -> io::Result<()> {
    let (mut one, other) = UnixStream::pair()?;
    other.set_nonblocking(true)?;
    one.write_all(&[0])?;
    tokio::net::UnixStream::from_std(other)?.readable().await
}

/// An inquiry that is waiting, until it is dropped.
struct Waiting<'a>(&'a Connections);

impl<'a> Waiting<'a> {
    fn new(connections: &'a Connections) -> Self {
        connections.waiting.fetch_add(1, SeqCst);
        Self(connections)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_task_that_was_woken_before_is_waited_for_until_it_has_run_and_others_are_not() {
        let connections = Arc::new(Connections::default());
        assert!(connections.woken_ran().now_or_never().is_some(), "there is none");
        let mut one = Box::pin(connections.track(std::future::pending::<()>()));
        let waker = one.waker.clone();
        // A new task has something to look at, and so has a woken one.
        for woken in [false, true] {
            if woken {
                waker.wake_by_ref();
            }
            let mut inquiry = Box::pin(connections.woken_ran());
            assert!(inquiry.as_mut().now_or_never().is_none(), "woken {woken}");
            assert!(one.as_mut().now_or_never().is_none());
            assert!(inquiry.as_mut().now_or_never().is_some(), "woken {woken}");
        }
    }

    #[test]
    fn a_task_that_ends_or_is_always_busy_holds_no_inquiry_up() {
        let connections = Arc::new(Connections::default());
        let ended = connections.track(std::future::pending::<()>());
        let mut inquiry = Box::pin(connections.woken_ran());
        assert!(inquiry.as_mut().now_or_never().is_none());
        drop(ended);
        assert!(inquiry.as_mut().now_or_never().is_some());
        let busy = std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        let mut busy = Box::pin(connections.track(busy));
        let mut inquiry = Box::pin(connections.woken_ran());
        let mut runs = 0;
        while inquiry.as_mut().now_or_never().is_none() {
            assert!(busy.as_mut().now_or_never().is_none());
            runs += 1;
        }
        assert_eq!(runs, RUNS);
    }

    #[test]
    fn a_connection_that_is_accepted_meanwhile_is_waited_for() {
        let connections = Arc::new(Connections::default());
        let mut accepting = Box::pin(connections.track(std::future::pending::<()>()));
        let mut inquiry = Box::pin(connections.woken_ran());
        assert!(inquiry.as_mut().now_or_never().is_none());
        let mut accepted = Box::pin(connections.track(std::future::pending::<()>()));
        assert!(accepting.as_mut().now_or_never().is_none());
        assert!(inquiry.as_mut().now_or_never().is_none(), "the accepted one has not run");
        assert!(accepted.as_mut().now_or_never().is_none());
        assert!(inquiry.as_mut().now_or_never().is_some());
        drop(accepted);
        assert_eq!(connections.tasks.lock().by_number.len(), 1, "nothing is left behind");
    }

    #[tokio::test]
    async fn what_was_written_before_is_reported_before() {
        let connections = Arc::new(Connections::default());
        let (mut one, other) = UnixStream::pair().unwrap();
        other.set_nonblocking(true).unwrap();
        let other = tokio::net::UnixStream::from_std(other).unwrap();
        let task = tokio::spawn(connections.track(async move { other.readable().await }));
        one.write_all(&[0]).unwrap();
        connections.looked_at().await.unwrap();
        assert!(connections.tasks.lock().by_number.is_empty(), "it has run to its end");
        task.await.unwrap().unwrap();
    }
}
