//! How fast anybody may begin something that costs a row or an SMS, without having shown who they are.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Requests for consent of one client in a minute.
pub const CONSENTS_PER_MINUTE: u32 = 600;
const WINDOW: Duration = Duration::from_secs(60);
/// Names that are remembered; beyond that, all begin anew.
const NAMES: usize = 10_000;

/// Counts by name.
#[derive(Debug)]
pub struct Pace {
    most: u32,
    counts: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Pace {
    /// So many in a minute.
    pub fn new(most: u32) -> Self {
        Self { most, counts: Mutex::default() }
    }

    /// Whether somebody of this name may begin one more, and counts it.
    pub fn takes(&self, name: &str) -> bool {
        let now = Instant::now();
        let room = self.has_room_at(name, now);
        if room {
            self.count_at(name, now);
        }
        room
    }

    /// Whether somebody of this name may begin one more. Names that anybody can make up are counted only once they have proved to be
    /// somebody's: [`Pace::count`].
    pub fn has_room(&self, name: &str) -> bool {
        self.has_room_at(name, Instant::now())
    }

    /// Counts one that was begun.
    pub fn count(&self, name: &str) {
        self.count_at(name, Instant::now());
    }

    /// Begins anew for everybody.
    pub fn clear(&self) {
        self.counts.lock().clear();
    }

    fn has_room_at(&self, name: &str, now: Instant) -> bool {
        let counts = self.counts.lock();
        counts
            .get(name)
            .is_none_or(|(since, count)| now.saturating_duration_since(*since) >= WINDOW || *count < self.most)
    }

    fn count_at(&self, name: &str, now: Instant) {
        let mut counts = self.counts.lock();
        if !counts.contains_key(name) {
            if counts.len() >= NAMES {
                counts.clear();
            }
            counts.insert(name.to_owned(), (now, 0));
        }
        if let Some((since, count)) = counts.get_mut(name) {
            if now.saturating_duration_since(*since) >= WINDOW {
                (*since, *count) = (now, 0);
            }
            *count = count.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_is_too_fast_waits_for_the_next_window_and_no_other_client_does() {
        let (pace, start) = (Pace::new(600), Instant::now());
        let begin = |name: &str, now| {
            let room = pace.has_room_at(name, now);
            pace.count_at(name, now);
            room
        };
        assert!((0..600).all(|_| begin("one", start)));
        assert!(!begin("one", start + WINDOW / 2) && begin("other", start));
        assert!(begin("one", start + WINDOW));
    }
}
