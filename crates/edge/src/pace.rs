//! Rate limits per name, for work that costs a row, an SMS or a slow hash.
//!
//! Counts are in the memory of each process. When the table of names is full, each new name evicts the least used one, so that made-up names do not
//! free names that have reached their limit.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use quick_cache::unsync::Cache;

/// Requests for consent of one client per minute.
pub const CONSENTS_PER_MINUTE: u32 = 600;
const WINDOW: Duration = Duration::from_secs(60);
/// Names that are remembered, of about 100 bytes each.
const NAMES: usize = 100_000;

/// Counts per name.
#[derive(Debug)]
pub struct Pace {
    most: u32,
    counts: Mutex<Cache<String, Count>>,
}

/// What was begun since the window opened.
#[derive(Clone, Copy, Debug)]
struct Count {
    since: Instant,
    begun: u32,
}

impl Count {
    fn is_over(self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= WINDOW
    }
}

impl Pace {
    /// Limits each name to this many per minute.
    pub fn new(most: u32) -> Self {
        Self::remembering(most, NAMES)
    }

    fn remembering(most: u32, names: usize) -> Self {
        Self { most, counts: Mutex::new(Cache::new(names)) }
    }

    /// Whether one more may begin under this name; counts it.
    pub fn takes(&self, name: &str) -> bool {
        self.takes_at(name, Instant::now())
    }

    /// Whether one more may begin under this name, without counting it. Names that anyone can make up are counted only once they have proved to be
    /// real, with [`Pace::count`].
    pub fn has_room(&self, name: &str) -> bool {
        let (counts, now) = (self.counts.lock(), Instant::now());
        counts.get(name).is_none_or(|count| count.is_over(now) || count.begun < self.most)
    }

    /// Counts one that was begun.
    pub fn count(&self, name: &str) {
        self.takes_at(name, Instant::now());
    }

    /// Resets the counts of all names.
    pub fn clear(&self) {
        self.counts.lock().clear();
    }

    fn takes_at(&self, name: &str, now: Instant) -> bool {
        let mut counts = self.counts.lock();
        if let Some(mut count) = counts.get_mut(name) {
            if count.is_over(now) {
                *count = Count { since: now, begun: 0 };
            }
            let room = count.begun < self.most;
            count.begun += u32::from(room);
            return room;
        }
        counts.insert(name.to_owned(), Count { since: now, begun: 1 });
        self.most > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_is_too_fast_waits_for_the_next_window_and_no_other_client_does() {
        let (pace, start) = (Pace::new(600), Instant::now());
        assert!((0..600).all(|_| pace.takes_at("one", start)));
        assert!(!pace.takes_at("one", start + WINDOW / 2) && pace.takes_at("other", start));
        assert!(pace.takes_at("one", start + WINDOW));
    }

    #[test]
    fn made_up_names_do_not_free_a_name_that_has_used_up_what_it_may() {
        let (pace, start) = (Pace::remembering(3, 1_000), Instant::now());
        for name in ["one", "other"] {
            assert!((0..3).all(|_| pace.takes_at(name, start)) && !pace.takes_at(name, start));
        }
        for name in 0..10_000 {
            assert!(pace.takes_at(&format!("made up {name}"), start));
        }
        assert!(!pace.takes_at("one", start) && !pace.takes_at("other", start));
        assert!(pace.counts.lock().len() <= 1_000);
    }
}
