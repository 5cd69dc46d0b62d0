//! Revoking a token of the operators' API.

use crate::identity::operator::is_admin;
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, OperatorCommand, OperatorToken, Text};

/// Why a token is not revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RevokeRefusal {
    /// The author is not an admin.
    AdminNeeded,
    /// There is no such token, or it has ended.
    OperatorTokenUnknown,
}

/// Revokes a token at once. One admin is enough, because this only takes rights away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokeOperatorToken {
    /// The token's name.
    pub name: Text,
    /// The author.
    pub by: Text,
}

impl Command for RevokeOperatorToken {
    type Done = ();
    type Refusal = RevokeRefusal;
    const NAME: &'static str = "RevokeOperatorToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.operator_tokens.push(Text::clone(&self.name));
        keys.author(&self.by);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.behind_author(&self.by, view);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<RevokeRefusal>> {
        if !is_admin(view, &self.by, now) {
            return Err(RevokeRefusal::AdminNeeded.into());
        }
        let known = view.operator_tokens.get(&self.name).map(|known| OperatorToken::clone(known));
        let known = known.filter(|known| known.is_alive(now.at_ms)).ok_or(RevokeRefusal::OperatorTokenUnknown)?;
        let token = OperatorToken { revoked_at_ms: Some(now.at_ms), ..known };
        view.operator_tokens.put(Text::clone(&self.name), token);
        Ok(())
    }
}

impl OperatorCommand for RevokeOperatorToken {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("revoke api token", &self.name, "")
    }
}
