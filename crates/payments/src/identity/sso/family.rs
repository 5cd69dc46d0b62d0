//! The row of the tokens that came of one code.

use schema::table;

use crate::SsoGrant;

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

table! {
    SsoFamily = "sso_family",
    key |k: SsoFamilyId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.grant.client, party: r.grant.party, scopes: r.grant.scopes, consent: r.grant.consent,
        access_version: r.grant.access_version, ends_at_ms: r.ends_at_ms,
    },
    make SsoFamily { id, grant: SsoGrant { client, party, scopes, consent, access_version }, ends_at_ms }
}
