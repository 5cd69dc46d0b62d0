//! Making an operator, or changing its record, without a second admin.

use super::alone::acts_alone;
use super::register::versioned;
use crate::view::{Denial, Keys, View};
use crate::{
    AdminRefusal, At, AuditEntry, Command, OperatorCommand, RecordRefusal, RegisterOperator, SecondAdmin, Text,
    Versioned,
};

/// Makes an operator, or changes its record, without a second admin. Allowed for one's own password, for the settings' token of a sandbox, and while
/// there are fewer than two enabled admins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeOperator {
    /// The record to write.
    pub record: RegisterOperator,
    /// The author.
    pub by: Text,
    /// The names of all operators as read before; the decision counts the admins among them.
    pub known: Vec<Text>,
    /// Whether a second admin is needed if there is one.
    pub second: SecondAdmin,
}

impl Command for ChangeOperator {
    type Done = ();
    type Refusal = AdminRefusal<RecordRefusal>;
    const NAME: &'static str = "ChangeOperator";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        self.record.keys(keys);
        keys.operators.push(Text::clone(&self.by));
        keys.operators.extend(self.known.iter().cloned());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<AdminRefusal<RecordRefusal>>> {
        let own_password = self.record.operator.name == self.by && self.record.is_password_only(view);
        if !own_password {
            acts_alone(view, &self.by, &self.known, self.second, now)?;
        }
        Ok(self.record.register(&self.by, view, now).map_err(AdminRefusal::Refused)?)
    }
}

impl OperatorCommand for ChangeOperator {
    fn entry(&self) -> AuditEntry {
        self.record.entry()
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        versioned(&self.record.operator.name, view)
    }

    fn entry_names_changes(&self) -> bool {
        true
    }
}
