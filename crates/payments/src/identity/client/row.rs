//! The row of a client.

use std::fmt;
use std::sync::Arc;

use ledger::{AccountId, Rial};
use schema::{Bind, Cell, Corrupt, Fetch, Listed, table};

use crate::{ChargeLimits, Digest};

/// A client's name, as in `/clients/{clientId}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClientId(pub Arc<str>);

impl From<&str> for ClientId {
    fn from(name: &str) -> Self {
        Self(Arc::from(name))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A client record (finnotech.md 1.7).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    /// The client's name.
    pub id: ClientId,
    /// Keyed hash of the client's secret.
    pub secret: Digest,
    /// National ids that may call in the client's name; the first one is the default.
    pub caller_nids: Vec<String>,
    /// Scheme and host of the addresses that a consent may redirect to.
    pub redirect_origin: String,
    /// Scopes that the client's tokens may have.
    pub scopes: Vec<String>,
    /// Largest amount of one transaction that a grant may allow, in rials; zero: no limit.
    pub max_amount: Rial,
    /// Largest number of orders a month that a grant may allow; zero: no limit.
    pub max_count: i64,
    /// Account of the client's float card; set when that card is registered.
    pub float: Option<AccountId>,
    /// The client's limits of card charges.
    pub charge_limits: ChargeLimits,
    /// A disabled client gets no tokens, and its tokens are refused.
    pub disabled: bool,
}

impl Cell for ClientId {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.text(&self.0)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Ok(Self::from(from.text()?.as_str()))
    }
}

impl Listed for ClientId {
    fn text(&self) -> String {
        self.0.to_string()
    }

    fn of_text(text: String) -> Result<Self, Corrupt> {
        Ok(Self::from(text.as_str()))
    }
}

table! {
    Client = "client",
    key |k: ClientId| { id: *k },
    of |r| r.id.clone(),
    row |r| {
        id: r.id, secret: r.secret, caller_nids: r.caller_nids, redirect_origin: r.redirect_origin, scopes: r.scopes,
        max_amount: r.max_amount, max_count: r.max_count, float_card: r.float, charge_limits: r.charge_limits,
        disabled: r.disabled,
    },
    make Client {
        id, secret, caller_nids, redirect_origin, scopes, max_amount, max_count, float: float_card, charge_limits,
        disabled,
    }
}
