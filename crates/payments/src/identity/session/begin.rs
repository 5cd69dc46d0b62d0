//! Beginning a session: the password was right.

use std::convert::Infallible;

use crate::identity::tries::forget;
use crate::view::{Denial, Keys, View};
use crate::{ADDRESS_KNOWN_MS, At, BrowserSession, Ceiling, Command, Digest, KnownAddress, Now, Visitor};

/// The password was right: the tries are given back, and the browser is known from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BeginSession {
    /// The key of the tries, which are forgotten; `None`: there is more to be shown.
    pub tries: Option<Digest>,
    /// The limits beside it: each gets one try back.
    pub ceilings: Vec<Ceiling>,
    /// Keyed hash of what the browser shows from now on.
    pub hash: Digest,
    /// Who.
    pub visitor: Visitor,
    /// How long, in milliseconds.
    pub life_ms: i64,
}

impl BeginSession {
    /// Begins it.
    pub(crate) fn begin(&self, view: &mut View, now: &Now) {
        if let Some(tries) = &self.tries {
            forget(view, tries);
        }
        let counted: Vec<_> = self.ceilings.iter().filter(|ceiling| ceiling.counts(view, now)).collect();
        for Ceiling { key, most, .. } in counted {
            let Some(tries) = view.log_in_tries.get(key).map(|tries| **tries) else { continue };
            view.log_in_tries.put(*key, tries.less_one(*most));
        }
        // Nothing more is to be shown: this address is the operator's.
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

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<Infallible>> {
        self.begin(view, now);
        Ok(())
    }
}

pub(crate) fn begin(view: &mut View, hash: Digest, visitor: Visitor, life_ms: i64, now: &Now) {
    let (since_ms, ends_at_ms) = (now.at_ms, now.at_ms.saturating_add(life_ms));
    view.browser_sessions.put(hash, BrowserSession { hash, visitor, since_ms, ends_at_ms });
}
