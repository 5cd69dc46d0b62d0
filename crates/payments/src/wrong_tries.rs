//! Counting wrong tries at a secret: how many in a row lock it, and for how long.
//!
//! Shape: a row keeps the numbers in its own columns; a decision reads them into [`WrongTries`], counts, and writes them back.
//! Log-ins and their ceilings, banks' users, requests for consent, cards that pay and codes that pay are all counted so.
//! Absent: which secret is tried, and when the row is forgotten.

use crate::Now;

/// How a secret is locked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lock {
    /// For so many milliseconds. The count begins anew.
    For(i64),
    /// For as long as the count stands.
    WhileCounted,
}

/// How many wrong tries in a row lock a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TryLimit {
    /// This many.
    pub(crate) most: i64,
    /// How.
    pub(crate) lock: Lock,
}

impl TryLimit {
    /// So many, each time for so many milliseconds.
    pub(crate) const fn for_ms(most: i64, ms: i64) -> Self {
        Self { most, lock: Lock::For(ms) }
    }

    /// So many, for as long as they are counted.
    pub(crate) const fn while_counted(most: i64) -> Self {
        Self { most, lock: Lock::WhileCounted }
    }

    /// Whether so many are enough.
    pub(crate) fn is_reached(self, count: i64) -> bool {
        count >= self.most
    }
}

/// The wrong tries at a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WrongTries {
    /// Since the last right one, or the last lock.
    pub(crate) count: i64,
    /// In milliseconds of Unix time; nothing, where locks have no end of their own.
    pub(crate) locked_until_ms: i64,
}

impl WrongTries {
    /// So many, without a lock that has an end.
    pub(crate) fn counted(count: i64) -> Self {
        Self { count, locked_until_ms: 0 }
    }

    /// Whether a lock that has an end lasts.
    pub(crate) fn waits(self, now: &Now) -> bool {
        now.at_ms < self.locked_until_ms
    }

    /// Whether no try is looked at.
    pub(crate) fn is_locked(self, limit: TryLimit, now: &Now) -> bool {
        match limit.lock {
            Lock::For(_) => self.waits(now),
            Lock::WhileCounted => limit.is_reached(self.count),
        }
    }

    /// With one more, which may lock.
    pub(crate) fn and_one(self, limit: TryLimit, now: &Now) -> Self {
        let count = self.count + 1;
        match limit.lock {
            Lock::For(ms) if limit.is_reached(count) => {
                Self { count: 0, locked_until_ms: now.at_ms.saturating_add(ms) }
            }
            Lock::For(_) | Lock::WhileCounted => Self { count, ..self },
        }
    }

    /// Without the last one: it was counted before it was looked at, and was right. If it has locked, it unlocks.
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
        // Tries before, the limit; count, whether locked at once, whether locked 100 ms later.
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
