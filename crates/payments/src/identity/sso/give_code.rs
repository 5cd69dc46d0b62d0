//! Giving a client an authorization code.

use ledger::Rial;

use super::check::usable;
use crate::view::{Denial, Keys, View};
use crate::{
    At, Command, Digest, SSO_CODE_MS, Scopes, SsoCode, SsoConsent, SsoConsentId, SsoConsentKey, SsoGrant,
    StandingPermission, StandingTerms, Text,
};

/// What entitles a client to a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsentBasis {
    /// The user has allowed all of the scopes before.
    Remembered,
    /// The user allows the scopes now.
    GivenNow,
}

/// Why a client gets no code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoCode {
    /// The user's log-in has ended, or one of the parties is unknown or disabled.
    PartyUnknown,
    /// The user has not allowed the scopes.
    ConsentUnknown,
}

/// Gives a client an authorization code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GiveSsoCode {
    /// Keyed hash of the code.
    pub hash: Digest,
    /// The user and the client of the consent.
    pub key: SsoConsentKey,
    /// The scopes that the client asks for.
    pub scopes: Scopes,
    /// The user's access version when the log-in began.
    pub access_version: i64,
    /// What entitles the client.
    pub basis: ConsentBasis,
    /// The standing permission that the user gives now; a remembered consent is not changed.
    pub standing: Option<StandingTerms>,
    /// The exchange must name the same address.
    pub redirect_uri: Text,
    /// The challenge that a verifier must hash to; `None`: no verifier is expected.
    pub challenge: Option<Text>,
}

impl Command for GiveSsoCode {
    type Done = ();
    type Refusal = NoCode;
    const NAME: &'static str = "GiveSsoCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.sso_codes.push(self.hash);
        keys.parties.extend([self.key.party, self.key.client]);
        keys.sso_consents.push(self.key);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NoCode>> {
        let SsoConsentKey { party, client } = self.key;
        usable(view, client).ok_or(NoCode::PartyUnknown)?;
        let access_version = usable(view, party).filter(|version| *version == self.access_version);
        let access_version = access_version.ok_or(NoCode::PartyUnknown)?;
        let scopes = self.scopes.grantable(party, client);
        let known = view.sso_consents.get(&self.key).map(|consent| **consent);
        let consent = match self.basis {
            ConsentBasis::Remembered => known.filter(|known| known.scopes.covers(scopes)),
            ConsentBasis::GivenNow => {
                let allowed = known.map_or_else(Scopes::default, |known| known.scopes).and(scopes);
                let id = known.map_or_else(|| SsoConsentId(view.ids.take()), |known| known.id);
                let before = known.and_then(|known| known.standing);
                // What was spent still counts: a new limit does not begin a new period.
                let (spent, since_ms) = before.map_or((Rial::ZERO, 0), |before| (before.spent, before.since_ms));
                let given = self.standing.map(|terms| StandingPermission { terms, spent, since_ms });
                let standing = given.or(before);
                let consent = SsoConsent { key: self.key, id, scopes: allowed, at_ms: now.at_ms, standing };
                view.sso_consents.put(self.key, consent);
                Some(consent)
            }
        };
        let consent = consent.ok_or(NoCode::ConsentUnknown)?.id;
        let grant = SsoGrant { client, party, scopes, consent, access_version };
        let Self { hash, redirect_uri, challenge, .. } = self.clone();
        let ends_at_ms = now.at_ms.saturating_add(SSO_CODE_MS);
        view.sso_codes.put(hash, SsoCode { hash, grant, redirect_uri, challenge, used_by: None, ends_at_ms });
        Ok(())
    }
}
