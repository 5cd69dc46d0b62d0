//! Clients of the Finnotech dialect.

use std::fmt;
use std::sync::Arc;

use ledger::{AccountId, Rial};

use crate::view::{Keys, View};
use crate::{ChargeLimits, Digest, Outcome, Refusal};

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

/// Makes a client, or replaces its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterClient {
    /// The record.
    pub client: Client,
    /// Whether a record of that name must, or must not, exist.
    pub replace: bool,
}

impl RegisterClient {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.clients.push(self.client.id.clone());
    }

    pub(crate) fn decide(&self, view: &mut View) -> Result<Outcome, Refusal> {
        let float = match (view.clients.get(&self.client.id), self.replace) {
            (Some(_), false) => return Err(Refusal::ClientExists),
            (None, true) => return Err(Refusal::ClientUnknown),
            (Some(known), true) => known.float,
            (None, false) => None,
        };
        view.clients.put(self.client.id.clone(), Client { float, ..self.client.clone() });
        Ok(Outcome::Done)
    }
}
