//! The row of wrong guesses.

use schema::table;

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
    /// With one more wrong guess, which may lock.
    pub(crate) fn and_one(self, most: i64, now: &Now) -> Self {
        self.and_one_kept(most, TRIES_KEPT_MS, now)
    }

    /// The same, remembered for `kept_ms` after the last.
    pub(super) fn and_one_kept(self, most: i64, kept_ms: i64, now: &Now) -> Self {
        let wrong = self.wrong + 1;
        let ends_at_ms = now.at_ms.saturating_add(kept_ms);
        if wrong < most {
            Self { wrong, ends_at_ms, ..self }
        } else {
            Self { wrong: 0, locked_until_ms: now.at_ms.saturating_add(LOG_IN_LOCKED_MS), ends_at_ms, ..self }
        }
    }
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
