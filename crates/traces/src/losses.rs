//! Spans that no collector got: each is counted, and the log says so once a minute at most.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::warn;

/// How long the log says nothing after a warning.
const QUIET: Duration = Duration::from_secs(60);

/// Why a span is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reason {
    /// The queue was full.
    Queue,
    /// The collector did not take the batch.
    Collector,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Collector => "collector",
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// Spans that no warning has named.
    unnamed: AtomicU64,
    warned: Mutex<Option<Instant>>,
}

impl Losses {
    /// Counts lost spans.
    pub(crate) fn count(&self, reason: Reason, spans: usize) {
        let spans = u64::try_from(spans).unwrap_or(u64::MAX);
        metrics::counter!("daric_spans_lost_total", "reason" => reason.name()).increment(spans);
        self.unnamed.fetch_add(spans, Ordering::Relaxed);
    }

    /// Warns, if spans were lost and the last warning was long ago. `error` says why the last batch was lost, if it was.
    pub(crate) fn warn(&self, error: Option<&str>) {
        if let Some(spans) = self.due(Instant::now()) {
            warn!(spans, error, "spans of requests were lost: the collector does not take them, or not fast enough");
        }
    }

    /// The number of spans that a warning has to name now.
    fn due(&self, now: Instant) -> Option<u64> {
        if self.unnamed.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut warned = self.warned.lock();
        if warned.is_some_and(|at| now.duration_since(at) < QUIET) {
            return None;
        }
        *warned = Some(now);
        Some(self.unnamed.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_names_all_losses_since_the_last_one_and_comes_once_a_minute() {
        let (losses, start) = (Losses::default(), Instant::now());
        let at = |seconds| losses.due(start + Duration::from_secs(seconds));
        assert_eq!(at(0), None);
        losses.count(Reason::Collector, 3);
        assert_eq!((at(1), at(1)), (Some(3), None));
        losses.count(Reason::Queue, 1);
        losses.count(Reason::Collector, 2);
        assert_eq!((at(60), at(61), at(200)), (None, Some(3), None));
    }
}
