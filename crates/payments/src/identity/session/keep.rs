//! Extending a session that a browser has used.

use std::convert::Infallible;

use super::begin::present;
use crate::view::{Denial, Keys, View};
use crate::{At, BrowserSession, Command, Digest};

/// Extends a session that a browser has used: it lives for `idle_ms` from now, but at most `life_ms` from its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeepSession {
    /// Keyed hash of the session cookie.
    pub hash: Digest,
    /// When the session was used, in milliseconds of Unix time by the clock of its visitor. The clock may have been moved since then.
    pub shown_at_ms: i64,
    /// Lifetime without use, in milliseconds.
    pub idle_ms: i64,
    /// Longest lifetime, in milliseconds.
    pub life_ms: i64,
}

impl Command for KeepSession {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "KeepSession";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.browser_sessions.push(self.hash);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<Infallible>> {
        let known = view.browser_sessions.get(&self.hash).map(|session| BrowserSession::clone(session));
        // A session that has ended in the meantime stays ended.
        if let Some(session) = known.filter(|session| self.shown_at_ms < session.ends_at_ms) {
            let last_ms = session.since_ms.saturating_add(self.life_ms);
            let ends_at_ms = present(&session.visitor, at).at_ms.saturating_add(self.idle_ms).min(last_ms);
            view.browser_sessions.put(self.hash, BrowserSession { ends_at_ms, ..session });
        }
        Ok(())
    }
}
