//! Making a client, or replacing its record.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Client, Command, OperatorCommand, Versioned};

/// Why a client's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientRefusal {
    /// A client with that name exists.
    ClientExists,
    /// There is no client with that name.
    ClientUnknown,
}

/// Makes a client, or replaces its record. A replacement keeps the client's float account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterClient {
    /// The new record.
    pub client: Client,
    /// Whether a client with that name must exist (`true`) or must not (`false`).
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
