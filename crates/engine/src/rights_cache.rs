//! The rights of tokens, cached in memory: a token is looked up once, not once a call. So are parties, and the looks of shops on payers' pages.
//!
//! Shape: a cached entry names the rows that it rests on; a change names the rows that it concerns. Changes are counted, and the last [`CHANGES`] are
//! known, so an entry is validated when it is used: a change does not search the caches.
//! Changes of this process come from its writer, after the commit. Those of other processes come with the epoch, which is read before a call relies
//! on the cache, and whose steps name the rows.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use payments::{
    ApiToken, Digest, Grant, Party, PartyId, Scope, ShopLook, SsoConsentKey, SsoFamily, SsoFamilyId, SsoGrant,
};
use quick_cache::sync::Cache;
use store::{Invalidation, Reader};

use crate::error::Error;

/// How many bank tokens are cached at most: the tokens of as many concurrent users.
const SESSIONS: usize = 100_000;
/// How many parties are cached at most: those that recent invoices name.
const PARTIES: usize = 100_000;
/// How many looks of shops are cached at most, each of less than 2 KiB: those of the shops whose pages are open.
const LOOKS: usize = 10_000;
/// How many changes are known: those of some seconds, even under many revocations. Entries that were last used before the oldest are read again.
const CHANGES: usize = 16_384;

/// The rows that rights rest on, and the change up to which they are known to be current.
#[derive(Debug)]
struct Basis {
    rows: Arc<[Invalidation]>,
    as_of: AtomicU64,
}

/// The rows that rights rest on, and the number of changes at which the rights were current.
#[derive(Clone, Debug)]
pub(crate) struct Sure {
    rows: Arc<[Invalidation]>,
    as_of: u64,
}

impl Basis {
    fn new(rows: impl Into<Arc<[Invalidation]>>, as_of: u64) -> Self {
        Self { rows: rows.into(), as_of: AtomicU64::new(as_of) }
    }

    fn sure(&self) -> Sure {
        Sure { rows: Arc::clone(&self.rows), as_of: self.as_of.load(Ordering::Acquire) }
    }
}

/// The rights of a bank's token.
#[derive(Debug)]
pub struct TokenRights {
    /// What the token may do.
    pub grant: Arc<Grant>,
    pub(crate) token: Digest,
    basis: Basis,
    created_at_ms: i64,
    revoked: bool,
}

impl TokenRights {
    pub(crate) fn is_alive(&self, now_ms: i64) -> bool {
        !self.revoked && now_ms < self.created_at_ms.saturating_add(self.grant.life_ms)
    }

    pub(crate) fn sure(&self) -> Sure {
        self.basis.sure()
    }
}

/// The party that a party's token names, and the token's rights.
#[derive(Debug)]
pub struct Caller {
    /// The party.
    pub party: Arc<Party>,
    /// What the party granted to a client by logging in; `None`: the token is the party's own and has all its rights.
    pub grant: Option<SsoGrant>,
    pub(crate) token: ApiToken,
    basis: Basis,
}

impl Caller {
    pub(crate) fn is_alive(&self, now_ms: i64) -> bool {
        self.token.is_alive(now_ms) && !self.party.disabled
    }

    pub(crate) fn sure(&self) -> Sure {
        self.basis.sure()
    }

    /// Whether the token is valid for a scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.grant.is_none_or(|grant| grant.scopes.contains(scope))
    }

    /// Whether the token has all rights of the party, including those of its business.
    pub fn is_whole(&self) -> bool {
        self.may(Scope::Business)
    }

    /// When the token expires, in Unix milliseconds; `None`: only when it is revoked.
    pub fn ends_at_ms(&self) -> Option<i64> {
        self.token.ends_at_ms
    }

    /// Keyed hash of the token.
    pub fn token(&self) -> Digest {
        self.token.hash
    }
}

/// The caches; see the module.
#[derive(Debug)]
pub(crate) struct RightsCache {
    cache: Cache<Digest, Arc<TokenRights>>,
    callers: Cache<Digest, Arc<Caller>>,
    parties: Cache<PartyId, (Arc<Party>, Arc<Basis>)>,
    /// Also that a shop has no look.
    looks: Cache<PartyId, (Option<Arc<ShopLook>>, Arc<Basis>)>,
    changes: Mutex<Changes>,
    /// The number of changes so far.
    count: AtomicU64,
}

/// The last changes.
#[derive(Debug, Default)]
struct Changes {
    last: VecDeque<Invalidation>,
    /// How many changes came before these.
    before: u64,
    /// For each row that one of these changes concerns: the number of the last such change.
    newest: HashMap<Invalidation, u64>,
}

