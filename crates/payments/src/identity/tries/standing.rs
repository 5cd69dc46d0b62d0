//! How the tries of a key stand, and forgetting them.

use crate::view::View;
use crate::{Digest, Locked, Now, Tries};

impl Tries {
    /// As they stand.
    ///
    /// # Errors
    /// They are used up.
    pub(crate) fn of(view: &View, key: &Digest, now: &Now) -> Result<Self, Locked> {
        let known = view.log_in_tries.get(key).filter(|tries| now.at_ms < tries.ends_at_ms).map(|tries| **tries);
        let tries = known.unwrap_or(Self { key: *key, wrong: 0, locked_until_ms: 0, ends_at_ms: 0 });
        if tries.counted().waits(now) { Err(Locked) } else { Ok(tries) }
    }
}

pub(crate) fn forget(view: &mut View, tries: &Digest) {
    if view.log_in_tries.get(tries).is_some() {
        view.log_in_tries.remove(*tries);
    }
}
