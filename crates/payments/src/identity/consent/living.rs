//! Finding a request for consent that has not ended.

use crate::view::View;
use crate::{Consent, Digest, Now};

/// There is no such request for consent, or it has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoConsent;

/// The request, if it has not ended.
pub(super) fn living(view: &View, id: &Digest, now: &Now) -> Result<Consent, NoConsent> {
    let consent = view.consents.get(id).filter(|consent| consent.ends_at_ms >= now.at_ms);
    consent.map(|consent| Consent::clone(consent)).ok_or(NoConsent)
}