impl Changes {
    fn count(&self) -> u64 {
        self.before + self.last.len() as u64
    }

    fn note(&mut self, change: &Invalidation) {
        self.last.push_back(change.clone());
        self.newest.insert(change.clone(), self.count());
        if self.last.len() > CHANGES
            && let Some(oldest) = self.last.pop_front()
        {
            self.before += 1;
            if self.newest.get(&oldest) == Some(&self.before) {
                self.newest.remove(&oldest);
            }
        }
    }

    /// Whether a change after number `as_of` concerns one of these rows, or is not known any more.
    fn any_since(&self, as_of: u64, rows: &[Invalidation]) -> bool {
        let is_newer = |row| self.newest.get(row).is_some_and(|at| *at > as_of);
        as_of < self.before || is_newer(&Invalidation::All) || rows.iter().any(is_newer)
    }
}

impl Default for RightsCache {
    fn default() -> Self {
        let (cache, callers, parties) = (Cache::new(SESSIONS), Cache::new(SESSIONS), Cache::new(PARTIES));
        let looks = Cache::new(LOOKS);
        Self { cache, callers, parties, looks, changes: Mutex::default(), count: AtomicU64::new(0) }
    }
}

impl RightsCache {
    pub(crate) async fn get(&self, token: Digest, reader: &Reader) -> Result<Option<Arc<TokenRights>>, Error> {
        if let Some(token_rights) = self.cache.get(&token)
            && self.is_current(&token_rights.basis)
        {
            return Ok(Some(token_rights));
        }
        let as_of = self.begin_to_read();
        let Some((row, grant)) = reader.access_token(token).await? else { return Ok(None) };
        let disabled = reader.client(grant.client.clone()).await?.is_none_or(|client| client.disabled);
        let revoked = row.revoked_at_ms.is_some() || grant.ended_at_ms.is_some() || disabled;
        let basis = Basis::new(rests_on(token, &grant), as_of);
        // When the row is forgotten does not matter for the rights: other tokens of the grant stay valid.
        let (grant, created_at_ms) = (Arc::new(Grant { forgotten_at_ms: None, ..grant }), row.created_at_ms);
        let token_rights = Arc::new(TokenRights { grant, token, basis, created_at_ms, revoked });
        self.cache.insert(token, Arc::clone(&token_rights));
        Ok(Some(token_rights))
    }

    pub(crate) async fn caller(&self, token: Digest, reader: &Reader) -> Result<Option<Arc<Caller>>, Error> {
        if let Some(caller) = self.callers.get(&token)
            && self.is_current(&caller.basis)
        {
            return Ok(Some(caller));
        }
        let as_of = self.begin_to_read();
        let Some((row, party)) = reader.api_token(token).await? else { return Ok(None) };
        let grant = match row.family {
            None => None,
            Some(family) => {
                let Some(grant) = living_grant(family, reader).await? else { return Ok(None) };
                Some(row.narrowed(grant))
            }
        };
        let basis = Basis::new(caller_rests_on(&row, grant.as_ref()), as_of);
        let caller = Arc::new(Caller { party: Arc::new(party), grant, token: row, basis });
        self.callers.insert(token, Arc::clone(&caller));
        Ok(Some(caller))
    }

    pub(crate) async fn party(&self, id: PartyId, reader: &Reader) -> Result<Option<Arc<Party>>, Error> {
        if let Some((party, basis)) = self.parties.get(&id)
            && self.is_current(&basis)
        {
            return Ok(Some(party));
        }
        let as_of = self.begin_to_read();
        let Some(party) = reader.party(id).await?.map(Arc::new) else { return Ok(None) };
        let basis = Arc::new(Basis::new([Invalidation::Party(id)], as_of));
        self.parties.insert(id, (Arc::clone(&party), basis));
        Ok(Some(party))
    }

    pub(crate) async fn look(&self, shop: PartyId, reader: &Reader) -> Result<Option<Arc<ShopLook>>, Error> {
        if let Some((look, basis)) = self.looks.get(&shop)
            && self.is_current(&basis)
        {
            return Ok(look);
        }
        let as_of = self.begin_to_read();
        let look = reader.shop_look(shop).await?.map(Arc::new);
        let basis = Arc::new(Basis::new([Invalidation::Look(shop)], as_of));
        self.looks.insert(shop, (look.clone(), basis));
        Ok(look)
    }

    /// The number of changes before a read: what is read from now on is at least as new.
    fn begin_to_read(&self) -> u64 {
        metrics::counter!("daric_rights_read_total").increment(1);
        self.count.load(Ordering::Acquire)
    }

