//! Writing the tokens of a family, and ending a family.

use crate::view::{Keys, View};
use crate::{ApiToken, Digest, Now, Scopes, SsoFamily, SsoFamilyId, SsoGrant, SsoRefresh};

/// Lifetime of an access token, in milliseconds.
pub const SSO_ACCESS_MS: i64 = 900_000;
/// Lifetime of a refresh token, in milliseconds.
pub const SSO_REFRESH_MS: i64 = 30 * 86_400_000;

/// Keyed hashes of the tokens that an exchange issues.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewTokens {
    /// The access token.
    pub access: Digest,
    /// The refresh token.
    pub refresh: Digest,
}

/// Ends a family, if it exists. Returns whether it did.
pub(super) fn end(view: &mut View, family: SsoFamilyId) -> bool {
    let exists = view.sso_families.get(&family).is_some();
    if exists {
        view.sso_families.remove(family);
    }
    exists
}

impl NewTokens {
    /// Names the rows of the new tokens.
    pub(super) fn keys(&self, keys: &mut Keys) {
        keys.api_tokens.push(self.access);
        keys.sso_refreshes.push(self.refresh);
    }

    /// Writes a family with its new refresh token.
    pub(super) fn put_refresh(self, view: &mut View, family: SsoFamily) {
        let SsoFamily { id, grant: SsoGrant { client, party, .. }, ends_at_ms } = family;
        view.sso_families.put(id, family);
        let token = SsoRefresh { hash: self.refresh, family: id, client, party, used_at_ms: None, ends_at_ms };
        view.sso_refreshes.put(self.refresh, token);
    }

    /// Writes a new access token of a family, and returns its scopes.
    pub(super) fn put_access(self, view: &mut View, family: &SsoFamily, scopes: Option<Scopes>, now: &Now) -> Scopes {
        let SsoGrant { client, party, .. } = family.grant;
        let ends_at_ms = Some(now.at_ms.saturating_add(SSO_ACCESS_MS));
        let (hash, created_at_ms) = (self.access, now.at_ms);
        let (client, family, of_family) = (Some(client), Some(family.id), family.grant.scopes);
        view.api_tokens.put(hash, ApiToken { hash, party, created_at_ms, ends_at_ms, client, family, scopes });
        scopes.unwrap_or(of_family)
    }
}
