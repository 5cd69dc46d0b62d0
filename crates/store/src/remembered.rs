//! Caches of writers between batches, with a limit: a new entry replaces one of the least used.

use std::hash::Hash;

use foldhash::fast::RandomState;
use quick_cache::UnitWeighter;
use quick_cache::unsync::{Cache, DefaultLifecycle};

/// A cache of a writer; see the module.
pub(crate) type Remembered<K, V> = Cache<K, V, UnitWeighter, RandomState>;

/// An empty cache for at most `most` entries.
pub(crate) fn remembered<K: Eq + Hash, V>(most: usize) -> Remembered<K, V> {
    let weight = u64::try_from(most).unwrap_or(u64::MAX);
    Cache::with(most, weight, UnitWeighter, RandomState::default(), DefaultLifecycle::default())
}