    /// Whether a cached entry is still what the store has, as far as this process knows. If so, the changes so far are not checked again.
    fn is_current(&self, basis: &Basis) -> bool {
        let as_of = basis.as_of.load(Ordering::Acquire);
        // Usually nothing has changed.
        if as_of == self.count.load(Ordering::Acquire) {
            return true;
        }
        let changes = self.changes.lock();
        let current = !changes.any_since(as_of, &basis.rows);
        if current {
            basis.as_of.fetch_max(changes.count(), Ordering::AcqRel);
        }
        current
    }

    /// What rests on no row, and is unsure only when the world is replaced: for a command about rows that are read from now on. Changes of other
    /// processes up to now must be known.
    pub(crate) fn sure_of_world(&self) -> Sure {
        Sure { rows: Arc::default(), as_of: self.count.load(Ordering::Acquire) }
    }

    /// Whether the rights may have changed since they were validated.
    pub(crate) fn is_unsure(&self, sure: &Sure) -> bool {
        sure.as_of != self.count.load(Ordering::Acquire) && self.changes.lock().any_since(sure.as_of, &sure.rows)
    }

    /// Records changes: entries that rest on these rows are read again.
    pub(crate) fn invalidate(&self, what: &[Invalidation]) {
        let mut changes = self.changes.lock();
        for change in what {
            match change {
                Invalidation::All
                | Invalidation::AccessToken(_)
                | Invalidation::Grant(_)
                | Invalidation::Client(_)
                | Invalidation::ApiToken(_)
                | Invalidation::SsoFamily(_)
                | Invalidation::SsoConsent(_)
                | Invalidation::Party(_)
                | Invalidation::Look(_) => changes.note(change),
                // No rights rest on these.
                Invalidation::Deposits | Invalidation::Clock | Invalidation::DayClose => {}
            }
        }
        self.count.store(changes.count(), Ordering::Release);
    }
}

/// The rows that a bank's token rests on.
fn rests_on(token: Digest, grant: &Grant) -> [Invalidation; 3] {
    let client = Invalidation::Client(grant.client.clone());
    [Invalidation::AccessToken(token), Invalidation::Grant(grant.id), client]
}

/// The rows that a party's token rests on. For a token that a user granted to a client, they include the rows that [`living_grant`] reads.
fn caller_rests_on(token: &ApiToken, grant: Option<&SsoGrant>) -> Vec<Invalidation> {
    let mut rows = vec![Invalidation::ApiToken(token.hash), Invalidation::Party(token.party)];
    rows.extend(token.family.map(Invalidation::SsoFamily));
    if let Some(&SsoGrant { party, client, .. }) = grant {
        let consent = Invalidation::SsoConsent(SsoConsentKey { party, client });
        rows.extend([Invalidation::Party(party), Invalidation::Party(client), consent]);
    }
    rows
}

/// The grant of a family of tokens, if everything that it rests on is valid.
pub(crate) async fn living_grant(family: SsoFamilyId, reader: &Reader) -> Result<Option<SsoGrant>, Error> {
    let Some(SsoFamily { grant, .. }) = reader.sso_family(family).await? else { return Ok(None) };
    let SsoGrant { party, client, access_version, .. } = grant;
    let user = reader.party(party).await?.filter(|user| !user.disabled && user.access_version == access_version);
    let client_is_good = reader.party(client).await?.is_some_and(|client| !client.disabled);
    let consent = reader.sso_consent(SsoConsentKey { party, client }).await?;
    Ok(Some(grant).filter(|grant| user.is_some() && client_is_good && grant.rests_on(consent.as_ref())))
}

#[cfg(test)]
mod tests {
    use ledger::Rial;
    use payments::{ClientId, GrantId, GrantKind, Scopes, SsoConsentId};

    use super::*;

    fn grant(token: u8, id: i64, client: &str) -> Vec<Invalidation> {
        let grant = Grant {
            id: GrantId(id),
            client: ClientId::from(client),
            kind: GrantKind::ClientCredential,
            user: String::new(),
            bank: None,
            scopes: Vec::new(),
            deposits: Vec::new(),
            deposit_numbers: Vec::new(),
            max_amount: Rial::ZERO,
            monthly_count: 0,
            life_ms: 1,
            ended_at_ms: None,
            forgotten_at_ms: None,
        };
        rests_on(Digest([token; 32]), &grant).to_vec()
    }

    fn own(token: u8, party: i64) -> Vec<Invalidation> {
        caller_rests_on(&api_token(token, party, None), None)
    }

