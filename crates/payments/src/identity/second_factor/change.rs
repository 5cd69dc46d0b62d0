//! Taking a second factor away without a second admin.

use crate::identity::operator::acts_alone;
use crate::view::{Denial, Keys, View};
use crate::{AdminRefusal, At, AuditEntry, Command, FactorUnknown, OperatorCommand, ResetFactor, SecondAdmin, Text};

/// Takes the second factor of another operator away without a second admin, as [`crate::ChangeOperator`] changes its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeFactor {
    /// What.
    pub reset: ResetFactor,
    /// Who.
    pub by: Text,
    /// The names of all operators, as they were read: admins among them are counted in the decision.
    pub known: Vec<Text>,
    /// Whether a second admin is needed where there is one.
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
        // A session alone does not free its operator from the factor.
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
