//! The bank user denies what a client has asked for.

use super::living::living;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest, NoConsent};

/// The bank user denies what a client has asked for: the request is removed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DenyConsent {
    /// Keyed hash of the request's id.
    pub consent: Digest,
}

impl Command for DenyConsent {
    type Done = ();
    type Refusal = NoConsent;
    const NAME: &'static str = "DenyConsent";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.consents.push(self.consent);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NoConsent>> {
        let consent = living(view, &self.consent, now)?;
        view.consents.remove(consent.id);
        Ok(())
    }
}
