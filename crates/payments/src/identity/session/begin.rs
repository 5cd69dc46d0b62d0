//! Beginning a browser session, after the password was right.

use std::convert::Infallible;

use crate::identity::tries::forget;
use crate::view::{Denial, Keys, View};
use crate::{ADDRESS_KNOWN_MS, At, BrowserSession, Ceiling, Command, Digest, KnownAddress, Now, Visitor};

/// Begins a browser session after a right password: the tries are given back, and a complete sign-in makes the browser's address known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BeginSession {
    /// The key of the tries to forget; `None`: a second factor is still needed.
    pub tries: Option<Digest>,
    /// The other limits: each gets one try back.
    pub ceilings: Vec<Ceiling>,
    /// Keyed hash of the session cookie that the browser gets.
    pub hash: Digest,
    /// The party or operator that has logged in.
    pub visitor: Visitor,
    /// Lifetime of the session, in milliseconds.
    pub life_ms: i64,
}

impl BeginSession {
    /// Begins the session, by the clock of its visitor.
    pub(crate) fn begin(&self, view: &mut View, at: At<'_>) {
        let now = &present(&self.visitor, at);
        if let Some(tries) = &self.tries {
            forget(view, tries);
        }
        let counted: Vec<_> = self.ceilings.iter().filter(|ceiling| ceiling.counts(view, now)).collect();
        for Ceiling { key, most, .. } in counted {
            let Some(tries) = view.log_in_tries.get(key).map(|tries| **tries) else { continue };
            view.log_in_tries.put(*key, tries.less_one(*most));
        }
        // The sign-in is complete: from now on this address is known as the operator's.
        if self.tries.is_some() {
            for hash in self.ceilings.iter().filter_map(|ceiling| ceiling.spares) {
                let ends_at_ms = now.at_ms.saturating_add(ADDRESS_KNOWN_MS);
                view.known_addresses.put(hash, KnownAddress { hash, ends_at_ms });
            }
        }
        begin(view, self.hash, self.visitor.clone(), self.life_ms, now);
    }
}

impl Command for BeginSession {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "BeginSession";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.extend(self.tries);
        keys.log_in_tries.extend(self.ceilings.iter().map(|ceiling| ceiling.key));
        keys.known_addresses.extend(self.ceilings.iter().filter_map(|ceiling| ceiling.spares));
        keys.browser_sessions.push(self.hash);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<Infallible>> {
        self.begin(view, at);
        Ok(())
    }
}

/// The instant by which a visitor's session is measured. The sandbox's clock, which operators move, does not end their own sessions.
pub(super) fn present(visitor: &Visitor, at: At<'_>) -> Now {
    match visitor {
        Visitor::Party { .. } => *at.now,
        Visitor::Operator { .. } => at.machine(),
    }
}

/// Writes a session that begins now.
pub(crate) fn begin(view: &mut View, hash: Digest, visitor: Visitor, life_ms: i64, now: &Now) {
    let (since_ms, ends_at_ms) = (now.at_ms, now.at_ms.saturating_add(life_ms));
    view.browser_sessions.put(hash, BrowserSession { hash, visitor, since_ms, ends_at_ms });
}
