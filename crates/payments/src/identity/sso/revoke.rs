//! Revoking a token at its client's request.

use std::convert::Infallible;

use super::tokens::end;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest, PartyId};

/// Revokes a token at its client's request (RFC 7009): an access token alone, a refresh token with its whole family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RevokeSsoToken {
    /// Keyed hash of the token, of either kind.
    pub token: Digest,
    /// The client that revokes it.
    pub client: PartyId,
}

impl Command for RevokeSsoToken {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "RevokeSsoToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.api_tokens.push(self.token);
        keys.sso_refreshes.push(self.token);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.sso_families.extend(view.sso_refreshes.get(&self.token).map(|token| token.family));
    }

    // Nothing is refused: a token that is unknown, or another client's, stays as it is.
    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<Infallible>> {
        let access = view.api_tokens.get(&self.token);
        if access.is_some_and(|token| token.family.is_some() && token.client == Some(self.client)) {
            view.api_tokens.remove(self.token);
            return Ok(());
        }
        let refresh = view.sso_refreshes.get(&self.token).filter(|token| token.client == self.client);
        if let Some(family) = refresh.map(|token| token.family) {
            end(view, family);
        }
        Ok(())
    }
}
