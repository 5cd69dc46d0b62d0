//! Rights of tokens, kept in memory: a token is looked up once, not once a call.
//!
//! What ends a token's rights in this process passes its writer, which drops the cache; what ends them in another moves the epoch,
//! which is read before a call relies on the cache.

use std::sync::Arc;

use parking_lot::Mutex;
use payments::{ApiToken, Digest, Grant, Party, PartyId, Scope, SsoConsentKey, SsoFamily, SsoFamilyId, SsoGrant};
use quick_cache::sync::Cache;
use store::Reader;

use crate::Error;

/// Sessions kept at most: tokens of as many users at once.
const SESSIONS: usize = 100_000;
/// Parties kept at most: those that invoices of a while name.
const PARTIES: usize = 100_000;

/// A known token's rights.
#[derive(Debug)]
pub struct Session {
    /// What it may do.
    pub grant: Arc<Grant>,
    pub(crate) token: Digest,
    /// How often rights had changed when it was read.
    pub(crate) as_of: u64,
    created_at_ms: i64,
    revoked: bool,
}

impl Session {
    pub(crate) fn is_alive(&self, now_ms: i64) -> bool {
        !self.revoked && now_ms < self.created_at_ms.saturating_add(self.grant.life_ms)
    }
}

/// Whom a known token names.
#[derive(Debug)]
pub struct Caller {
    /// The party.
    pub party: Arc<Party>,
    /// What the party gave a client by logging in; `None`: the token is the party's own, for all that it may.
    pub grant: Option<SsoGrant>,
    pub(crate) token: ApiToken,
    pub(crate) as_of: u64,
}

impl Caller {
    pub(crate) fn is_alive(&self, now_ms: i64) -> bool {
        self.token.is_alive(now_ms) && !self.party.disabled
    }

    /// Whether the token is good for a scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.grant.is_none_or(|grant| grant.scopes.contains(scope))
    }

    /// Whether the token does all that the party may, its business included.
    pub fn is_whole(&self) -> bool {
        self.may(Scope::Business)
    }

    /// When the token ends, in milliseconds of Unix time; `None`: when it is revoked.
    pub fn ends_at_ms(&self) -> Option<i64> {
        self.token.ends_at_ms
    }

    /// Keyed hash of the token.
    pub fn token(&self) -> Digest {
        self.token.hash
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Sessions {
    cache: Cache<Digest, Arc<Session>>,
    callers: Cache<Digest, Arc<Caller>>,
    parties: Cache<PartyId, Arc<Party>>,
    /// Counts the drops, so that a row read before one is not put in after it.
    drops: Mutex<u64>,
}

impl Default for Sessions {
    fn default() -> Self {
        let (cache, callers) = (Cache::new(SESSIONS), Cache::new(SESSIONS));
        Self { cache, callers, parties: Cache::new(PARTIES), drops: Mutex::new(0) }
    }
}

impl Sessions {
    pub(crate) async fn get(&self, token: Digest, reader: &Reader) -> Result<Option<Arc<Session>>, Error> {
        if let Some(session) = self.cache.get(&token) {
            return Ok(Some(session));
        }
        let drops = *self.drops.lock();
        let Some((row, grant)) = reader.access_token(token).await? else { return Ok(None) };
        let disabled = reader.client(grant.client.clone()).await?.is_none_or(|client| client.disabled);
        let revoked = row.revoked_at_ms.is_some() || grant.ended_at_ms.is_some() || disabled;
        let (grant, created_at_ms) = (Arc::new(grant), row.created_at_ms);
        let session = Arc::new(Session { grant, token, as_of: drops, created_at_ms, revoked });
        let now = self.drops.lock();
        if *now == drops {
            self.cache.insert(token, Arc::clone(&session));
        }
        Ok(Some(session))
    }

    pub(crate) async fn caller(&self, token: Digest, reader: &Reader) -> Result<Option<Arc<Caller>>, Error> {
        if let Some(caller) = self.callers.get(&token) {
            return Ok(Some(caller));
        }
        let drops = *self.drops.lock();
        let Some((row, party)) = reader.api_token(token).await? else { return Ok(None) };
        let grant = match row.family {
            None => None,
            Some(family) => {
                let Some(grant) = living_grant(family, reader).await? else { return Ok(None) };
                Some(grant)
            }
        };
        let caller = Arc::new(Caller { party: Arc::new(party), grant, token: row, as_of: drops });
        let now = self.drops.lock();
        if *now == drops {
            self.callers.insert(token, Arc::clone(&caller));
        }
        Ok(Some(caller))
    }

    pub(crate) async fn party(&self, id: PartyId, reader: &Reader) -> Result<Option<Arc<Party>>, Error> {
        if let Some(party) = self.parties.get(&id) {
            return Ok(Some(party));
        }
        let drops = *self.drops.lock();
        let Some(party) = reader.party(id).await?.map(Arc::new) else { return Ok(None) };
        let now = self.drops.lock();
        if *now == drops {
            self.parties.insert(id, Arc::clone(&party));
        }
        Ok(Some(party))
    }

    /// How often rights have changed.
    pub(crate) fn changes(&self) -> u64 {
        *self.drops.lock()
    }

    /// Forgets everything: rights have changed.
    pub(crate) fn drop_all(&self) {
        let mut drops = self.drops.lock();
        *drops += 1;
        self.cache.clear();
        self.callers.clear();
        self.parties.clear();
    }
}

/// What a family's tokens are for, if all that they rest on is there.
pub(crate) async fn living_grant(family: SsoFamilyId, reader: &Reader) -> Result<Option<SsoGrant>, Error> {
    let Some(SsoFamily { grant, .. }) = reader.sso_family(family).await? else { return Ok(None) };
    let SsoGrant { party, client, access_version, .. } = grant;
    let user = reader.party(party).await?.filter(|user| !user.disabled && user.access_version == access_version);
    let client_is_good = reader.party(client).await?.is_some_and(|client| !client.disabled);
    let consent = reader.sso_consent(SsoConsentKey { party, client }).await?;
    Ok(Some(grant).filter(|grant| user.is_some() && client_is_good && grant.rests_on(consent.as_ref())))
}
