//! Confirming that an operator is a different person from another one.

use super::author::{are_independent, is_admin};
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Operator, OperatorCommand, OperatorToken, Text};

/// Why an operator is not confirmed, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfirmRefusal {
    /// There is no such operator.
    OperatorUnknown,
    /// A token may not confirm: an operator has to do it in the console.
    ConsoleNeeded,
    /// The author is not an admin.
    AdminNeeded,
    /// The author is the operator to be confirmed, or may be the same person as the operator `on`.
    NotIndependent,
    /// The record does not depend on the operator `on`.
    NotDependent,
}

/// An admin confirms that an operator is a different person from one on which its record depends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfirmOperator {
    /// The operator that is confirmed.
    pub name: Text,
    /// The operator on which its record no longer depends.
    pub on: Text,
    /// The admin who confirms.
    pub by: Text,
}

impl Command for ConfirmOperator {
    type Done = ();
    type Refusal = ConfirmRefusal;
    const NAME: &'static str = "ConfirmOperator";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.operators.extend([&self.name, &self.on, &self.by].map(Text::clone));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<ConfirmRefusal>> {
        let known = view.operators.get(&self.name).map(|known| Operator::clone(known));
        let mut operator = known.ok_or(ConfirmRefusal::OperatorUnknown)?;
        if OperatorToken::of_author(&self.by).is_some() {
            return Err(ConfirmRefusal::ConsoleNeeded.into());
        }
        if !is_admin(view, &self.by, now) {
            return Err(ConfirmRefusal::AdminNeeded.into());
        }
        if self.by == self.name || !are_independent(view, &self.by, &self.on, now) {
            return Err(ConfirmRefusal::NotIndependent.into());
        }
        if operator.depends_on(now.at_ms).all(|known| known.on != self.on) {
            return Err(ConfirmRefusal::NotDependent.into());
        }
        operator.depends_on.retain(|known| known.on != self.on);
        view.operators.put(Text::clone(&operator.name), operator);
        Ok(())
    }
}

impl OperatorCommand for ConfirmOperator {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("confirm operator", &self.name, &format!("apart from {}", self.on))
    }
}
