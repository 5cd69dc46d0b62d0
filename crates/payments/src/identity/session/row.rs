//! The row of a browser session.

use schema::{Corrupt, corrupt, table};

use crate::{Digest, PartyId, Text};

/// The party or operator that has logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Visitor {
    /// A user or business of POD.
    Party {
        /// The party's number.
        id: PartyId,
        /// The party's [`crate::Party::access_version`] when the session began: a different version ends the session.
        access_version: i64,
    },
    /// An operator of this server.
    Operator {
        /// The operator's name.
        name: Text,
        /// Keyed hash of the operator's password record, of the time since which it is enabled, and of its second factor's version: a change of these
        /// ends the session.
        password: Digest,
    },
}

/// A session of a browser that has logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrowserSession {
    /// Keyed hash of the session cookie.
    pub hash: Digest,
    /// The party or operator that has logged in.
    pub visitor: Visitor,
    /// When it began, in milliseconds of Unix time: by the service's clock, or, of an operator, by the machine's.
    pub since_ms: i64,
    /// When it ends, by the same clock.
    pub ends_at_ms: i64,
}

table! {
    BrowserSession = "browser_session",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, party: party_visitor(&r.visitor).map(|(party, _)| party.0), operator: operator_visitor(&r.visitor).map(|(name, _)| Text::clone(name)),
        password: operator_visitor(&r.visitor).map(|(_, password)| *password),
        access_version: party_visitor(&r.visitor).map(|(_, version)| version), since_ms: r.since_ms, ends_at_ms: r.ends_at_ms,
    },
    make BrowserSession { hash, visitor: visitor((party, access_version), (operator, password))?, since_ms, ends_at_ms }
}

fn party_visitor(visitor: &Visitor) -> Option<(PartyId, i64)> {
    match visitor {
        Visitor::Party { id, access_version } => Some((*id, *access_version)),
        Visitor::Operator { .. } => None,
    }
}

fn operator_visitor(visitor: &Visitor) -> Option<(&Text, &Digest)> {
    match visitor {
        Visitor::Party { .. } => None,
        Visitor::Operator { name, password } => Some((name, password)),
    }
}

pub(crate) fn visitor(
    party: (Option<i64>, Option<i64>),
    operator: (Option<Text>, Option<Digest>),
) -> Result<Visitor, Corrupt> {
    match (party, operator) {
        ((Some(id), Some(access_version)), (None, None)) => Ok(Visitor::Party { id: PartyId(id), access_version }),
        ((None, None), (Some(name), Some(password))) => Ok(Visitor::Operator { name, password }),
        _ => Err(corrupt("browser_session", "it is not of one visitor")),
    }
}
