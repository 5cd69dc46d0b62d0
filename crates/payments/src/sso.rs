//! Tokens of users for businesses: consent, a code after a log-in, a token, its refreshes (pod.md 2.2, second-edition.md 4.3).
//!
//! ```text
//! consent ──► code (60 s, once) ──► access (900 s) + refresh (30 days) ──► the next pair of the same family ──► …
//! ```
//! A token rests on four rows: its family, the consent, the user and the client. When the family or the consent is gone, when the user has
//! another password or is disabled, or when the client is disabled, every token that rests on them is dead.
//! A refresh token that was used gives its successor again for a minute, because replies are lost; after that its use ends the family.
//! Absent: the tokens. Rows hold keyed hashes; the edge derives a successor from the token that it succeeds.

use std::convert::Infallible;

use ledger::Rial;

use crate::view::{Denial, Keys, View};
use crate::{ApiToken, At, Command, Digest, Now, PartyId, Text};
use schema::Worded;

/// How long a code lives, in milliseconds.
pub const SSO_CODE_MS: i64 = 60_000;
/// How long an access token lives, in milliseconds.
pub const SSO_ACCESS_MS: i64 = 900_000;
/// How long a refresh token lives, in milliseconds.
pub const SSO_REFRESH_MS: i64 = 30 * 86_400_000;
/// How long a used refresh token gives the same successor, in milliseconds: the reply may have been lost.
pub const REFRESH_RETRY_MS: i64 = 60_000;

/// A right that a user gives to a business.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// To see who the user is.
    Profile,
    /// To see the balance and the statement of the wallet.
    WalletRead,
    /// To pay invoices from the wallet and to end their safekeeping.
    InvoicePay,
    /// To run the business itself: for its own log-in only.
    Business,
    /// To have the business's own invoices paid from the wallet without the user, up to a limit: see [`StandingPermission`].
    Standing,
}

/// How many scopes there are.
const SCOPES: usize = <Scope as Worded>::ALL.len();

impl Scope {
    /// All of them.
    pub const ALL: [Self; SCOPES] = match <Self as Worded>::ALL.first_chunk() {
        Some(all) => *all,
        // There are as many as there are.
        None => [Self::Profile; SCOPES],
    };

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of scopes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// This set and one more scope.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// The scopes of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a scope is in it.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether all scopes of another set are in it.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no scope is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes, in their order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }

    /// What a party can give to a client: a business is run by itself only.
    #[must_use]
    pub fn grantable(self, party: PartyId, client: PartyId) -> Self {
        if party == client { self } else { Self(self.0 & !Scope::Business.bit()) }
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::default(), Self::with)
    }
}

impl std::fmt::Debug for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Which user's consent to which client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SsoConsentKey {
    /// The user.
    pub party: PartyId,
    /// The client.
    pub client: PartyId,
}

/// The number of a consent: one that was withdrawn and given again has another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SsoConsentId(pub i64);

/// What a user has allowed a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoConsent {
    /// Whose, to whom.
    pub key: SsoConsentKey,
    /// Its number.
    pub id: SsoConsentId,
    /// What is allowed.
    pub scopes: Scopes,
    /// When it was given last, in milliseconds of Unix time.
    pub at_ms: i64,
    /// What the client may take for its own invoices, if the user has allowed any.
    pub standing: Option<StandingPermission>,
}

/// What a user has allowed a client to take from the wallet for invoices that the client issues to the user, without being asked each time
/// (second-edition.md 4.8). It is counted on the row of the consent, in the decision that pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandingPermission {
    /// What is allowed.
    pub terms: StandingTerms,
    /// What was paid in the period.
    pub spent: Rial,
    /// When the period began, in milliseconds of Unix time; 0: nothing was paid yet.
    pub since_ms: i64,
}

/// What a user allows: so much in each period. A period begins with the first payment after the end of the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandingTerms {
    /// Most of a period.
    pub limit: Rial,
    /// How long a period is, in milliseconds.
    pub period_ms: i64,
}

impl StandingPermission {
    /// What has been paid in the period of an instant.
    pub fn spent(&self, now_ms: i64) -> Rial {
        let is_over = now_ms.saturating_sub(self.since_ms) >= self.terms.period_ms;
        if is_over { Rial::ZERO } else { self.spent }
    }

    /// With one more payment; `None`: it is more than is left of the period.
    pub(crate) fn with_payment(self, amount: Rial, now: &Now) -> Option<Self> {
        let spent = self.spent(now.at_ms);
        let since_ms = if spent.is_positive() { self.since_ms } else { now.at_ms };
        let spent = spent.checked_add(amount).filter(|sum| *sum <= self.terms.limit)?;
        Some(Self { spent, since_ms, ..self })
    }
}

impl SsoConsent {
    /// What the client may take for its own invoices.
    pub fn standing(&self) -> Option<StandingPermission> {
        self.standing.filter(|_| self.scopes.contains(Scope::Standing))
    }
}

