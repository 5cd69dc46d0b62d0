//! Tokens of users for businesses: a code after a log-in, exchanged for a token, refreshed (pod.md 2.2).
//!
//! ```text
//! logged in ──► code (60 s, once) ──► access (900 s) + refresh (30 days) ──► the next pair; the old refresh token is dead
//! ```
//! A code that comes twice, or a refresh token that was used before, is refused; everything is a keyed hash.

use crate::view::{Keys, View};
use crate::{ApiToken, Digest, Now, Outcome, PartyId, Refusal, Text};

/// How long a code lives, in milliseconds.
pub const SSO_CODE_MS: i64 = 60_000;
/// How long an access token lives, in milliseconds.
pub const SSO_ACCESS_MS: i64 = 900_000;
/// How long a refresh token lives, in milliseconds.
pub const SSO_REFRESH_MS: i64 = 30 * 86_400_000;

/// What a token is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SsoGrant {
    /// The business that may use it.
    pub client: PartyId,
    /// Whom it names.
    pub party: PartyId,
    /// What was asked for; told back.
    pub scope: Text,
}

/// A code, to be exchanged once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SsoCode {
    /// Its keyed hash.
    pub hash: Digest,
    /// What it becomes.
    pub grant: SsoGrant,
    /// Must be named again.
    pub redirect_uri: Text,
    /// What a verifier must hash to: base64url of SHA-256.
    pub challenge: Option<Text>,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

/// A refresh token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SsoRefresh {
    /// Its keyed hash.
    pub hash: Digest,
    /// What it renews.
    pub grant: SsoGrant,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

/// Gives a client a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GiveSsoCode {
    /// Its keyed hash.
    pub hash: Digest,
    /// What it becomes.
    pub grant: SsoGrant,
    /// Must be named again.
    pub redirect_uri: Text,
    /// What a verifier must hash to.
    pub challenge: Option<Text>,
}

impl GiveSsoCode {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.sso_codes.push(self.hash);
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        let Self { hash, grant, redirect_uri, challenge } = self.clone();
        let ends_at_ms = now.at_ms.saturating_add(SSO_CODE_MS);
        view.sso_codes.put(hash, SsoCode { hash, grant, redirect_uri, challenge, ends_at_ms });
        Ok(Outcome::Done)
    }
}

/// Keyed hashes of the tokens that come of an exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewTokens {
    /// The access token.
    pub access: Digest,
    /// The refresh token.
    pub refresh: Digest,
}

/// Exchanges a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExchangeSsoCode {
    /// Its keyed hash.
    pub code: Digest,
    /// Who exchanges it.
    pub client: PartyId,
    /// Must be the one of the request.
    pub redirect_uri: Text,
    /// What the verifier hashes to, if one came.
    pub challenge: Option<Text>,
    /// What comes of it.
    pub tokens: NewTokens,
}

impl ExchangeSsoCode {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.sso_codes.push(self.code);
        self.tokens.keys(keys);
    }

    pub(crate) fn more_keys(&self, view: &View, keys: &mut Keys) {
        keys.parties.extend(view.sso_codes.get(&self.code).iter().flat_map(|code| code.grant.parties()));
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        let code = view.sso_codes.get(&self.code).map(|code| SsoCode::clone(code));
        let code = code.filter(|code| code.grant.client == self.client && now.at_ms < code.ends_at_ms);
        let code = code.ok_or(Refusal::CodeInvalid)?;
        if code.redirect_uri != self.redirect_uri {
            return Err(Refusal::OtherRedirect);
        }
        // A verifier that nobody asked for is as wrong as one that is missing.
        if code.challenge != self.challenge {
            return Err(Refusal::CodeInvalid);
        }
        still_there(view, &code.grant).ok_or(Refusal::CodeInvalid)?;
        view.sso_codes.remove(self.code);
        Ok(self.tokens.give(view, code.grant, now))
    }
}

/// Renews a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshSso {
    /// Keyed hash of the refresh token.
    pub refresh: Digest,
    /// Who renews it.
    pub client: PartyId,
    /// What comes of it.
    pub tokens: NewTokens,
}

impl RefreshSso {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.sso_refreshes.push(self.refresh);
        self.tokens.keys(keys);
    }

    pub(crate) fn more_keys(&self, view: &View, keys: &mut Keys) {
        keys.parties.extend(view.sso_refreshes.get(&self.refresh).iter().flat_map(|token| token.grant.parties()));
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        let token = view.sso_refreshes.get(&self.refresh).map(|token| SsoRefresh::clone(token));
        let token = token.filter(|token| token.grant.client == self.client && now.at_ms < token.ends_at_ms);
        let token = token.ok_or(Refusal::RefreshTokenInvalid)?;
        still_there(view, &token.grant).ok_or(Refusal::RefreshTokenInvalid)?;
        view.sso_refreshes.remove(self.refresh);
        Ok(self.tokens.give(view, token.grant, now))
    }
}

/// Neither whoever the tokens name nor the business that uses them was disabled meanwhile.
fn still_there(view: &View, grant: &SsoGrant) -> Option<()> {
    let usable = |id: PartyId| view.parties.get(&id).is_some_and(|party| !party.disabled);
    grant.parties().into_iter().all(usable).then_some(())
}

impl SsoGrant {
    fn parties(&self) -> [PartyId; 2] {
        [self.party, self.client]
    }
}

impl NewTokens {
    fn keys(&self, keys: &mut Keys) {
        keys.api_tokens.push(self.access);
        keys.sso_refreshes.push(self.refresh);
    }

    fn give(self, view: &mut View, grant: SsoGrant, now: &Now) -> Outcome {
        let ends_at_ms = now.at_ms.saturating_add(SSO_ACCESS_MS);
        let (hash, party) = (self.access, grant.party);
        let (ends_at_ms, client) = (Some(ends_at_ms), Some(grant.client));
        let access = ApiToken { hash, party, created_at_ms: now.at_ms, ends_at_ms, client };
        view.api_tokens.put(hash, access);
        let ends_at_ms = now.at_ms.saturating_add(SSO_REFRESH_MS);
        let scope = Text::clone(&grant.scope);
        view.sso_refreshes.put(self.refresh, SsoRefresh { hash: self.refresh, grant, ends_at_ms });
        Outcome::TokensGiven(scope)
    }
}
