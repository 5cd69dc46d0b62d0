//! Rate limits per name, for work that costs a row, an SMS or a slow hash.
//!
//! Counts are in the memory of each process. When the table of names is full, each new name evicts the least used one, so that made-up names do not
//! free names that have reached their limit.

use std::fmt;
use std::hash::Hash;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use quick_cache::unsync::Cache;

/// Requests for consent of one client per minute.
pub const CONSENTS_PER_MINUTE: u32 = 600;
const WINDOW: Duration = Duration::from_secs(60);
/// Names that are remembered, of about 100 bytes each.
const NAMES: usize = 100_000;

/// Counts by name: a text, or what else names a caller.
pub struct RateLimiter<N: ToOwned + ?Sized = str> {
    most: u32,
    counts: Mutex<Cache<N::Owned, Count>>,
}

impl<N: ToOwned + ?Sized> fmt::Debug for RateLimiter<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimiter")
    }
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

impl<N> RateLimiter<N>
where
    N: Hash + Eq + ToOwned + ?Sized,
    N::Owned: Hash + Eq,
{
    /// So many in a minute.
    pub fn new(most: u32) -> Self {
        Self::remembering(most, NAMES)
    }

    fn remembering(most: u32, names: usize) -> Self {
        Self { most, counts: Mutex::new(Cache::new(names)) }
    }

    /// Whether one more of this name may begin, and counts it.
    pub fn takes(&self, name: &N) -> bool {
        self.count(name, Instant::now()).is_some()
    }

    /// One more of this name, if it may begin. It is counted at once, so that calls at the same time have no more places than one after another; names that
    /// anyone can make up prove to be real first, and count for nothing if they do not: see [`Begun::keep`].
    pub fn begin<'a>(&'a self, name: &'a N) -> Option<Begun<'a, N>> {
        let since = self.count(name, Instant::now())?;
        Some(Begun { limiter: self, name, since: Some(since) })
    }

    /// Resets the counts of all names.
    pub fn clear(&self) {
        self.counts.lock().clear();
    }

    /// Counts one more of a name; returns since when it counts. `None`: there is no room.
    fn count(&self, name: &N, now: Instant) -> Option<Instant> {
        let mut counts = self.counts.lock();
        if let Some(mut count) = counts.get_mut(name) {
            if count.is_over(now) {
                *count = Count { since: now, begun: 0 };
            }
            let has_room = count.begun < self.most;
            count.begun += u32::from(has_room);
            return has_room.then_some(count.since);
        }
        counts.insert(name.to_owned(), Count { since: now, begun: 1 });
        (self.most > 0).then_some(now)
    }

    /// Takes one back that was counted since then, and forgets a name that nothing is left of.
    fn take_back(&self, name: &N, since: Instant) {
        let mut counts = self.counts.lock();
        let Some(mut count) = counts.get_mut(name) else { return };
        if count.since == since {
            count.begun = count.begun.saturating_sub(1);
        }
        let is_left = count.begun > 0;
        drop(count);
        if !is_left {
            counts.remove(name);
        }
    }
}

/// One that has begun, and is taken back when this is dropped.
pub struct Begun<'a, N>
where
    N: Hash + Eq + ToOwned + ?Sized,
    N::Owned: Hash + Eq,
{
    limiter: &'a RateLimiter<N>,
    name: &'a N,
    /// Of a window that has room for it; `None`: it is kept.
    since: Option<Instant>,
}

impl<N> Begun<'_, N>
where
    N: Hash + Eq + ToOwned + ?Sized,
    N::Owned: Hash + Eq,
{
    /// It counts: its name has proved to be real.
    pub fn keep(mut self) {
        self.since = None;
    }
}

impl<N> Drop for Begun<'_, N>
where
    N: Hash + Eq + ToOwned + ?Sized,
    N::Owned: Hash + Eq,
{
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.limiter.take_back(self.name, since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes_at(limiter: &RateLimiter, name: &str, now: Instant) -> bool {
        limiter.count(name, now).is_some()
    }

    #[test]
    fn a_client_that_is_too_fast_waits_for_the_next_window_and_no_other_client_does() {
        let (limiter, start) = (RateLimiter::new(600), Instant::now());
        assert!((0..600).all(|_| takes_at(&limiter, "one", start)));
        assert!(!takes_at(&limiter, "one", start + WINDOW / 2) && takes_at(&limiter, "other", start));
        assert!(takes_at(&limiter, "one", start + WINDOW));
    }

    #[test]
    fn made_up_names_do_not_free_a_name_that_has_used_up_what_it_may() {
        let (limiter, start) = (RateLimiter::remembering(3, 1_000), Instant::now());
        for name in ["one", "other"] {
            assert!((0..3).all(|_| takes_at(&limiter, name, start)) && !takes_at(&limiter, name, start));
        }
        for name in 0..10_000 {
            assert!(takes_at(&limiter, &format!("made up {name}"), start));
        }
        assert!(!takes_at(&limiter, "one", start) && !takes_at(&limiter, "other", start));
        assert!(limiter.counts.lock().len() <= 1_000);
    }

    #[test]
    fn what_has_begun_has_its_place_at_once_and_leaves_nothing_behind_unless_it_is_kept() {
        let limiter: RateLimiter = RateLimiter::new(2);
        let (one, other) = (limiter.begin("name").unwrap(), limiter.begin("name").unwrap());
        assert!(limiter.begin("name").is_none(), "two at the same time have both places");
        drop(one);
        other.keep();
        assert!(limiter.takes("name") && !limiter.takes("name"));
        drop(limiter.begin("made up"));
        assert_eq!(limiter.counts.lock().len(), 1, "a name that was not real is forgotten");
    }

    #[test]
    fn what_has_begun_in_a_window_that_is_over_takes_nothing_from_the_next_one() {
        let (limiter, start) = (RateLimiter::new(1), Instant::now());
        let since = limiter.count("name", start).unwrap();
        assert!(takes_at(&limiter, "name", start + WINDOW));
        limiter.take_back("name", since);
        assert!(!takes_at(&limiter, "name", start + WINDOW));
        limiter.clear();
        limiter.take_back("name", since);
        assert!(takes_at(&limiter, "name", start));
    }
}
