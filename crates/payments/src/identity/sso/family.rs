//! The row of a token family: the tokens that came from one code.

use schema::table;

use crate::SsoGrant;

/// Number of a token family.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SsoFamilyId(pub i64);

/// The tokens that came from one code. None of them is valid without this row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoFamily {
    /// The family's number.
    pub id: SsoFamilyId,
    /// The rights of its tokens, and what these depend on.
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
