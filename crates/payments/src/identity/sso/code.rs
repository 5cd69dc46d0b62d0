//! The row of an authorization code.

use schema::table;

use crate::{Digest, SsoFamilyId, SsoGrant, Text};

/// Lifetime of a code, in milliseconds.
pub const SSO_CODE_MS: i64 = 60_000;

/// An authorization code, to be exchanged once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SsoCode {
    /// Keyed hash of the code.
    pub hash: Digest,
    /// The grant of the tokens that it is exchanged for.
    pub grant: SsoGrant,
    /// The exchange must name the same address.
    pub redirect_uri: Text,
    /// The challenge that the verifier must hash to: base64url of SHA-256; `None`: no verifier is expected.
    pub challenge: Option<Text>,
    /// The token family that the exchange has made; `None`: the code was not used.
    pub used_by: Option<SsoFamilyId>,
    /// When the code ends, in milliseconds of Unix time. A used code is kept until the first refresh token that came from it ends.
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
