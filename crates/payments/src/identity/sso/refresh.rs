//! Exchanging a refresh token for new tokens.

use super::tokens::end;
use crate::view::{Denial, Keys, View};
use crate::{
    At, Command, Digest, NewTokens, PartyId, REFRESH_RETRY_MS, SSO_REFRESH_MS, Scopes, SsoConsentKey, SsoFamily,
    SsoRefresh,
};

/// Why a refresh token is not exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefreshRefused {
    /// The token is unknown, expired, or another client's; or what it depends on has ended.
    Invalid,
    /// It was used longer ago than [`REFRESH_RETRY_MS`]: the tokens of its family are ended by this call.
    TokensEnded,
    /// More scopes are asked for than the family has.
    ScopeTooWide,
}

/// Exchanges a refresh token for new tokens. For [`REFRESH_RETRY_MS`] after its first use it gives the same successor again; a later use ends its
/// family. Narrower scopes apply to the new access token only: the new refresh token keeps all (RFC 6749, section 6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshSso {
    /// Keyed hash of the refresh token.
    pub refresh: Digest,
    /// The client that refreshes.
    pub client: PartyId,
    /// The scopes of the new access token; `None`: all that the family has.
    pub scopes: Option<Scopes>,
    /// Keyed hashes of the new access token and of the new refresh token; a refresh token has one successor only.
    pub tokens: NewTokens,
}

impl Command for RefreshSso {
    type Done = Scopes;
    type Refusal = RefreshRefused;
    const NAME: &'static str = "RefreshSso";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.sso_refreshes.push(self.refresh);
        self.tokens.keys(keys);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        if let Some(token) = view.sso_refreshes.get(&self.refresh) {
            let SsoRefresh { family, client, party, .. } = **token;
            keys.sso_families.push(family);
            keys.parties.extend([party, client]);
            keys.sso_consents.push(SsoConsentKey { party, client });
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Scopes, Denial<RefreshRefused>> {
        let token = view.sso_refreshes.get(&self.refresh).map(|token| **token);
        let token = token.filter(|token| token.client == self.client && now.at_ms < token.ends_at_ms);
        let token = token.ok_or(RefreshRefused::Invalid)?;
        let family = view.sso_families.get(&token.family).map(|family| **family);
        let family = family.filter(|family| family.grant.is_good(view)).ok_or(RefreshRefused::Invalid)?;
        let used_at_ms = token.used_at_ms;
        if used_at_ms.is_some_and(|used_at_ms| now.at_ms >= used_at_ms.saturating_add(REFRESH_RETRY_MS)) {
            end(view, family.id);
            return Err(Denial::Declined(RefreshRefused::TokensEnded));
        }
        if self.scopes.is_some_and(|scopes| !family.grant.scopes.covers(scopes)) {
            return Err(RefreshRefused::ScopeTooWide.into());
        }
        if used_at_ms.is_none() {
            view.sso_refreshes.put(token.hash, SsoRefresh { used_at_ms: Some(now.at_ms), ..token });
            let ends_at_ms = now.at_ms.saturating_add(SSO_REFRESH_MS);
            self.tokens.put_refresh(view, SsoFamily { ends_at_ms, ..family });
        }
        Ok(self.tokens.put_access(view, &family, self.scopes, now))
    }
}
