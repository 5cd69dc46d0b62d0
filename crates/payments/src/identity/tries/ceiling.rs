//! Limits over many names, or over many addresses.

use crate::view::View;
use crate::{Digest, Now};

/// A limit of wrong passwords over many names, or of one name over many addresses: so many, each within a quarter of an hour of the one before,
/// lock it for that long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ceiling {
    /// Keyed hash of the address or name.
    pub key: Digest,
    /// How many.
    pub most: i64,
    /// Keyed hash of the name and the address. While that address is known, the limit neither counts its tries nor closes it: others cannot lock
    /// an operator out of where it works.
    pub spares: Option<Digest>,
}

impl Ceiling {
    /// One that spares no address.
    pub fn of_all(key: Digest, most: i64) -> Self {
        Self { key, most, spares: None }
    }

    /// Whether it counts a try: not while the address that it spares is known.
    pub(crate) fn counts(&self, view: &View, now: &Now) -> bool {
        let known = self.spares.and_then(|known| view.known_addresses.get(&known));
        known.is_none_or(|known| known.ends_at_ms <= now.at_ms)
    }
}