/// What a token is for, and what it rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoGrant {
    /// The business that may use it.
    pub client: PartyId,
    /// The user that it names.
    pub party: PartyId,
    /// What it may be used for.
    pub scopes: Scopes,
    /// The consent that it rests on.
    pub consent: SsoConsentId,
    /// The user's [`crate::Party::access_version`] that it rests on.
    pub access_version: i64,
}

impl SsoGrant {
    fn key(&self) -> SsoConsentKey {
        SsoConsentKey { party: self.party, client: self.client }
    }

    /// Whether the consent that is there now is the one that this rests on.
    pub fn rests_on(&self, consent: Option<&SsoConsent>) -> bool {
        consent.is_some_and(|consent| consent.id == self.consent && consent.scopes.covers(self.scopes))
    }

    fn name_rows(&self, keys: &mut Keys) {
        keys.parties.extend([self.party, self.client]);
        keys.sso_consents.push(self.key());
    }

    fn is_good(&self, view: &View) -> bool {
        usable(view, self.client).is_some()
            && usable(view, self.party) == Some(self.access_version)
            && self.rests_on(view.sso_consents.get(&self.key()).map(AsRef::as_ref))
    }
}

/// The access version of a party that is not disabled.
fn usable(view: &View, id: PartyId) -> Option<i64> {
    view.parties.get(&id).filter(|party| !party.disabled).map(|party| party.access_version)
}

/// A family's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SsoFamilyId(pub i64);

/// The tokens that came of one code. Without this row none of them is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoFamily {
    /// Its number.
    pub id: SsoFamilyId,
    /// What its tokens are for.
    pub grant: SsoGrant,
    /// When its newest refresh token ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

/// A code, to be exchanged once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SsoCode {
    /// Its keyed hash.
    pub hash: Digest,
    /// What it becomes.
    pub grant: SsoGrant,
    /// Must be named again.
    pub redirect_uri: Text,
    /// What a verifier must hash to: base64url of SHA-256.
    pub challenge: Option<Text>,
    /// The family that came of it; `None`: it was not used.
    pub used_by: Option<SsoFamilyId>,
    /// When it is forgotten, in milliseconds of Unix time. A used one is kept as long as its family can live.
    pub ends_at_ms: i64,
}

/// A refresh token, also after its use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoRefresh {
    /// Its keyed hash.
    pub hash: Digest,
    /// What it renews.
    pub family: SsoFamilyId,
    /// The client of the family.
    pub client: PartyId,
    /// The user of the family.
    pub party: PartyId,
    /// When it was used first, in milliseconds of Unix time.
    pub used_at_ms: Option<i64>,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

/// What entitles a client to a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsentBasis {
    /// The user has allowed all of it before.
    Remembered,
    /// The user allows it now.
    GivenNow,
}

/// Why a client gets no code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoCode {
    /// The log-in or the client has ended.
    PartyUnknown,
    /// The user has not allowed it.
    ConsentUnknown,
}

/// Gives a client a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GiveSsoCode {
    /// Its keyed hash.
    pub hash: Digest,
    /// Whose consent, to whom.
    pub key: SsoConsentKey,
    /// What the client asks for.
    pub scopes: Scopes,
    /// The user's access version that the log-in began with.
    pub access_version: i64,
    /// What entitles the client.
    pub basis: ConsentBasis,
    /// What the user allows the client to take now; of a remembered consent nothing is changed.
    pub standing: Option<StandingTerms>,
    /// Must be named again.
    pub redirect_uri: Text,
    /// What a verifier must hash to.
    pub challenge: Option<Text>,
}

impl Command for GiveSsoCode {
    type Done = ();
    type Refusal = NoCode;
    const NAME: &'static str = "GiveSsoCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.sso_codes.push(self.hash);
        keys.parties.extend([self.key.party, self.key.client]);
        keys.sso_consents.push(self.key);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NoCode>> {
        let SsoConsentKey { party, client } = self.key;
        usable(view, client).ok_or(NoCode::PartyUnknown)?;
        let access_version = usable(view, party).filter(|version| *version == self.access_version);
        let access_version = access_version.ok_or(NoCode::PartyUnknown)?;
        let scopes = self.scopes.grantable(party, client);
        let known = view.sso_consents.get(&self.key).map(|consent| **consent);
        let consent = match self.basis {
            ConsentBasis::Remembered => known.filter(|known| known.scopes.covers(scopes)),
            ConsentBasis::GivenNow => {
                let allowed = known.map_or_else(Scopes::default, |known| known.scopes).and(scopes);
                let id = known.map_or_else(|| SsoConsentId(view.ids.take()), |known| known.id);
                let before = known.and_then(|known| known.standing);
                // What was spent counts on: another limit is no new period.
                let (spent, since_ms) = before.map_or((Rial::ZERO, 0), |before| (before.spent, before.since_ms));
                let given = self.standing.map(|terms| StandingPermission { terms, spent, since_ms });
                let standing = given.or(before);
                let consent = SsoConsent { key: self.key, id, scopes: allowed, at_ms: now.at_ms, standing };
                view.sso_consents.put(self.key, consent);
                Some(consent)
            }
        };
        let consent = consent.ok_or(NoCode::ConsentUnknown)?.id;
        let grant = SsoGrant { client, party, scopes, consent, access_version };
        let Self { hash, redirect_uri, challenge, .. } = self.clone();
        let ends_at_ms = now.at_ms.saturating_add(SSO_CODE_MS);
        view.sso_codes.put(hash, SsoCode { hash, grant, redirect_uri, challenge, used_by: None, ends_at_ms });
        Ok(())
    }
}

