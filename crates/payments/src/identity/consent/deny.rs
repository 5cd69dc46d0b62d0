//! The user says no.

use super::living::living;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest, NoConsent};

/// The user says no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DenyConsent {
    /// The request.
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
