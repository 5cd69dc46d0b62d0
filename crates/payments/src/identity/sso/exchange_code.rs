//! Exchanging an authorization code for tokens.

use super::tokens::end;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest, NewTokens, PartyId, SSO_REFRESH_MS, Scopes, SsoCode, SsoFamily, SsoFamilyId, Text};

/// Why a code is not exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeRefused {
    /// The code is unknown, expired, or not for this client and verifier; or what it depends on has ended; or it was used, and its tokens have ended.
    Invalid,
    /// The request named another redirect address.
    OtherRedirect,
    /// The code was used before: the tokens that came from it are ended by this call.
    TokensEnded,
}

/// Exchanges a code for the first tokens of a family. A second exchange of a used code ends the family.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExchangeSsoCode {
    /// Keyed hash of the code.
    pub code: Digest,
    /// The client that exchanges it.
    pub client: PartyId,
    /// Must equal the address of the request.
    pub redirect_uri: Text,
    /// What the verifier hashes to; `None`: no verifier was sent.
    pub challenge: Option<Text>,
    /// Keyed hashes of the new tokens.
    pub tokens: NewTokens,
}

impl Command for ExchangeSsoCode {
    type Done = Scopes;
    type Refusal = CodeRefused;
    const NAME: &'static str = "ExchangeSsoCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.sso_codes.push(self.code);
        self.tokens.keys(keys);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        if let Some(code) = view.sso_codes.get(&self.code) {
            code.grant.name_rows(keys);
            keys.sso_families.extend(code.used_by);
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Scopes, Denial<CodeRefused>> {
        let code = view.sso_codes.get(&self.code).map(|code| SsoCode::clone(code));
        let code = code.filter(|code| code.grant.client == self.client && now.at_ms < code.ends_at_ms);
        let code = code.ok_or(CodeRefused::Invalid)?;
        if let Some(family) = code.used_by {
            return Err(match end(view, family) {
                true => Denial::Declined(CodeRefused::TokensEnded),
                false => CodeRefused::Invalid.into(),
            });
        }
        if code.redirect_uri != self.redirect_uri {
            return Err(CodeRefused::OtherRedirect.into());
        }
        // A verifier without a challenge is refused like a missing verifier.
        if code.challenge != self.challenge || !code.grant.is_good(view) {
            return Err(CodeRefused::Invalid.into());
        }
        let (id, grant) = (SsoFamilyId(view.ids.take()), code.grant);
        let ends_at_ms = now.at_ms.saturating_add(SSO_REFRESH_MS);
        view.sso_codes.put(self.code, SsoCode { used_by: Some(id), ends_at_ms, ..code });
        let family = SsoFamily { id, grant, ends_at_ms };
        self.tokens.put_refresh(view, family);
        Ok(self.tokens.put_access(view, &family, None, now))
    }
}
