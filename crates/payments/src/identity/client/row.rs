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
    /// Its name.
    pub id: ClientId,
    /// Keyed hash of its secret.
    pub secret: Digest,
    /// National ids that may call for it; the first one is the default.
    pub caller_nids: Vec<String>,
    /// Scheme and host that consent may redirect to.
    pub redirect_origin: String,
    /// Scopes that its tokens may have.
    pub scopes: Vec<String>,
    /// Most of one transaction of its grants; zero: no limit.
    pub max_amount: Rial,
    /// Most orders a month of its grants; zero: no limit.
    pub max_count: i64,
    /// Its float card's account; set when that card is registered.
    pub float: Option<AccountId>,
    /// Its limits of charges.
    pub charge_limits: ChargeLimits,
    /// Disabled clients get and use no tokens.
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
