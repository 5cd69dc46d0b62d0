//! The row of a refresh token.

use schema::table;

use crate::{Digest, PartyId, SsoFamilyId};

/// A refresh token; its row stays after its use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoRefresh {
    /// Keyed hash of the token.
    pub hash: Digest,
    /// The family that it renews.
    pub family: SsoFamilyId,
    /// The client of the family.
    pub client: PartyId,
    /// The user of the family.
    pub party: PartyId,
    /// When it was first used, in milliseconds of Unix time; `None`: it was not used.
    pub used_at_ms: Option<i64>,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

table! {
    SsoRefresh = "sso_refresh",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, family: r.family, client: r.client, party: r.party, used_at_ms: r.used_at_ms,
        ends_at_ms: r.ends_at_ms,
    },
    make SsoRefresh { hash, family, client, party, used_at_ms, ends_at_ms }
}
