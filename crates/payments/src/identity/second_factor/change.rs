//! Removing an operator's second factor without a second admin.

use crate::identity::operator::acts_alone;
use crate::view::{Denial, Keys, View};
use crate::{AdminRefusal, At, AuditEntry, Command, FactorUnknown, OperatorCommand, ResetFactor, SecondAdmin, Text};

/// Removes the second factor of another operator without a second admin, under the conditions of [`crate::ChangeOperator`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeFactor {
    /// The factor to remove.
    pub reset: ResetFactor,
    /// The author.
    pub by: Text,
    /// The names of all operators as read before; the decision counts the admins among them.
    pub known: Vec<Text>,
    /// Whether a second admin is needed if there is one.
    pub second: SecondAdmin,
}

impl Command for ChangeFactor {
    type Done = ();
    type Refusal = AdminRefusal<FactorUnknown>;
    const NAME: &'static str = "ChangeFactor";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        self.reset.keys(keys);
        keys.operators.push(Text::clone(&self.by));
        keys.operators.extend(self.known.iter().cloned());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<AdminRefusal<FactorUnknown>>> {
        acts_alone(view, &self.by, &self.known, self.second, now)?;
        // An operator may not remove its own factor: a stolen session must not be enough for that.
        if self.by == self.reset.operator {
            return Err(AdminRefusal::SecondAdminNeeded.into());
        }
        Ok(self.reset.reset(view).map_err(AdminRefusal::Refused)?)
    }
}

impl OperatorCommand for ChangeFactor {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("reset second factor", &self.reset.operator, "")
    }
}
