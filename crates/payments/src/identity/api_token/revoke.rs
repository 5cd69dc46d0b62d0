//! Revoking a party's token.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Digest, OperatorCommand};

/// There is no such token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiTokenUnknown;

/// Revokes a party's token: its row is removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RevokeApiToken {
    /// Keyed hash of the token.
    pub hash: Digest,
}

impl Command for RevokeApiToken {
    type Done = ();
    type Refusal = ApiTokenUnknown;
    const NAME: &'static str = "RevokeApiToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.api_tokens.push(self.hash);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<ApiTokenUnknown>> {
        view.api_tokens.get(&self.hash).ok_or(ApiTokenUnknown)?;
        view.api_tokens.remove(self.hash);
        Ok(())
    }
}

impl OperatorCommand for RevokeApiToken {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("token", "", "revoked")
    }
}
