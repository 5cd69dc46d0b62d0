//! The row of wrong guesses.

use schema::table;

use crate::wrong_tries::{TryLimit, WrongTries};
use crate::{Digest, Now};

/// How long a name or number is locked, in milliseconds: a quarter of an hour.
pub const LOG_IN_LOCKED_MS: i64 = 900_000;
/// How long wrong tries are remembered after the last, in milliseconds.
const TRIES_KEPT_MS: i64 = 86_400_000;

/// Wrong guesses of one name or number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tries {
    /// Keyed hash of the name or number.
    pub key: Digest,
    /// Since the last right one, or the last lock.
    pub wrong: i64,
    /// Locked until then, in milliseconds of Unix time.
    pub locked_until_ms: i64,
    /// When they are forgotten, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl Tries {
    /// What is counted of them.
    pub(super) fn counted(&self) -> WrongTries {
        WrongTries { count: self.wrong, locked_until_ms: self.locked_until_ms }
    }

    fn with(self, WrongTries { count, locked_until_ms }: WrongTries) -> Self {
        Self { wrong: count, locked_until_ms, ..self }
    }

    /// Without the last wrong guess of so many that lock: it was a right one.
    pub(crate) fn less_one(self, most: i64) -> Self {
        self.with(self.counted().less_one(limit(most)))
    }

    /// With one more wrong guess, which may lock.
    pub(crate) fn and_one(self, most: i64, now: &Now) -> Self {
        self.and_one_kept(most, TRIES_KEPT_MS, now)
    }

    /// The same, remembered for `kept_ms` after the last.
    pub(super) fn and_one_kept(self, most: i64, kept_ms: i64, now: &Now) -> Self {
        let ends_at_ms = now.at_ms.saturating_add(kept_ms);
        Self { ends_at_ms, ..self.with(self.counted().and_one(limit(most), now)) }
    }
}

/// So many lock a name for a quarter of an hour.
fn limit(most: i64) -> TryLimit {
    TryLimit::for_ms(most, LOG_IN_LOCKED_MS)
}

/// Too many wrong tries: the name has to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Locked;

table! {
    Tries = "log_in_tries",
    key |k: Digest| { id_hash: *k },
    of |r| r.key,
    row |r| { id_hash: r.key, wrong: r.wrong, locked_until_ms: r.locked_until_ms, ends_at_ms: r.ends_at_ms },
    make Tries { key: id_hash, wrong, locked_until_ms, ends_at_ms }
}
