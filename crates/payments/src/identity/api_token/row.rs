//! The row of a token that names a party.

use schema::table;

use crate::identity::sso::{named, names_of};
use crate::{Digest, PartyId, Scopes, SsoFamilyId, SsoGrant, Text};

/// A token that names a party.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiToken {
    /// Its keyed hash.
    pub hash: Digest,
    /// Whom it names.
    pub party: PartyId,
    /// When it was made, in milliseconds of Unix time.
    pub created_at_ms: i64,
    /// When it ends, in milliseconds of Unix time; `None`: when it is revoked.
    pub ends_at_ms: Option<i64>,
    /// The business that the party gave it to by logging in; `None`: it is the party's own.
    pub client: Option<PartyId>,
    /// The family that it is dead without; `None`: it is the party's own.
    pub family: Option<SsoFamilyId>,
    /// What it may be used for, where that is less than what its family may.
    pub scopes: Option<Scopes>,
}

impl ApiToken {
    /// Whether it is good at an instant.
    pub fn is_alive(&self, now_ms: i64) -> bool {
        self.ends_at_ms.is_none_or(|ends| now_ms < ends)
    }

    /// What it is for, of what its family is for.
    pub fn narrowed(&self, grant: SsoGrant) -> SsoGrant {
        SsoGrant { scopes: self.scopes.unwrap_or(grant.scopes), ..grant }
    }
}

table! {
    ApiToken = "api_token",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, party: r.party, created_at_ms: r.created_at_ms, ends_at_ms: r.ends_at_ms,
        client: r.client.map(|client| client.0), family: r.family.map(|family| family.0),
        scopes: r.scopes.map(|scopes| Text::from(names_of(scopes))),
    },
    make ApiToken {
        hash, party, created_at_ms, ends_at_ms, client: Option::map(client, PartyId),
        family: Option::map(family, SsoFamilyId),
        scopes: Option::map(scopes, |names: Text| named(&names)).transpose()?,
    }
}
