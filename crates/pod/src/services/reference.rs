//! Numbers of requests (pod.md 1.5). Within a process each is greater than the one before. Numbers of two processes end in different digits, unless
//! both have drawn the same ones.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Number of values that tell processes apart: the last three digits of a request's number.
const PROCESSES: u64 = 1_000;

/// The source of request numbers of this process.
#[derive(Debug)]
pub struct References {
    last: AtomicU64,
    process: u64,
}

impl References {
    /// A source whose numbers end in `process`, reduced to three digits. Callers pass a random number.
    pub fn of(process: u64) -> Self {
        Self { last: AtomicU64::new(0), process: process % PROCESSES }
    }

    /// The next number: the time of the machine's clock in microseconds, or one more than the last, followed by the process's digits.
    pub fn next(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let now = u64::try_from(now).unwrap_or(u64::MAX / PROCESSES);
        let next = |last: u64| Some(now.max(last + 1));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or_default();
        let number = now.max(last + 1);
        number * PROCESSES + self.process
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_only_grow() {
        let references = References::of(1_017);
        let numbers: Vec<u64> = (0..10_000).map(|_| references.next()).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next));
        assert!(numbers.iter().all(|number| number % PROCESSES == 17));
    }
}
