//! The runtime of a writer, on whose thread its connection is driven.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};

/// A runtime that can be dropped anywhere, also on a thread of another runtime: a start that is refused drops the opened store there.
#[derive(Debug)]
pub(super) struct Driver(Option<Runtime>);

impl Driver {
    pub(super) fn new() -> io::Result<Self> {
        Builder::new_current_thread().enable_all().build().map(|runtime| Self(Some(runtime)))
    }

    /// Drives a future to its end on this thread.
    #[allow(clippy::expect_used, reason = "only `drop` takes the runtime")]
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.as_ref().expect("it is not dropped yet").block_on(future)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_may_be_dropped_within_another_runtime() {
        drop(Driver::new().unwrap());
        let another = Driver::new().unwrap();
        assert_eq!(std::thread::spawn(move || another.block_on(async { 1 })).join().unwrap(), 1);
    }
}
