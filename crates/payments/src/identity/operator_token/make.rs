//! Issuing a token of the operators' API without a second admin.

use crate::identity::operator::acts_alone;
use crate::view::{Denial, Keys, View};
use crate::{
    AdminRefusal, At, AuditEntry, Command, IssueOperatorToken, OperatorCommand, OperatorTokenRefusal, SecondAdmin, Text,
};

/// Issues a token without a second admin, under the conditions of [`crate::ChangeOperator`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MakeOperatorToken {
    /// The token to issue.
    pub issue: IssueOperatorToken,
    /// The author.
    pub by: Text,
    /// The names of all operators as read before; the decision counts the admins among them.
    pub known: Vec<Text>,
    /// Whether a second admin is needed if there is one.
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
