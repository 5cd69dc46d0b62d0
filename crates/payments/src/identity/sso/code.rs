//! The row of a code.

use schema::table;

use crate::{Digest, SsoFamilyId, SsoGrant, Text};

/// How long a code lives, in milliseconds.
pub const SSO_CODE_MS: i64 = 60_000;

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

table! {
    SsoCode = "sso_code",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, client: r.grant.client, party: r.grant.party, scopes: r.grant.scopes, consent: r.grant.consent,
        access_version: r.grant.access_version, redirect_uri: r.redirect_uri, challenge: r.challenge,
        used_by: r.used_by.map(|family| family.0), ends_at_ms: r.ends_at_ms,
    },
    make SsoCode {
        hash, grant: SsoGrant { client, party, scopes, consent, access_version }, redirect_uri, challenge,
        used_by: Option::map(used_by, SsoFamilyId), ends_at_ms,
    }
}
