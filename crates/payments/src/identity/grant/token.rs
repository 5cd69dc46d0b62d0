//! The rows of access and refresh tokens.

use schema::table;

use crate::{Digest, GrantId};

/// An access token's row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessToken {
    /// Keyed hash of the token.
    pub hash: Digest,
    /// The grant that holds its rights.
    pub grant: GrantId,
    /// Keyed hash of the refresh token that came with it.
    pub refresh: Digest,
    /// When it was issued, in milliseconds of Unix time; it expires after the grant's `life_ms`.
    pub created_at_ms: i64,
    /// When it was revoked, in milliseconds of Unix time.
    pub revoked_at_ms: Option<i64>,
}

/// A refresh token's row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshToken {
    /// Keyed hash of the token.
    pub hash: Digest,
    /// The grant that it renews.
    pub grant: GrantId,
    /// When it was used or revoked, in milliseconds of Unix time.
    pub dead_at_ms: Option<i64>,
    /// When it was first used, in milliseconds of Unix time; a token with `dead_at_ms` and without this was revoked.
    pub used_at_ms: Option<i64>,
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
