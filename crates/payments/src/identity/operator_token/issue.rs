//! Issuing a token of the operators' API.

use crate::view::{Keys, View};
use crate::{AuditEntry, IssueOperatorToken, Now, OperatorToken, Text};

/// Why a token of the operators' API is not issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperatorTokenRefusal {
    /// A token with that name exists, or existed.
    OperatorTokenExists,
    /// The operator that it belongs to does not exist, or is disabled.
    OperatorUnknown,
}

impl IssueOperatorToken {
    /// Names the rows of the token and of the operator that it belongs to.
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.operator_tokens.push(Text::clone(&self.name));
        keys.operators.extend(self.operator.clone());
    }

    /// Whether the token could be issued now.
    pub(crate) fn check(&self, view: &View) -> Result<(), OperatorTokenRefusal> {
        if view.operator_tokens.get(&self.name).is_some() {
            return Err(OperatorTokenRefusal::OperatorTokenExists);
        }
        let belongs = self.operator.as_ref().map(|name| view.operators.get(name));
        if belongs.is_some_and(|known| known.is_none_or(|known| known.disabled)) {
            return Err(OperatorTokenRefusal::OperatorUnknown);
        }
        Ok(())
    }

    /// Issues the token for `author`, who learns it.
    pub(crate) fn issue(&self, author: &Text, view: &mut View, now: &Now) -> Result<(), OperatorTokenRefusal> {
        self.check(view)?;
        let by_token = OperatorToken::of_author(author).and_then(|name| view.operator_tokens.get(&name));
        let others = by_token.map_or_else(Vec::new, |token| token.holders().cloned().collect());
        let Self { name, hash, role, operator, life_ms } = self.clone();
        let made_by = std::iter::once(Text::clone(author)).chain(others).collect();
        let ends_at_ms = now.at_ms.saturating_add(life_ms);
        let token =
            OperatorToken { name, hash, role, operator, made_by, at_ms: now.at_ms, ends_at_ms, revoked_at_ms: None };
        view.operator_tokens.put(Text::clone(&self.name), token);
        Ok(())
    }

    /// The audit entry of the issue.
    pub(crate) fn entry(&self) -> AuditEntry {
        let of = self.operator.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        let detail = format!("{}{of}, {} days", self.role.name(), self.life_ms / 86_400_000);
        AuditEntry::new("api token", &self.name, &detail)
    }
}
