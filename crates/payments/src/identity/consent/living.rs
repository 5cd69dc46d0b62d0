//! Requests for consent that are alive.

use crate::view::View;
use crate::{Consent, Digest, Now};

/// There is no such request for consent, or it has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoConsent;

/// A request that is alive.
pub(super) fn living(view: &View, id: &Digest, now: &Now) -> Result<Consent, NoConsent> {
    let consent = view.consents.get(id).filter(|consent| consent.ends_at_ms >= now.at_ms);
    consent.map(|consent| Consent::clone(consent)).ok_or(NoConsent)
}
