//! Issuing a token that authenticates a party.

use crate::view::{Denial, Keys, View};
use crate::{ApiToken, At, AuditEntry, Command, Digest, OperatorCommand, PartyId};

/// Why a token is not issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApiTokenRefusal {
    /// There is no such party.
    PartyUnknown,
    /// A living token has this hash.
    TokenExists,
}

/// Issues a token that authenticates a party.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IssueApiToken {
    /// Keyed hash of the token.
    pub hash: Digest,
    /// The party that the token authenticates.
    pub party: PartyId,
    /// Lifetime in milliseconds; `None`: until the token is revoked.
    pub life_ms: Option<i64>,
}

impl Command for IssueApiToken {
    type Done = ();
    type Refusal = ApiTokenRefusal;
    const NAME: &'static str = "IssueApiToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.push(self.party);
        keys.api_tokens.push(self.hash);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<ApiTokenRefusal>> {
        view.parties.get(&self.party).ok_or(ApiTokenRefusal::PartyUnknown)?;
        if view.api_tokens.get(&self.hash).is_some_and(|known| known.is_alive(now.at_ms)) {
            return Err(ApiTokenRefusal::TokenExists.into());
        }
        let (created_at_ms, ends_at_ms) = (now.at_ms, self.life_ms.map(|life_ms| now.at_ms.saturating_add(life_ms)));
        let token = ApiToken {
            hash: self.hash,
            party: self.party,
            created_at_ms,
            ends_at_ms,
            client: None,
            family: None,
            scopes: None,
        };
        view.api_tokens.put(self.hash, token);
        Ok(())
    }
}

impl OperatorCommand for IssueApiToken {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("token", &self.party.0.to_string(), "given")
    }
}
