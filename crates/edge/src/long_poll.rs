//! Calls that wait until there is something to answer, at most as long as their caller says.
//!
//! Shape: a call takes a [`Place`], and looks again after each change that an `engine::ChangeSignal` announces. Nothing is polled, except where changes
//! of other processes are not announced here: there the call also looks from time to time.
//! Limits: [`PLACES`] calls at a time. A stop of the server ends them all.

use std::time::Duration;

use engine::ChangeSignal;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

/// How many calls may wait at a time: each holds a connection, and looks after each change. One whose caller has gone waits to its end.
const PLACES: usize = 256;

/// See the module.
#[derive(Debug)]
pub struct LongPolls {
    places: Semaphore,
    stopping: watch::Receiver<bool>,
}

/// The right to wait.
#[derive(Debug)]
pub struct Place<'a> {
    _permit: SemaphorePermit<'a>,
    stopping: watch::Receiver<bool>,
}

/// How long a call waits, and how often it looks without an announced change.
#[derive(Clone, Copy, Debug)]
pub struct WaitTiming {
    /// How long.
    pub wait: Duration,
    /// The pause between two looks; `None`: every change is announced in this process.
    pub recheck: Option<Duration>,
}

impl LongPolls {
    /// Calls wait until `stopping` holds `true`.
    pub fn new(stopping: watch::Receiver<bool>) -> Self {
        Self { places: Semaphore::new(PLACES), stopping }
    }

    /// A place for a call; `None`: all are taken.
    pub fn place(&self) -> Option<Place<'_>> {
        let permit = self.places.try_acquire().ok()?;
        Some(Place { _permit: permit, stopping: self.stopping.clone() })
    }
}

impl Place<'_> {
    /// Looks until something is found; `None`: the time is over, or the server stops.
    ///
    /// # Errors
    /// The first look that fails.
    pub async fn until_found<T, E, F: Future<Output = Result<Option<T>, E>>>(
        mut self,
        signal: &ChangeSignal,
        timing: WaitTiming,
        mut look: impl FnMut() -> F,
    ) -> Result<Option<T>, E> {
        let listening = signal.listen();
        let ends = Instant::now() + timing.wait;
        loop {
            let changed = listening.changed();
            tokio::pin!(changed);
            // What changes from here on is announced to this call, also while it looks.
            changed.as_mut().enable();
            if let Some(found) = look().await? {
                return Ok(Some(found));
            }
            let look_again = timing.recheck.map_or(ends, |pause| ends.min(Instant::now() + pause));
            tokio::select! {
                () = &mut changed => {}
                () = sleep_until(look_again) => {
                    if Instant::now() >= ends {
                        return Ok(None);
                    }
                }
                // The sender is gone when the server has stopped.
                _ = self.stopping.wait_for(|stopping| *stopping) => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const LONG: WaitTiming = WaitTiming { wait: Duration::from_secs(3_600), recheck: None };

    /// Looks until a number is at least 3.
    async fn third(polls: &LongPolls, signal: &ChangeSignal, number: &AtomicU32, timing: WaitTiming) -> Option<u32> {
        let look = || async { Ok::<_, Infallible>(Some(number.load(Ordering::SeqCst)).filter(|number| *number >= 3)) };
        let Ok(found) = polls.place().unwrap().until_found(signal, timing, look).await;
        found
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_until_its_condition_holds_its_time_is_over_or_the_server_stops() {
        let (stop, stopping) = watch::channel(false);
        let (polls, signal, number) =
            (Arc::new(LongPolls::new(stopping)), Arc::<ChangeSignal>::default(), Arc::<AtomicU32>::default());
        let wait = |timing| {
            let (polls, signal, number) = (Arc::clone(&polls), Arc::clone(&signal), Arc::clone(&number));
            tokio::spawn(async move { third(&polls, &signal, &number, timing).await })
        };
        let waiting = wait(LONG);
        for _ in 0..3 {
            tokio::task::yield_now().await;
            assert!(!waiting.is_finished());
            number.fetch_add(1, Ordering::SeqCst);
            signal.announce();
        }
        assert_eq!(waiting.await.unwrap(), Some(3));
        number.store(0, Ordering::SeqCst);
        assert_eq!(wait(WaitTiming { wait: Duration::from_secs(2), recheck: None }).await.unwrap(), None);
        // A change that is not announced is seen at the next look.
        let unannounced = wait(WaitTiming { recheck: Some(Duration::from_secs(1)), ..LONG });
        tokio::task::yield_now().await;
        number.store(4, Ordering::SeqCst);
        assert_eq!(unannounced.await.unwrap(), Some(4));
        number.store(0, Ordering::SeqCst);
        let stopped = wait(LONG);
        tokio::task::yield_now().await;
        stop.send(true).unwrap();
        assert_eq!(stopped.await.unwrap(), None);
    }

    #[test]
    fn places_are_limited_and_given_back() {
        let (_stop, stopping) = watch::channel(false);
        let polls = LongPolls::new(stopping);
        let mut taken: Vec<Place<'_>> = std::iter::from_fn(|| polls.place()).collect();
        assert_eq!(taken.len(), PLACES);
        taken.pop();
        assert!(polls.place().is_some());
    }
}
