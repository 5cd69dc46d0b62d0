//! Limits on wrong passwords over many names, or over many addresses.

use crate::view::View;
use crate::{Digest, Now};

/// A limit on the wrong passwords of one address over many names, or of one name over many addresses. `most` wrong passwords, each within a quarter
/// of an hour of the previous one, lock the key for a quarter of an hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ceiling {
    /// Keyed hash of the address or name.
    pub key: Digest,
    /// Number of wrong passwords that locks the key.
    pub most: i64,
    /// Keyed hash of the name and the address; `None`: every try counts. While that address is known, the limit neither counts nor refuses tries from
    /// it, so that others cannot lock an operator out of its usual address.
    pub spares: Option<Digest>,
}

impl Ceiling {
    /// A limit that counts every try.
    pub fn of_all(key: Digest, most: i64) -> Self {
        Self { key, most, spares: None }
    }

    /// Whether the limit counts a try: not while the address in `spares` is known.
    pub(crate) fn counts(&self, view: &View, now: &Now) -> bool {
        let known = self.spares.and_then(|known| view.known_addresses.get(&known));
        known.is_none_or(|known| known.ends_at_ms <= now.at_ms)
    }
}
