//! Grants and their tokens.
//!
//! A grant is one issuance of a token with all its refreshes; it holds the rights. Tokens are only keyed hashes here: the row
//! decides, not the claims.

use std::sync::Arc;

use ledger::{AccountId, Rial};

use crate::view::{Denial, Keys, View};
use crate::{At, Bank, ClientId, Command, Now, REFRESH_RETRY_MS};
use schema::{Bind, Cell, Fetch, Nullable, codes, corrupt, table};

/// A keyed hash of a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Its first quarter, as audit entries show it: enough to tell one from another.
    pub fn shown(&self) -> String {
        self.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// How long tokens, and grants that cannot be renewed, are remembered, in milliseconds: longer than any access token lives.
pub const TOKENS_REMEMBERED_MS: i64 = 30 * 86_400_000;

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
    /// When it can go, in milliseconds of Unix time; `None`: it can still be renewed. Those that orders of before rest on never go.
    pub forgotten_at_ms: Option<i64>,
}

impl Grant {
    /// The same when none of its tokens can be renewed any more.
    fn without_renewal(&self, now: &Now) -> Self {
        let forgotten_at_ms = now.at_ms.saturating_add(TOKENS_REMEMBERED_MS);
        Self { forgotten_at_ms: Some(self.forgotten_at_ms.unwrap_or(forgotten_at_ms)), ..self.clone() }
    }
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

/// Why a grant is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotIssued {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// There is no such deposit.
    DepositUnknown,
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

impl Command for IssueGrant {
    type Done = ();
    type Refusal = NotIssued;
    const NAME: &'static str = "IssueGrant";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.grant.client.clone());
        keys.accounts.extend(&self.grant.deposits);
        keys.access_tokens.push(self.access);
        keys.refresh_tokens.push(self.refresh);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotIssued>> {
        if view.clients.get(&self.grant.client).is_none_or(|client| client.disabled) {
            return Err(NotIssued::ClientUnknown.into());
        }
        // They were looked up before, perhaps in a world that has been reset since.
        if self.grant.deposits.iter().any(|id| view.books.account(*id).is_none()) {
            return Err(NotIssued::DepositUnknown.into());
        }
        let id = GrantId(view.ids.take());
        view.grants.put(id, Grant { id, ..self.grant.clone() });
        put_pair(view, id, self.access, self.refresh, now);
        Ok(())
    }
}

/// Why a refresh token gives no new pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotRenewed {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// It is no live refresh token of this client.
    Invalid,
    /// It was used before, too long ago: its grant has ended now.
    TokensEnded,
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

impl Command for RefreshGrant {
    type Done = ();
    type Refusal = NotRenewed;
    const NAME: &'static str = "RefreshGrant";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.client.clone());
        keys.refresh_tokens.push(self.used);
        keys.access_tokens.push(self.access);
        keys.refresh_tokens.push(self.refresh);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        if let Some(used) = view.refresh_tokens.get(&self.used) {
            keys.grants.push(used.grant);
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotRenewed>> {
        if view.clients.get(&self.client).is_none_or(|client| client.disabled) {
            return Err(NotRenewed::ClientUnknown.into());
        }
        let used = RefreshToken::clone(view.refresh_tokens.get(&self.used).ok_or(NotRenewed::Invalid)?);
        let grant = view.grants.get(&used.grant);
        let grant = grant.filter(|grant| grant.client == self.client && grant.ended_at_ms.is_none());
        let grant = Arc::clone(grant.ok_or(NotRenewed::Invalid)?);
        match (used.used_at_ms, used.dead_at_ms) {
            (None, None) => {
                let at_ms = Some(now.at_ms);
                view.refresh_tokens.put(used.hash, RefreshToken { dead_at_ms: at_ms, used_at_ms: at_ms, ..used });
                put_pair(view, grant.id, self.access, self.refresh, now);
                Ok(())
            }
            (None, Some(_)) => Err(NotRenewed::Invalid.into()),
            (Some(used_at_ms), _) if now.at_ms < used_at_ms.saturating_add(REFRESH_RETRY_MS) => {
                let successor = view.refresh_tokens.get(&self.refresh);
                let revoked = |next: &RefreshToken| next.dead_at_ms.is_some() && next.used_at_ms.is_none();
                if successor.is_none_or(|next| next.grant != grant.id || revoked(next)) {
                    return Err(NotRenewed::Invalid.into());
                }
                put_access(view, grant.id, self.access, self.refresh, now);
                Ok(())
            }
            (Some(_), _) => {
                view.grants.put(grant.id, Grant { ended_at_ms: Some(now.at_ms), ..grant.without_renewal(now) });
                Err(Denial::Declined(NotRenewed::TokensEnded))
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

/// There is no live token of this client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoLiveToken;

/// Kills an access token and the refresh token that came with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokeToken {
    /// Whose.
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
            // The only one of its grant that was not used.
            let (refresh, grant) = (RefreshToken::clone(refresh), grant.without_renewal(now));
            view.refresh_tokens.put(refresh.hash, RefreshToken { dead_at_ms: Some(now.at_ms), ..refresh });
            view.grants.put(grant.id, grant);
        }
        view.access_tokens.put(token.hash, AccessToken { revoked_at_ms: Some(now.at_ms), ..token });
        Ok(())
    }
}

impl Cell for Digest {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        self.0.put(to)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Cell::take(from).map(Digest)
    }
}

impl Nullable for Digest {
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
        to.optional_blob(value.map(|digest| digest.0.as_slice()))
    }

    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
        let Some(blob) = from.optional_blob()? else { return Ok(None) };
        let digest = blob.try_into().map_err(|_| corrupt("?", "a hash has the wrong length"))?;
        Ok(Some(Self(digest)))
    }
}

