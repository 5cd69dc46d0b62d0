//! Logging a browser out.

use std::convert::Infallible;

use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest};

/// Logs a browser out: its session is removed, if it exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndSession {
    /// Keyed hash of the session cookie.
    pub hash: Digest,
}

impl Command for EndSession {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "EndSession";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.browser_sessions.push(self.hash);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<Infallible>> {
        if view.browser_sessions.get(&self.hash).is_some() {
            view.browser_sessions.remove(self.hash);
        }
        Ok(())
    }
}
