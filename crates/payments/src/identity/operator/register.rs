//! Writing an operator's record.

use super::author::circle;
use crate::view::{Keys, View};
use crate::{AuditEntry, Dependency, Now, Operator, RegisterOperator, TOKEN_HOLDER, Text, Versioned};

/// Why an operator's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordRefusal {
    /// An operator with that name exists.
    OperatorExists,
    /// There is no operator with that name.
    OperatorUnknown,
}

impl RegisterOperator {
    /// Names the row of the operator.
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.operators.push(Text::clone(&self.operator.name));
    }

    /// Whether the change could be made now.
    pub(crate) fn check(&self, view: &View) -> Result<(), RecordRefusal> {
        match (view.operators.get(&self.operator.name), self.replace) {
            (Some(_), false) => Err(RecordRefusal::OperatorExists),
            (None, true) => Err(RecordRefusal::OperatorUnknown),
            _ => Ok(()),
        }
    }

    /// Whether the change keeps role and state of a known operator: at most the password changes.
    pub(super) fn is_password_only(&self, view: &View) -> bool {
        let known = view.operators.get(&self.operator.name);
        let same = |known: &Operator| (known.role, known.disabled) == (self.operator.role, self.operator.disabled);
        self.replace && known.is_some_and(|known| same(known))
    }

    /// Makes the change for `author`, who knows the password that is set.
    pub(crate) fn register(&self, author: &Text, view: &mut View, now: &Now) -> Result<(), RecordRefusal> {
        self.check(view)?;
        let mut operator = self.operator.clone();
        let sets_password = !operator.password.is_empty();
        let known = view.operators.get(&operator.name).map(|known| Operator::clone(known));
        operator.depends_on = known.iter().flat_map(|known| known.depends_on(now.at_ms).cloned()).collect();
        match known {
            None => operator.since_ms = now.at_ms,
            Some(known) => {
                let again = known.disabled && !operator.disabled;
                // Never the same instant as before, even if the clock stands still: sessions of the earlier time stay ended.
                operator.since_ms = if again { now.at_ms.max(known.since_ms + 1) } else { known.since_ms };
                if operator.password.is_empty() {
                    operator.password = known.password;
                }
            }
        }
        if sets_password && **author != *TOKEN_HOLDER {
            for on in circle(view, author, now).into_iter().filter(|on| *on != operator.name) {
                operator.depends_on.retain(|known| known.on != on);
                operator.depends_on.push(Dependency { on, at_ms: now.at_ms });
            }
        }
        view.operators.put(Text::clone(&operator.name), operator);
        Ok(())
    }

    /// The audit entry of the change.
    pub(crate) fn entry(&self) -> AuditEntry {
        let Operator { name, password, role, disabled, .. } = &self.operator;
        let state = if *disabled { " disabled" } else { "" };
        let password = if password.is_empty() { "" } else { ", password set" };
        AuditEntry::new("operator", name, &format!("{}{state}{password}", role.name()))
    }
}

/// The row of an operator, as it is compared and audited.
pub(crate) fn versioned<'a>(name: &Text, view: &'a View) -> Option<Versioned<'a>> {
    view.operators.get(name).map(|row| Versioned::Operator(row))
}
