//! Clients of the Finnotech dialect.

use std::fmt;
use std::sync::Arc;

use ledger::{AccountId, Rial};

use crate::audit::{AuditEntry, OperatorCommand};
use crate::view::{Denial, Keys, View};
use crate::{At, ChargeLimits, Command, Digest, Versioned};
use schema::{Bind, Cell, Corrupt, Fetch, Listed, table};

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

/// Why a client's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientRefusal {
    /// A client of that name exists.
    ClientExists,
    /// There is none.
    ClientUnknown,
}

/// Makes a client, or replaces its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterClient {
    /// The record.
    pub client: Client,
    /// Whether a record of that name must, or must not, exist.
    pub replace: bool,
}

impl Command for RegisterClient {
    type Done = ();
    type Refusal = ClientRefusal;
    const NAME: &'static str = "RegisterClient";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.client.id.clone());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<ClientRefusal>> {
        let float = match (view.clients.get(&self.client.id), self.replace) {
            (Some(_), false) => return Err(ClientRefusal::ClientExists.into()),
            (None, true) => return Err(ClientRefusal::ClientUnknown.into()),
            (Some(known), true) => known.float,
            (None, false) => None,
        };
        view.clients.put(self.client.id.clone(), Client { float, ..self.client.clone() });
        Ok(())
    }
}

impl OperatorCommand for RegisterClient {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("client", &self.client.id.0, if self.client.disabled { "disabled" } else { "" })
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.clients.get(&self.client.id).map(|row| Versioned::Client(row))
    }
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