codes!(GrantKind = "oauth_grant" { 1 => GrantKind::ClientCredential, 2 => GrantKind::Code, 3 => GrantKind::Sms, });

table! {
    Grant = "oauth_grant",
    key |k: GrantId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.client, kind: r.kind, user_nid: r.user, bank: r.bank, scopes: r.scopes,
        deposits: r.deposits, deposit_numbers: r.deposit_numbers, max_amount: r.max_amount,
        monthly_count: r.monthly_count, life_ms: r.life_ms, ended_at_ms: r.ended_at_ms,
        forgotten_at_ms: r.forgotten_at_ms,
    },
    make Grant {
        id, client, kind, user: user_nid, bank, scopes, deposits, deposit_numbers, max_amount, monthly_count, life_ms,
        ended_at_ms, forgotten_at_ms,
    }
}

table! {
    AccessToken = "access_token",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, grant_id: r.grant, refresh: r.refresh, created_at_ms: r.created_at_ms,
        revoked_at_ms: r.revoked_at_ms,
    },
    make AccessToken { hash, grant: grant_id, refresh, created_at_ms, revoked_at_ms }
}

table! {
    RefreshToken = "refresh_token",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| { hash: r.hash, grant_id: r.grant, dead_at_ms: r.dead_at_ms, used_at_ms: r.used_at_ms },
    make RefreshToken { hash, grant: grant_id, dead_at_ms, used_at_ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ids, Rules};

    fn hash(byte: u8) -> Digest {
        Digest([byte; 32])
    }

    fn at(at_ms: i64) -> Now {
        Now::at(at_ms).unwrap_or_else(Now::epoch)
    }

    fn decide<C: Command>(view: &mut View, command: &C, at_ms: i64) -> Result<C::Done, C::Refusal> {
        let (now, rules) = (at(at_ms), Rules::documented().unwrap());
        view.attempt_or_decline(|view| command.decide(view, At { now: &now, rules: &rules }))
    }

    /// A grant whose first pair (1 and 1) was renewed (2 and 2) at 1,000.
    fn renewed() -> View {
        let mut view = View::new(Ids::from(1));
        let grant = Grant {
            id: GrantId(7),
            client: ClientId::from("drops"),
            kind: GrantKind::ClientCredential,
            user: "0499370899".to_owned(),
            bank: None,
            scopes: Vec::new(),
            deposits: Vec::new(),
            deposit_numbers: Vec::new(),
            max_amount: Rial::ZERO,
            monthly_count: 0,
            life_ms: 864_000_000,
            ended_at_ms: None,
            forgotten_at_ms: None,
        };
        view.grants.put(grant.id, grant);
        for (byte, used_at_ms) in [(1, Some(1_000)), (2, None)] {
            put_access(&mut view, GrantId(7), hash(byte), hash(byte), &at(0));
            let (hash, grant) = (hash(byte), GrantId(7));
            view.refresh_tokens.put(hash, RefreshToken { hash, grant, dead_at_ms: used_at_ms, used_at_ms });
        }
        view
    }

    fn forgotten(view: &View) -> Option<i64> {
        view.grants.get(&GrantId(7)).and_then(|grant| grant.forgotten_at_ms)
    }

    #[test]
    fn a_grant_is_forgotten_a_month_after_its_last_refresh_token_has_died() {
        let revoke = |view: &mut View, byte| {
            let revoke = RevokeToken { client: ClientId::from("drops"), access: hash(byte) };
            assert_eq!(decide(view, &revoke, 2_000), Ok(()));
        };
        let mut view = renewed();
        revoke(&mut view, 1);
        assert_eq!(forgotten(&view), None, "the second pair can be renewed");
        revoke(&mut view, 2);
        assert_eq!(forgotten(&view), Some(2_000 + TOKENS_REMEMBERED_MS));
        assert_eq!(view.grants.get(&GrantId(7)).and_then(|grant| grant.ended_at_ms), None);
    }

    // second-edition.md 4.3.
    #[test]
    fn a_grant_that_a_used_refresh_token_ends_is_forgotten_unless_orders_of_before_rest_on_it() {
        for (was, becomes) in [(None, 90_000 + TOKENS_REMEMBERED_MS), (Some(i64::MAX), i64::MAX)] {
            let mut view = renewed();
            let grant = view.grants.get(&GrantId(7)).map(|grant| Grant::clone(grant));
            let grant = grant.map(|grant| Grant { forgotten_at_ms: was, ..grant });
            grant.into_iter().for_each(|grant| view.grants.put(grant.id, grant));
            let client = ClientId::from("drops");
            let known = crate::Client {
                id: client.clone(),
                secret: hash(0),
                caller_nids: Vec::new(),
                redirect_origin: String::new(),
                scopes: Vec::new(),
                max_amount: Rial::ZERO,
                max_count: 0,
                float: None,
                charge_limits: crate::ChargeLimits::default(),
                disabled: false,
            };
            view.clients.put(client.clone(), known);
            let again = RefreshGrant { client, used: hash(1), access: hash(3), refresh: hash(2) };
            assert_eq!(decide(&mut view, &again, 90_000), Err(NotRenewed::TokensEnded));
            assert_eq!(forgotten(&view), Some(becomes));
        }
    }
}
