//! The row of wrong tries.

use schema::table;

use crate::wrong_tries::{TryLimit, WrongTries};
use crate::{Digest, Now};

/// How long a name, number or address is locked, in milliseconds: a quarter of an hour.
pub const LOG_IN_LOCKED_MS: i64 = 900_000;
/// How long wrong tries are kept after the last one, in milliseconds: a day.
const TRIES_KEPT_MS: i64 = 86_400_000;

/// Wrong tries of one name, number or address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tries {
    /// Keyed hash of the name, number or address.
    pub key: Digest,
    /// Wrong tries since the last right one, or the last lock.
    pub wrong: i64,
    /// End of the lock, in milliseconds of Unix time.
    pub locked_until_ms: i64,
    /// When the row is forgotten, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl Tries {
    /// The count and the lock, without the key.
    pub(super) fn counted(&self) -> WrongTries {
        WrongTries { count: self.wrong, locked_until_ms: self.locked_until_ms }
    }

    fn with(self, WrongTries { count, locked_until_ms }: WrongTries) -> Self {
        Self { wrong: count, locked_until_ms, ..self }
    }

    /// The tries without the last counted one, which was right; `most` wrong tries lock.
    pub(crate) fn less_one(self, most: i64) -> Self {
        self.with(self.counted().less_one(limit(most)))
    }

    /// The tries with one more wrong one; `most` wrong tries lock.
    pub(crate) fn and_one(self, most: i64, now: &Now) -> Self {
        self.and_one_kept(most, TRIES_KEPT_MS, now)
    }

    /// The same, kept for `kept_ms` after this try.
    pub(super) fn and_one_kept(self, most: i64, kept_ms: i64, now: &Now) -> Self {
        let ends_at_ms = now.at_ms.saturating_add(kept_ms);
        Self { ends_at_ms, ..self.with(self.counted().and_one(limit(most), now)) }
    }
}

/// `most` wrong tries lock for a quarter of an hour.
fn limit(most: i64) -> TryLimit {
    TryLimit::for_ms(most, LOG_IN_LOCKED_MS)
}

/// Locked after too many tries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Locked;

table! {
    Tries = "log_in_tries",
    key |k: Digest| { id_hash: *k },
    of |r| r.key,
    row |r| { id_hash: r.key, wrong: r.wrong, locked_until_ms: r.locked_until_ms, ends_at_ms: r.ends_at_ms },
    make Tries { key: id_hash, wrong, locked_until_ms, ends_at_ms }
}
