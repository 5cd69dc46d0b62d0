//! The row of a user or a business.

use schema::{Json, codes, table};

use crate::{Digest, PartyId, Text};

/// What a party is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartyKind {
    /// A person.
    User,
    /// Somebody who issues invoices.
    Business(Business),
}

/// What only businesses have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Business {
    /// The guilds that it is paid in.
    pub guilds: Vec<i64>,
    /// Services that are called with one of its keys only: production id, keyed hash.
    pub api_keys: Vec<(u32, Digest)>,
    /// Its account elsewhere, without `IR`; empty: none.
    pub sheba: Text,
    /// What signs the calls to its addresses, encrypted. A replacement without one keeps what is there.
    pub webhook_secret: Vec<u8>,
    /// The one before it.
    pub old_webhook_secret: Option<Box<OldSecret>>,
    /// Whether payers come back with `paid=true` as soon as their money is taken, not when that is verified.
    pub returns_when_taken: bool,
    /// Keyed hash of what it shows as a client of the log-in service; without one it has to prove its requests by a verifier.
    pub client_secret: Option<Digest>,
    /// Where users may be led back to: whole addresses.
    pub redirect_uris: Vec<Text>,
    /// Who may show its payment pages in a frame: origins, as browsers write them.
    pub frame_origins: Vec<Text>,
}

/// What has signed the calls to a business before its present secret, and signs beside it for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OldSecret {
    /// Encrypted. In a replacement it is what is there.
    pub sealed: Vec<u8>,
    /// Until when, in milliseconds of Unix time.
    pub until_ms: i64,
}

impl Business {
    /// What signs a call now, encrypted: one secret, and during a rotation the one before it, too.
    pub fn webhook_secrets(&self, now_ms: i64) -> Vec<Vec<u8>> {
        let old = self.old_webhook_secret.as_ref().filter(|old| now_ms < old.until_ms).map(|old| &old.sealed);
        [Some(&self.webhook_secret), old].into_iter().flatten().filter(|secret| !secret.is_empty()).cloned().collect()
    }

    /// The secrets of a replacement: without a new one, those that are there; with one, what was there is the old one. What signs nothing any
    /// more is not kept.
    pub(super) fn take_secrets(&mut self, was: &Self, now_ms: i64) {
        let sealed = if self.webhook_secret.is_empty() {
            self.webhook_secret.clone_from(&was.webhook_secret);
            was.old_webhook_secret.as_ref().map(|old| old.sealed.clone()).unwrap_or_default()
        } else {
            was.webhook_secret.clone()
        };
        let until_ms = self.old_webhook_secret.take().map(|old| old.until_ms).filter(|until_ms| now_ms < *until_ms);
        let old = until_ms.filter(|_| !sealed.is_empty()).map(|until_ms| OldSecret { sealed, until_ms });
        self.old_webhook_secret = old.map(Box::new);
    }
}

/// A user or a business.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    /// Its number; both kinds share one row of numbers.
    pub id: PartyId,
    /// What it is.
    pub kind: PartyKind,
    /// Its handle: one of all parties.
    pub name: Text,
    /// Argon2 hash; empty: it cannot log in.
    pub password: String,
    /// `09` and nine digits; empty: none.
    pub mobile: Text,
    /// Whether the mobile number was seen to be its own.
    pub mobile_verified: bool,
    /// When it joined, in milliseconds of Unix time.
    pub joined_at_ms: i64,
    /// Whether its tokens are refused.
    pub disabled: bool,
    /// Counts new passwords and disablings. Log-ins and tokens of log-ins that began with another count are dead.
    pub access_version: i64,
}

impl Party {
    /// What it has as a business, if it is one.
    pub fn business(&self) -> Option<&Business> {
        match &self.kind {
            PartyKind::User => None,
            PartyKind::Business(business) => Some(business),
        }
    }

    /// Whether it is a business of a guild.
    pub fn is_of_guild(&self, guild: i64) -> bool {
        self.business().is_some_and(|business| business.guilds.contains(&guild))
    }

    /// Its mobile number, if that is verified.
    pub fn verified_mobile(&self) -> Option<&Text> {
        (self.mobile_verified && !self.mobile.is_empty()).then_some(&self.mobile)
    }
}

/// There is no such party, or no business where one is needed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartyUnknown;

fn text(text: &Text) -> String {
    text.to_string()
}

codes! {
    /// What a party is, without what only businesses have.
    enum PartyCode = "party" { 1 => User, 2 => Business, }
}

fn party_code(kind: &PartyKind) -> PartyCode {
    match kind {
        PartyKind::User => PartyCode::User,
        PartyKind::Business(_) => PartyCode::Business,
    }
}

table! {
    Party = "party",
    key |k: PartyId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, kind: party_code(&r.kind), name: r.name, password: r.password,
        mobile: r.mobile, mobile_verified: r.mobile_verified, joined_at_ms: r.joined_at_ms, disabled: r.disabled,
        access_version: r.access_version,
        guilds: Json(r.business().map(|b| b.guilds.clone()).unwrap_or_default()),
        api_keys: Json::list(r.business().into_iter().flat_map(|b| &b.api_keys).map(|(id, key)| (*id, key.0))),
        sheba: r.business().map_or_else(|| Text::from(""), |b| Text::clone(&b.sheba)),
        webhook_secret: r.business().map(|b| b.webhook_secret.clone()).unwrap_or_default(),
        old_webhook_secret: old_secret(r).map(|old| old.sealed.clone()).unwrap_or_default(),
        old_webhook_secret_until_ms: old_secret(r).map_or(0, |old| old.until_ms),
        returns_when_taken: r.business().is_some_and(|b| b.returns_when_taken),
        client_secret: r.business().and_then(|b| b.client_secret),
        redirect_uris: Json::list(r.business().into_iter().flat_map(|b| &b.redirect_uris).map(text)),
        frame_origins: Json::list(r.business().into_iter().flat_map(|b| &b.frame_origins).map(text)),
    },
    make Party {
        id,
        kind: party_kind(kind, Business {
            guilds: Json::<Vec<i64>>::into_inner(guilds), api_keys: api_keys_of(api_keys), sheba, webhook_secret,
            old_webhook_secret: old_secret_of(old_webhook_secret, old_webhook_secret_until_ms),
            returns_when_taken, client_secret, redirect_uris: texts(redirect_uris), frame_origins: texts(frame_origins),
        }),
        name, password, mobile, mobile_verified, joined_at_ms, disabled, access_version,
    }
}

fn old_secret(party: &Party) -> Option<&OldSecret> {
    party.business().and_then(|business| business.old_webhook_secret.as_deref())
}

fn old_secret_of(sealed: Vec<u8>, until_ms: i64) -> Option<Box<OldSecret>> {
    (!sealed.is_empty()).then(|| Box::new(OldSecret { sealed, until_ms }))
}

fn api_keys_of(Json(api_keys): Json<Vec<(u32, [u8; 32])>>) -> Vec<(u32, Digest)> {
    api_keys.into_iter().map(|(id, key)| (id, Digest(key))).collect()
}

fn texts(Json(texts): Json<Vec<String>>) -> Vec<Text> {
    texts.into_iter().map(Text::from).collect()
}

fn party_kind(code: PartyCode, business: Business) -> PartyKind {
    match code {
        PartyCode::User => PartyKind::User,
        PartyCode::Business => PartyKind::Business(business),
    }
}
