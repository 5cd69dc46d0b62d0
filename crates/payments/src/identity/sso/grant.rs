//! The rights of a token, and the rows that it depends on.

use crate::{PartyId, Scopes, SsoConsent, SsoConsentId, SsoConsentKey};

/// The rights of a token, and the rows that it depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoGrant {
    /// The business that may use the token.
    pub client: PartyId,
    /// The user that the token stands for.
    pub party: PartyId,
    /// The scopes of the token.
    pub scopes: Scopes,
    /// The consent that the token depends on.
    pub consent: SsoConsentId,
    /// The user's [`crate::Party::access_version`] that the token depends on.
    pub access_version: i64,
}

impl SsoGrant {
    pub(super) fn key(&self) -> SsoConsentKey {
        SsoConsentKey { party: self.party, client: self.client }
    }

    /// Whether the consent is the one that the token depends on, and still allows its scopes.
    pub fn rests_on(&self, consent: Option<&SsoConsent>) -> bool {
        consent.is_some_and(|consent| consent.id == self.consent && consent.scopes.covers(self.scopes))
    }
}