    fn given(token: u8, party: i64, client: i64, family: i64) -> Vec<Invalidation> {
        let grant = SsoGrant {
            client: PartyId(client),
            party: PartyId(party),
            scopes: Scopes::default(),
            consent: SsoConsentId(1),
            access_version: 1,
        };
        caller_rests_on(&api_token(token, party, Some(family)), Some(&grant))
    }

    fn api_token(token: u8, party: i64, family: Option<i64>) -> ApiToken {
        let (hash, party) = (Digest([token; 32]), PartyId(party));
        let family = family.map(SsoFamilyId);
        ApiToken { hash, party, created_at_ms: 0, ends_at_ms: None, client: None, family, scopes: None }
    }

    fn consent(party: i64, client: i64) -> Invalidation {
        Invalidation::SsoConsent(SsoConsentKey { party: PartyId(party), client: PartyId(client) })
    }

    // second-edition.md 4.3.
    #[test]
    fn a_change_makes_unsure_what_rests_on_it_and_nothing_else() {
        let rights =
            [grant(1, 5, "drops"), grant(2, 6, "shop"), own(3, 7), given(4, 8, 7, 50), given(5, 8, 9, 51), own(1, 9)];
        for (change, affected) in [
            (Invalidation::AccessToken(Digest([1; 32])), [true, false, false, false, false, false]),
            (Invalidation::Grant(GrantId(6)), [false, true, false, false, false, false]),
            (Invalidation::Client(ClientId::from("shop")), [false, true, false, false, false, false]),
            (Invalidation::ApiToken(Digest([4; 32])), [false, false, false, true, false, false]),
            (Invalidation::ApiToken(Digest([1; 32])), [false, false, false, false, false, true]),
            (Invalidation::SsoFamily(SsoFamilyId(50)), [false, false, false, true, false, false]),
            (consent(8, 9), [false, false, false, false, true, false]),
            (Invalidation::Party(PartyId(7)), [false, false, true, true, false, false]),
            (Invalidation::Party(PartyId(8)), [false, false, false, true, true, false]),
            (Invalidation::Party(PartyId(9)), [false, false, false, false, true, true]),
            (Invalidation::Look(PartyId(7)), [false; 6]),
            (Invalidation::Deposits, [false; 6]),
            (Invalidation::Clock, [false; 6]),
            (Invalidation::DayClose, [false; 6]),
            (Invalidation::All, [true; 6]),
        ] {
            let rights_cache = RightsCache::default();
            let kept = rights.clone().map(|rows| Basis::new(rows, 0));
            let sure = kept.each_ref().map(Basis::sure);
            rights_cache.invalidate(std::slice::from_ref(&change));
            assert_eq!(sure.each_ref().map(|sure| rights_cache.is_unsure(sure)), affected, "{change:?}");
            assert_eq!(kept.each_ref().map(|kept| !rights_cache.is_current(kept)), affected, "{change:?}");
            let later = rights.clone().map(|rows| Basis::new(rows, rights_cache.begin_to_read()));
            assert!(later.iter().all(|kept| rights_cache.is_current(kept)), "{change:?}");
        }
    }

    #[test]
    fn rights_that_were_not_used_since_the_oldest_change_that_is_known_are_unsure() {
        let rights_cache = RightsCache::default();
        let (used, unused) = (Basis::new(grant(1, 5, "drops"), 0), Basis::new(grant(1, 5, "drops"), 0));
        let other = [Invalidation::AccessToken(Digest([2; 32]))];
        (0..CHANGES).for_each(|_| rights_cache.invalidate(&other));
        assert!(rights_cache.is_current(&used) && !rights_cache.is_unsure(&unused.sure()));
        rights_cache.invalidate(&other);
        assert!(rights_cache.is_current(&used) && rights_cache.is_unsure(&unused.sure()));
        let changes = rights_cache.changes.lock();
        assert_eq!((changes.last.len(), changes.newest.len()), (CHANGES, 1));
    }

    #[test]
    fn what_is_forgotten_of_changes_is_what_no_known_one_is_about() {
        let rights_cache = RightsCache::default();
        let first = [Invalidation::Party(PartyId(1))];
        rights_cache.invalidate(&first);
        (0..CHANGES).for_each(|at| rights_cache.invalidate(&[Invalidation::Party(PartyId(at as i64 + 10))]));
        assert!(!rights_cache.changes.lock().newest.contains_key(&first[0]));
        rights_cache.invalidate(&first);
        let since = rights_cache.begin_to_read() - 1;
        assert!(!rights_cache.is_current(&Basis::new(first.clone(), since)));
        assert!(rights_cache.is_current(&Basis::new(first, since + 1)));
    }
}
