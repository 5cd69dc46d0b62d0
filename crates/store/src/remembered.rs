//! What writers remember between batches, with a limit: beyond it the least used entries go, one for one that comes.

use std::hash::Hash;

use foldhash::fast::RandomState;
use quick_cache::UnitWeighter;
use quick_cache::unsync::{Cache, DefaultLifecycle};

/// See the module.
pub(crate) type Remembered<K, V> = Cache<K, V, UnitWeighter, RandomState>;

/// An empty one, for so many entries.
pub(crate) fn remembered<K: Eq + Hash, V>(most: usize) -> Remembered<K, V> {
    let weight = u64::try_from(most).unwrap_or(u64::MAX);
    Cache::with(most, weight, UnitWeighter, RandomState::default(), DefaultLifecycle::default())
}
