//! Grants and their tokens.
//!
//! A grant is one issuance of a token with all its refreshes; it holds the rights. Tokens are only keyed hashes here: the row
//! decides, not the claims.

use std::sync::Arc;

use ledger::{AccountId, Rial};

use crate::view::{Keys, View};
use crate::{Bank, ClientId, Now, Outcome, REFRESH_RETRY_MS, Refusal};

/// A keyed hash of a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Its first quarter, as audit entries show it: enough to tell one from another.
    pub fn shown(&self) -> String {
        self.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A grant's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GrantId(pub i64);

/// How a grant came about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GrantKind {
    /// The client for itself.
    ClientCredential,
    /// A bank user for the client, on the consent page.
    Code,
    /// A bank user for the client, by a code in an SMS.
    Sms,
}

/// What a token may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Its number.
    pub id: GrantId,
    /// Whose.
    pub client: ClientId,
    /// How it came about.
    pub kind: GrantKind,
    /// National id of the bank user, or of the caller.
    pub user: String,
    /// The bank of its deposits.
    pub bank: Option<Bank>,
    /// What services it opens.
    pub scopes: Vec<String>,
    /// The accounts it may use.
    pub deposits: Vec<AccountId>,
    /// Their numbers, in the same order.
    pub deposit_numbers: Vec<String>,
    /// Most of one transaction; zero: no limit.
    pub max_amount: Rial,
    /// Most orders in a Jalali month; zero: no limit.
    pub monthly_count: i64,
    /// How long each of its access tokens lives, in milliseconds.
    pub life_ms: i64,
    /// When all of its tokens were ended, in milliseconds of Unix time: a refresh token was used again.
    pub ended_at_ms: Option<i64>,
}

/// An access token's row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessToken {
    /// Keyed hash of the token.
    pub hash: Digest,
    /// Its rights.
    pub grant: GrantId,
    /// Keyed hash of the refresh token that came with it.
    pub refresh: Digest,
    /// In milliseconds of Unix time; it lives for the grant's `life_ms` from here.
    pub created_at_ms: i64,
    /// When it was revoked, in milliseconds of Unix time.
    pub revoked_at_ms: Option<i64>,
}

/// A refresh token's row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshToken {
    /// Keyed hash of the token.
    pub hash: Digest,
    /// Its rights.
    pub grant: GrantId,
    /// When it was used or revoked, in milliseconds of Unix time.
    pub dead_at_ms: Option<i64>,
    /// When it was used first, in milliseconds of Unix time; a dead one that was not was revoked.
    pub used_at_ms: Option<i64>,
}

/// Life of a token, in milliseconds: ten days; of bank users of Keshavarzi fifteen minutes (finnotech.md 2.5).
pub fn life_ms(kind: GrantKind, bank: Option<Bank>) -> i64 {
    let of_user = kind != GrantKind::ClientCredential;
    if of_user && bank == Some(Bank::KESHAVARZI) { 900_000 } else { 864_000_000 }
}

/// A limit under the client's registered maximum, which counts when none is asked for (finnotech.md 2.2); 0: none. `None`: above it.
pub fn limit_within(asked: i64, most: i64) -> Option<i64> {
    match asked {
        0 => Some(most),
        asked if asked < 0 || (most > 0 && asked > most) => None,
        asked => Some(asked),
    }
}

/// The scopes a client gets of those asked for, in that order: unknown ones are dropped; `None`: all of the client's.
pub fn granted_scopes(registered: &[String], asked: Option<&str>) -> Vec<String> {
    let Some(asked) = asked else { return registered.to_vec() };
    let mut granted: Vec<String> = Vec::new();
    for scope in asked.split(',').map(str::trim) {
        if registered.iter().any(|known| known == scope) && !granted.iter().any(|known| known == scope) {
            granted.push(scope.to_owned());
        }
    }
    granted
}

/// Makes a grant with its first pair of tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueGrant {
    /// The rights; its `id` is given when it is written.
    pub grant: Grant,
    /// Keyed hash of the access token.
    pub access: Digest,
    /// Keyed hash of the refresh token.
    pub refresh: Digest,
}

impl IssueGrant {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.clients.push(self.grant.client.clone());
        keys.accounts.extend(&self.grant.deposits);
        keys.access_tokens.push(self.access);
        keys.refresh_tokens.push(self.refresh);
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        if view.clients.get(&self.grant.client).is_none_or(|client| client.disabled) {
            return Err(Refusal::ClientUnknown);
        }
        // They were looked up before, perhaps in a world that has been reset since.
        if self.grant.deposits.iter().any(|id| view.books.account(*id).is_none()) {
            return Err(Refusal::DepositUnknown);
        }
        let id = GrantId(view.ids.take());
        view.grants.put(id, Grant { id, ..self.grant.clone() });
        put_pair(view, id, self.access, self.refresh, now);
        Ok(Outcome::Done)
    }
}

