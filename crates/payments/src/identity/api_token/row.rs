//! The row of a token that authenticates a party.

use schema::table;

use crate::identity::sso::{named, names_of};
use crate::{Digest, PartyId, Scopes, SsoFamilyId, SsoGrant, Text};

/// A token that authenticates a party.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiToken {
    /// Keyed hash of the token.
    pub hash: Digest,
    /// The party that it authenticates.
    pub party: PartyId,
    /// When it was issued, in milliseconds of Unix time.
    pub created_at_ms: i64,
    /// When it expires, in milliseconds of Unix time; `None`: it is valid until it is revoked.
    pub ends_at_ms: Option<i64>,
    /// The business that got the token by the party's log-in; `None`: the party's own token.
    pub client: Option<PartyId>,
    /// The token family that the token is valid with only; `None`: the party's own token.
    pub family: Option<SsoFamilyId>,
    /// The token's scopes, where they are fewer than its family's; `None`: all of its family's.
    pub scopes: Option<Scopes>,
}

impl ApiToken {
    /// Whether the token has not expired at `now_ms`. The family, the consent and the parties are checked elsewhere.
    pub fn is_alive(&self, now_ms: i64) -> bool {
        self.ends_at_ms.is_none_or(|ends| now_ms < ends)
    }

    /// The family's grant, with the scopes of this token only.
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
