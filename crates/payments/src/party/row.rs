//! The row of a user or a business.

use schema::{Json, codes, table};

use crate::{Digest, PartyId, Text};

/// The kind of a party.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartyKind {
    /// A person.
    User,
    /// An issuer of invoices.
    Business(Business),
}

/// The fields that only businesses have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Business {
    /// The guilds in which the business is paid.
    pub guilds: Vec<i64>,
    /// API keys: production id of a service, and keyed hash of the key. A service that has keys here can be called only with one of them.
    pub api_keys: Vec<(u32, Digest)>,
    /// The IBAN of its account at a bank, without `IR`; empty: none.
    pub sheba: Text,
    /// The secret that signs calls to its addresses, encrypted. A replacement record without one keeps the present secret.
    pub webhook_secret: Vec<u8>,
    /// The secret before the present one, during a rotation.
    pub old_webhook_secret: Option<Box<OldSecret>>,
    /// Whether payers return to the shop with `paid=true` as soon as their money is taken, instead of after the verification.
    pub returns_when_taken: bool,
    /// Keyed hash of its client secret for the log-in service. Without one it must prove its requests by a verifier (PKCE).
    pub client_secret: Option<Digest>,
    /// The complete addresses to which the log-in service may redirect users.
    pub redirect_uris: Vec<Text>,
    /// The origins that may show its payment pages in a frame, as browsers write them.
    pub frame_origins: Vec<Text>,
}

/// The signing secret before the present one. Until `until_ms` calls are signed with both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OldSecret {
    /// The secret, encrypted. In a replacement record it is taken from the present record.
    pub sealed: Vec<u8>,
    /// The end of its use, in milliseconds of Unix time.
    pub until_ms: i64,
}

impl Business {
    /// The secrets that sign a call now, encrypted: the present one, and during a rotation also the one before.
    pub fn webhook_secrets(&self, now_ms: i64) -> Vec<Vec<u8>> {
        let old = self.old_webhook_secret.as_ref().filter(|old| now_ms < old.until_ms).map(|old| &old.sealed);
        [Some(&self.webhook_secret), old].into_iter().flatten().filter(|secret| !secret.is_empty()).cloned().collect()
    }

    /// Completes the secrets of a replacement record from the present record. Without a new secret the present ones stay. With one, the present
    /// secret becomes the old one. An old secret whose time is over is dropped.
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
    /// The party's number; users and businesses share one sequence.
    pub id: PartyId,
    /// User or business.
    pub kind: PartyKind,
    /// The handle, unique among all parties.
    pub name: Text,
    /// Argon2 hash of the password; empty: the party cannot log in with a password.
    pub password: String,
    /// The mobile number, `09` and nine digits; empty: none.
    pub mobile: Text,
    /// Whether the party has proved that the mobile number is its own.
    pub mobile_verified: bool,
    /// When the party was created, in milliseconds of Unix time.
    pub joined_at_ms: i64,
    /// Whether the party is disabled: its log-ins and tokens are refused, and it can neither pay nor be paid. Its obligations stay.
    pub disabled: bool,
    /// Counts password changes and disablings. Log-ins, and tokens from them, that began with an earlier count are invalid.
    pub access_version: i64,
}

impl Party {
    /// The fields of a business; `None`: the party is a user.
    pub fn business(&self) -> Option<&Business> {
        match &self.kind {
            PartyKind::User => None,
            PartyKind::Business(business) => Some(business),
        }
    }

    /// Whether the party is a business of this guild.
    pub fn is_of_guild(&self, guild: i64) -> bool {
        self.business().is_some_and(|business| business.guilds.contains(&guild))
    }

    /// The mobile number, if it is verified.
    pub fn verified_mobile(&self) -> Option<&Text> {
        (self.mobile_verified && !self.mobile.is_empty()).then_some(&self.mobile)
    }
}

/// There is no such party, or it is not a business where one is needed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartyUnknown;

fn text(text: &Text) -> String {
    text.to_string()
}

codes! {
    /// The kind of a party, without the fields of businesses.
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
