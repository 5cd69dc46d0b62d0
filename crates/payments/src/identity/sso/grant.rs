//! What a token is for, and what it rests on.

use crate::{PartyId, Scopes, SsoConsent, SsoConsentId, SsoConsentKey};

/// What a token is for, and what it rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoGrant {
    /// The business that may use it.
    pub client: PartyId,
    /// The user that it names.
    pub party: PartyId,
    /// What it may be used for.
    pub scopes: Scopes,
    /// The consent that it rests on.
    pub consent: SsoConsentId,
    /// The user's [`crate::Party::access_version`] that it rests on.
    pub access_version: i64,
}

impl SsoGrant {
    pub(super) fn key(&self) -> SsoConsentKey {
        SsoConsentKey { party: self.party, client: self.client }
    }

    /// Whether the consent that is there now is the one that this rests on.
    pub fn rests_on(&self, consent: Option<&SsoConsent>) -> bool {
        consent.is_some_and(|consent| consent.id == self.consent && consent.scopes.covers(self.scopes))
    }
}