/// The user has not allowed the client anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoSuchConsent;

/// Withdraws a consent: the client's tokens of the user are dead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WithdrawSsoConsent {
    /// Whose, to whom.
    pub key: SsoConsentKey,
}

impl Command for WithdrawSsoConsent {
    type Done = ();
    type Refusal = NoSuchConsent;
    const NAME: &'static str = "WithdrawSsoConsent";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.sso_consents.push(self.key);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<NoSuchConsent>> {
        view.sso_consents.get(&self.key).ok_or(NoSuchConsent)?;
        view.sso_consents.remove(self.key);
        Ok(())
    }
}

/// Keyed hashes of the tokens that come of an exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewTokens {
    /// The access token.
    pub access: Digest,
    /// The refresh token.
    pub refresh: Digest,
}

/// Why a code gives no tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeRefused {
    /// It is unknown, too old, or not for this client and verifier; or it was used, and its tokens have ended since.
    Invalid,
    /// It was asked for with another redirect address.
    OtherRedirect,
    /// It was used before: the tokens that came of it have ended now.
    TokensEnded,
}

/// Exchanges a code. One that was used before ends the tokens that came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExchangeSsoCode {
    /// Its keyed hash.
    pub code: Digest,
    /// Who exchanges it.
    pub client: PartyId,
    /// Must be the one of the request.
    pub redirect_uri: Text,
    /// What the verifier hashes to, if one came.
    pub challenge: Option<Text>,
    /// What comes of it.
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
        // A verifier without a challenge is as wrong as a missing one.
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

/// Why a refresh token gives no tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefreshRefused {
    /// It is unknown, too old, or another client's; or what it rests on has ended.
    Invalid,
    /// It was used before, too long ago: the tokens of its family have ended now.
    TokensEnded,
    /// More scopes are asked for than it has.
    ScopeTooWide,
}

/// Renews a token. A refresh token that was used gives the same successor for [`REFRESH_RETRY_MS`]; after that it ends its family. Fewer scopes are
/// those of the access token alone: the successor has all (RFC 6749, section 6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshSso {
    /// Keyed hash of the refresh token.
    pub refresh: Digest,
    /// Who renews it.
    pub client: PartyId,
    /// The scopes of the new access token; `None`: all that the refresh token has.
    pub scopes: Option<Scopes>,
    /// A new access token, and the one successor that the refresh token has.
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

/// Ends a token that its client gives back (RFC 7009): an access token alone, a refresh token with its family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RevokeSsoToken {
    /// Keyed hash of the token, of either kind.
    pub token: Digest,
    /// The client that gives it back.
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

    // There is no refusal: a token that is unknown, or another client's, stays as it is.
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

/// Ends a family, if it is there.
fn end(view: &mut View, family: SsoFamilyId) -> bool {
    let is_there = view.sso_families.get(&family).is_some();
    if is_there {
        view.sso_families.remove(family);
    }
    is_there
}

impl NewTokens {
    fn keys(&self, keys: &mut Keys) {
        keys.api_tokens.push(self.access);
        keys.sso_refreshes.push(self.refresh);
    }

    fn put_refresh(self, view: &mut View, family: SsoFamily) {
        let SsoFamily { id, grant: SsoGrant { client, party, .. }, ends_at_ms } = family;
        view.sso_families.put(id, family);
        let token = SsoRefresh { hash: self.refresh, family: id, client, party, used_at_ms: None, ends_at_ms };
        view.sso_refreshes.put(self.refresh, token);
    }

    fn put_access(self, view: &mut View, family: &SsoFamily, scopes: Option<Scopes>, now: &Now) -> Scopes {
        let SsoGrant { client, party, .. } = family.grant;
        let ends_at_ms = Some(now.at_ms.saturating_add(SSO_ACCESS_MS));
        let (hash, created_at_ms) = (self.access, now.at_ms);
        let (client, family, of_family) = (Some(client), Some(family.id), family.grant.scopes);
        view.api_tokens.put(hash, ApiToken { hash, party, created_at_ms, ends_at_ms, client, family, scopes });
        scopes.unwrap_or(of_family)
    }
}
