//! Revoking a pair of tokens.

use crate::view::{Denial, Keys, View};
use crate::{AccessToken, At, ClientId, Command, Digest, RefreshToken};

/// There is no live token of this client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoLiveToken;

/// Revokes an access token and the refresh token that came with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokeToken {
    /// The client that revokes.
    pub client: ClientId,
    /// Keyed hash of the access token.
    pub access: Digest,
}

impl Command for RevokeToken {
    type Done = ();
    type Refusal = NoLiveToken;
    const NAME: &'static str = "RevokeToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.access_tokens.push(self.access);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        if let Some(token) = view.access_tokens.get(&self.access) {
            keys.grants.push(token.grant);
            keys.refresh_tokens.push(token.refresh);
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NoLiveToken>> {
        let token = AccessToken::clone(view.access_tokens.get(&self.access).ok_or(NoLiveToken)?);
        let grant = view.grants.get(&token.grant).ok_or(NoLiveToken)?;
        let dead = token.revoked_at_ms.is_some() || now.at_ms >= token.created_at_ms.saturating_add(grant.life_ms);
        if dead || grant.ended_at_ms.is_some() || grant.client != self.client {
            return Err(NoLiveToken.into());
        }
        if let Some(refresh) = view.refresh_tokens.get(&token.refresh).filter(|refresh| refresh.dead_at_ms.is_none()) {
            // The only refresh token of its grant that was neither used nor revoked: without it the grant cannot be renewed.
            let (refresh, grant) = (RefreshToken::clone(refresh), grant.without_renewal(now));
            view.refresh_tokens.put(refresh.hash, RefreshToken { dead_at_ms: Some(now.at_ms), ..refresh });
            view.grants.put(grant.id, grant);
        }
        view.access_tokens.put(token.hash, AccessToken { revoked_at_ms: Some(now.at_ms), ..token });
        Ok(())
    }
}
