//! Reading the tries of a key, and forgetting them.

use crate::view::View;
use crate::{Digest, Locked, Now, Tries};

impl Tries {
    /// The tries of a key at this time; none are counted for a key without a row.
    ///
    /// # Errors
    /// The key is locked.
    pub(crate) fn of(view: &View, key: &Digest, now: &Now) -> Result<Self, Locked> {
        let known = view.log_in_tries.get(key).filter(|tries| now.at_ms < tries.ends_at_ms).map(|tries| **tries);
        let tries = known.unwrap_or(Self { key: *key, wrong: 0, locked_until_ms: 0, ends_at_ms: 0 });
        if tries.counted().waits(now) { Err(Locked) } else { Ok(tries) }
    }
}

/// Forgets the tries of a key.
pub(crate) fn forget(view: &mut View, tries: &Digest) {
    if view.log_in_tries.get(tries).is_some() {
        view.log_in_tries.remove(*tries);
    }
}
