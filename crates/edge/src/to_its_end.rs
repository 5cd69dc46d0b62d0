//! Work that continues when its caller disconnects.
//!
//! A connection that closes drops the future it waits for. Work that the server has accepted must not stop half-way then: a written code is still
//! sent, a limit still counted, a line still logged. So the caller's task polls the work, which costs nothing; if that task is dropped, the rest of
//! the work is spawned as a task of its own.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio_util::task::TaskTracker;

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// See the module.
pub struct ToItsEnd<T: 'static> {
    /// `None` once it is done.
    work: Option<Work<T>>,
}

impl<T: 'static> ToItsEnd<T> {
    /// Begins work that shutdown waits for.
    pub fn new(running: &TaskTracker, work: impl Future<Output = T> + Send + 'static) -> Self {
        Self { work: Some(Box::pin(running.track_future(work))) }
    }
}

impl<T: 'static> fmt::Debug for ToItsEnd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToItsEnd")
    }
}

impl<T: 'static> Future for ToItsEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let done = work.as_mut().poll(context);
        if done.is_ready() {
            self.work = None;
        }
        done
    }
}

impl<T: 'static> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take()
            && !std::thread::panicking()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { drop(work.await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_when_its_caller_has_gone_and_a_stop_waits_for_it() {
        let (running, go_on, done) = (TaskTracker::new(), Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (may_go_on, is_done) = (Arc::clone(&go_on), Arc::clone(&done));
        let work = ToItsEnd::new(&running, async move {
            may_go_on.notified().await;
            is_done.store(true, Ordering::Release);
        });
        let waiting = tokio::time::timeout(std::time::Duration::ZERO, work).await;
        assert!(waiting.is_err() && !done.load(Ordering::Acquire));
        running.close();
        go_on.notify_one();
        running.wait().await;
        assert!(done.load(Ordering::Acquire));
    }

    #[tokio::test]
    async fn work_that_is_done_is_not_done_again() {
        let running = TaskTracker::new();
        assert_eq!(ToItsEnd::new(&running, async { 7 }).await, 7);
        assert!(running.is_empty());
    }
}
