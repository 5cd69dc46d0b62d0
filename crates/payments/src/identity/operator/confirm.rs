//! Confirming that an operator is a person apart from another one.

use super::author::{are_independent, is_admin};
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Operator, OperatorCommand, OperatorToken, Text};

/// Why an operator is not confirmed, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfirmRefusal {
    /// There is no such operator.
    OperatorUnknown,
    /// An operator of the console has to do it: a token does not.
    ConsoleNeeded,
    /// Only an admin may do it.
    AdminNeeded,
    /// One person may be behind both names.
    NotIndependent,
    /// The record does not depend on that operator.
    NotDependent,
}

/// An admin confirms that an operator is a person apart from one on whom its record depends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfirmOperator {
    /// Whose record.
    pub name: Text,
    /// On whom it depends no longer.
    pub on: Text,
    /// Who confirms it.
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
