//! Making a grant with its first pair of tokens, without a consent.

use super::pair::put_pair;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest, Grant, GrantId};

/// Why a grant is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotIssued {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// There is no such deposit.
    DepositUnknown,
}

/// Makes a grant with its first pair of tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueGrant {
    /// The rights; the `id` is assigned when the row is written.
    pub grant: Grant,
    /// Keyed hash of the access token.
    pub access: Digest,
    /// Keyed hash of the refresh token.
    pub refresh: Digest,
}

impl Command for IssueGrant {
    type Done = ();
    type Refusal = NotIssued;
    const NAME: &'static str = "IssueGrant";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.grant.client.clone());
        keys.accounts.extend(&self.grant.deposits);
        keys.access_tokens.push(self.access);
        keys.refresh_tokens.push(self.refresh);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotIssued>> {
        if view.clients.get(&self.grant.client).is_none_or(|client| client.disabled) {
            return Err(NotIssued::ClientUnknown.into());
        }
        // The deposits were looked up before the decision; a sandbox may have been reset since then.
        if self.grant.deposits.iter().any(|id| view.books.account(*id).is_none()) {
            return Err(NotIssued::DepositUnknown.into());
        }
        let id = GrantId(view.ids.take());
        view.grants.put(id, Grant { id, ..self.grant.clone() });
        put_pair(view, id, self.access, self.refresh, now);
        Ok(())
    }
}
