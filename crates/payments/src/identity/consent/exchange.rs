//! Exchanging a code for a grant.

use super::row::is_remembered;
use crate::identity::grant::put_pair;
use crate::view::{Denial, Keys, View};
use crate::{At, AuthCode, Bank, ClientId, Command, Digest, Grant, GrantId, GrantKind};

/// Why a code is not exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotExchanged {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// There is no such code, it has expired, or the tokens of its grant have ended.
    CodeInvalid,
    /// The code came from an SMS, and has expired.
    OtpExpired,
    /// The code was exchanged before: its grant and all tokens of it are ended by this call.
    TokensEnded,
    /// The request named another redirect address.
    OtherRedirect,
    /// The request named another bank.
    OtherBank,
}

/// Exchanges a code for a grant and its first pair of tokens. A refused exchange does not use the code up. A second exchange of a used code ends its
/// grant (second-edition.md 4.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExchangeCode {
    /// The client that exchanges the code.
    pub client: ClientId,
    /// Keyed hash of the code.
    pub code: Digest,
    /// Must equal the redirect address of the request.
    pub redirect_uri: String,
    /// If the parameter was sent, it must equal the bank of the request; `Err`: it names no hosted bank.
    pub bank: Result<Option<Bank>, NoBank>,
    /// Keyed hash of the access token.
    pub access: Digest,
    /// Keyed hash of the refresh token.
    pub refresh: Digest,
}

/// A text that names no bank.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoBank;

impl Command for ExchangeCode {
    type Done = ();
    type Refusal = NotExchanged;
    const NAME: &'static str = "ExchangeCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.client.clone());
        keys.auth_codes.push(self.code);
        keys.access_tokens.push(self.access);
        keys.refresh_tokens.push(self.refresh);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.grants.extend(view.auth_codes.get(&self.code).and_then(|code| code.used_by));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotExchanged>> {
        if view.clients.get(&self.client).is_none_or(|client| client.disabled) {
            return Err(NotExchanged::ClientUnknown.into());
        }
        let is_named = |code: &AuthCode| code.grant.client == self.client;
        let code = view.auth_codes.get(&self.code).filter(|code| is_named(code) && is_remembered(code.ends_at_ms, now));
        let code = AuthCode::clone(code.ok_or(NotExchanged::CodeInvalid)?);
        if code.ends_at_ms < now.at_ms {
            let is_sms = code.grant.kind == GrantKind::Sms;
            return Err(if is_sms { NotExchanged::OtpExpired } else { NotExchanged::CodeInvalid }.into());
        }
        if let Some(id) = code.used_by {
            let grant = view.grants.get(&id).filter(|grant| grant.ended_at_ms.is_none());
            let grant = Grant::clone(grant.ok_or(NotExchanged::CodeInvalid)?);
            view.grants.put(id, Grant { ended_at_ms: Some(now.at_ms), ..grant });
            return Err(Denial::Declined(NotExchanged::TokensEnded));
        }
        if code.redirect_uri != self.redirect_uri {
            return Err(NotExchanged::OtherRedirect.into());
        }
        match self.bank {
            Ok(None) => {}
            Ok(bank) if bank == code.grant.bank => {}
            _ => return Err(NotExchanged::OtherBank.into()),
        }
        let id = GrantId(view.ids.take());
        view.grants.put(id, Grant { id, ..code.grant.clone() });
        let ends_at_ms = now.at_ms.saturating_add(code.grant.life_ms);
        view.auth_codes.put(code.hash, AuthCode { used_by: Some(id), ends_at_ms, ..code });
        put_pair(view, id, self.access, self.refresh, now);
        Ok(())
    }
}