/// Exchanges a refresh token for a new pair with the same rights. The old access token lives to its own end.
///
/// A refresh token that was used gives its successor again for [`REFRESH_RETRY_MS`]; after that its use ends the grant, and all tokens with it
/// (second-edition.md 4.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshGrant {
    /// Whose.
    pub client: ClientId,
    /// Keyed hash of the refresh token sent.
    pub used: Digest,
    /// Keyed hash of the new access token.
    pub access: Digest,
    /// Keyed hash of the one successor that the refresh token has.
    pub refresh: Digest,
}

impl RefreshGrant {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.clients.push(self.client.clone());
        keys.refresh_tokens.push(self.used);
        keys.access_tokens.push(self.access);
        keys.refresh_tokens.push(self.refresh);
    }

    pub(crate) fn more_keys(&self, view: &View, keys: &mut Keys) {
        if let Some(used) = view.refresh_tokens.get(&self.used) {
            keys.grants.push(used.grant);
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        if view.clients.get(&self.client).is_none_or(|client| client.disabled) {
            return Err(Refusal::ClientUnknown);
        }
        let used = RefreshToken::clone(view.refresh_tokens.get(&self.used).ok_or(Refusal::RefreshTokenInvalid)?);
        let grant = view.grants.get(&used.grant);
        let grant = grant.filter(|grant| grant.client == self.client && grant.ended_at_ms.is_none());
        let grant = Arc::clone(grant.ok_or(Refusal::RefreshTokenInvalid)?);
        match (used.used_at_ms, used.dead_at_ms) {
            (None, None) => {
                let at_ms = Some(now.at_ms);
                view.refresh_tokens.put(used.hash, RefreshToken { dead_at_ms: at_ms, used_at_ms: at_ms, ..used });
                put_pair(view, grant.id, self.access, self.refresh, now);
                Ok(Outcome::Done)
            }
            (None, Some(_)) => Err(Refusal::RefreshTokenInvalid),
            (Some(used_at_ms), _) if now.at_ms < used_at_ms.saturating_add(REFRESH_RETRY_MS) => {
                let successor = view.refresh_tokens.get(&self.refresh);
                let revoked = |next: &RefreshToken| next.dead_at_ms.is_some() && next.used_at_ms.is_none();
                if successor.is_none_or(|next| next.grant != grant.id || revoked(next)) {
                    return Err(Refusal::RefreshTokenInvalid);
                }
                put_access(view, grant.id, self.access, self.refresh, now);
                Ok(Outcome::Done)
            }
            (Some(_), _) => {
                view.grants.put(grant.id, Grant { ended_at_ms: Some(now.at_ms), ..Grant::clone(&grant) });
                Ok(Outcome::TokensEnded)
            }
        }
    }
}

pub(crate) fn put_pair(view: &mut View, grant: GrantId, access: Digest, refresh: Digest, now: &Now) {
    put_access(view, grant, access, refresh, now);
    view.refresh_tokens.put(refresh, RefreshToken { hash: refresh, grant, dead_at_ms: None, used_at_ms: None });
}

fn put_access(view: &mut View, grant: GrantId, access: Digest, refresh: Digest, now: &Now) {
    let row = AccessToken { hash: access, grant, refresh, created_at_ms: now.at_ms, revoked_at_ms: None };
    view.access_tokens.put(access, row);
}

/// Kills an access token and the refresh token that came with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokeToken {
    /// Whose.
    pub client: ClientId,
    /// Keyed hash of the access token.
    pub access: Digest,
}

impl RevokeToken {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.access_tokens.push(self.access);
    }

    pub(crate) fn more_keys(&self, view: &View, keys: &mut Keys) {
        if let Some(token) = view.access_tokens.get(&self.access) {
            keys.grants.push(token.grant);
            keys.refresh_tokens.push(token.refresh);
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        let token = AccessToken::clone(view.access_tokens.get(&self.access).ok_or(Refusal::TokenInvalid)?);
        let grant = view.grants.get(&token.grant).ok_or(Refusal::TokenInvalid)?;
        let dead = token.revoked_at_ms.is_some() || now.at_ms >= token.created_at_ms.saturating_add(grant.life_ms);
        if dead || grant.ended_at_ms.is_some() || grant.client != self.client {
            return Err(Refusal::TokenInvalid);
        }
        if let Some(refresh) = view.refresh_tokens.get(&token.refresh).filter(|refresh| refresh.dead_at_ms.is_none()) {
            let refresh = RefreshToken::clone(refresh);
            view.refresh_tokens.put(refresh.hash, RefreshToken { dead_at_ms: Some(now.at_ms), ..refresh });
        }
        view.access_tokens.put(token.hash, AccessToken { revoked_at_ms: Some(now.at_ms), ..token });
        Ok(Outcome::Done)
    }
}
