//! Making a token without a second admin.

use crate::identity::operator::acts_alone;
use crate::view::{Denial, Keys, View};
use crate::{
    AdminRefusal, At, AuditEntry, Command, IssueOperatorToken, OperatorCommand, OperatorTokenRefusal, SecondAdmin, Text,
};

/// Makes a token without a second admin, as [`crate::ChangeOperator`] changes a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MakeOperatorToken {
    /// What.
    pub issue: IssueOperatorToken,
    /// Who.
    pub by: Text,
    /// The names of all operators, as they were read: admins among them are counted in the decision.
    pub known: Vec<Text>,
    /// Whether a second one is needed where there is one.
    pub second: SecondAdmin,
}

impl Command for MakeOperatorToken {
    type Done = ();
    type Refusal = AdminRefusal<OperatorTokenRefusal>;
    const NAME: &'static str = "MakeOperatorToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        self.issue.keys(keys);
        keys.operators.push(Text::clone(&self.by));
        keys.operators.extend(self.known.iter().cloned());
    }

    fn decide(
        &self,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<(), Denial<AdminRefusal<OperatorTokenRefusal>>> {
        acts_alone(view, &self.by, &self.known, self.second, now)?;
        Ok(self.issue.issue(&self.by, view, now).map_err(AdminRefusal::Refused)?)
    }
}

impl OperatorCommand for MakeOperatorToken {
    fn entry(&self) -> AuditEntry {
        self.issue.entry()
    }
}
