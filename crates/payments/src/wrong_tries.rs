//! Counting wrong tries at a secret: how many in a row lock it, and for how long.
//!
//! Shape: a row keeps the numbers in its own columns. A decision reads them into [`WrongTries`], counts, and writes them back.
//! Log-ins and their ceilings, banks' users, requests for consent, cards that pay, and codes that pay are counted in this way.
//! Absent: which secret is tried, and when the row is removed.

use crate::Now;

/// How long a lock lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lock {
    /// For this many milliseconds. The count starts again at 0.
    For(i64),
    /// As long as the count is kept.
    WhileCounted,
}

/// The number of wrong tries in a row that locks a secret, and how long the lock lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TryLimit {
    /// The number of wrong tries that locks.
    pub(crate) most: i64,
    /// How long the lock lasts.
    pub(crate) lock: Lock,
}

impl TryLimit {
    /// Locks after `most` wrong tries, each time for `ms` milliseconds.
    pub(crate) const fn for_ms(most: i64, ms: i64) -> Self {
        Self { most, lock: Lock::For(ms) }
    }

    /// Locks after `most` wrong tries, as long as they are counted.
    pub(crate) const fn while_counted(most: i64) -> Self {
        Self { most, lock: Lock::WhileCounted }
    }

    /// Whether this many wrong tries lock.
    pub(crate) fn is_reached(self, count: i64) -> bool {
        count >= self.most
    }
}

/// The wrong tries at a secret, as its row has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WrongTries {
    /// Wrong tries since the last right one or the last lock.
    pub(crate) count: i64,
    /// The end of the lock, in milliseconds of Unix time; 0 if there is none, and always with [`Lock::WhileCounted`].
    pub(crate) locked_until_ms: i64,
}

impl WrongTries {
    /// This many wrong tries, without a timed lock.
    pub(crate) fn counted(count: i64) -> Self {
        Self { count, locked_until_ms: 0 }
    }

    /// Whether a timed lock is in force.
    pub(crate) fn waits(self, now: &Now) -> bool {
        now.at_ms < self.locked_until_ms
    }

    /// Whether the secret is locked, so that tries are refused unchecked.
    pub(crate) fn is_locked(self, limit: TryLimit, now: &Now) -> bool {
        match limit.lock {
            Lock::For(_) => self.waits(now),
            Lock::WhileCounted => limit.is_reached(self.count),
        }
    }

    /// The state after one more wrong try, which may lock.
    pub(crate) fn and_one(self, limit: TryLimit, now: &Now) -> Self {
        let count = self.count + 1;
        match limit.lock {
            Lock::For(ms) if limit.is_reached(count) => {
                Self { count: 0, locked_until_ms: now.at_ms.saturating_add(ms) }
            }
            Lock::For(_) | Lock::WhileCounted => Self { count, ..self },
        }
    }

    /// The state without the last try, which was counted before it was compared and was right. If that try made the lock, the lock is removed.
    pub(crate) fn less_one(self, limit: TryLimit) -> Self {
        let count = match limit.lock {
            Lock::For(_) if self.count == 0 => limit.most - 1,
            Lock::For(_) => self.count - 1,
            Lock::WhileCounted => (self.count - 1).max(0),
        };
        Self::counted(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(at_ms: i64) -> Now {
        Now::at(at_ms).unwrap_or_else(Now::epoch)
    }

    #[test]
    fn as_many_wrong_tries_as_the_limit_lock_and_one_less_does_not() {
        let timed = TryLimit::for_ms(3, 100);
        let counted = TryLimit::while_counted(3);
        // Tries before and the limit; then the count, whether it is locked at once, and whether it is locked 100 ms later.
        for (before, limit, count, locked, later) in [
            (0, timed, 1, false, false),
            (1, timed, 2, false, false),
            (2, timed, 0, true, false),
            (0, counted, 1, false, false),
            (1, counted, 2, false, false),
            (2, counted, 3, true, true),
            (3, counted, 4, true, true),
        ] {
            let tries = WrongTries::counted(before).and_one(limit, &at(1_000));
            assert_eq!(tries.count, count, "{before} {limit:?}");
            assert_eq!(tries.is_locked(limit, &at(1_000)), locked, "{before} {limit:?}");
            assert_eq!(tries.is_locked(limit, &at(1_099)), locked, "{before} {limit:?}");
            assert_eq!(tries.is_locked(limit, &at(1_100)), later, "{before} {limit:?}");
        }
    }

    #[test]
    fn a_try_that_was_right_is_given_back_with_the_lock_that_it_made() {
        for limit in
            [TryLimit::for_ms(1, 100), TryLimit::for_ms(3, 100), TryLimit::while_counted(1), TryLimit::while_counted(3)]
        {
            for before in 0..limit.most {
                let given_back = WrongTries::counted(before).and_one(limit, &at(1_000)).less_one(limit);
                assert_eq!(given_back, WrongTries::counted(before), "{before} {limit:?}");
            }
        }
        let limit = TryLimit::while_counted(3);
        assert_eq!(WrongTries::counted(0).less_one(limit), WrongTries::counted(0));
    }
}
