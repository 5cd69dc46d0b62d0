//! Making a bank user, or replacing its record.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, BankUser, Command, OperatorCommand, Versioned};

/// Why a bank user's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserRefusal {
    /// A bank user with that national id exists.
    UserExists,
    /// There is no bank user with that national id.
    UserUnknown,
}

/// Makes a bank user, or replaces its record. A record without a mobile number keeps the one that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterUser {
    /// The new record.
    pub user: BankUser,
    /// Whether a user with that national id must exist (`true`) or must not (`false`).
    pub replace: bool,
}

impl Command for RegisterUser {
    type Done = ();
    type Refusal = UserRefusal;
    const NAME: &'static str = "RegisterUser";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.bank_users.push(self.user.nid.clone());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<UserRefusal>> {
        let mobile = match (view.bank_users.get(&self.user.nid), self.replace) {
            (Some(_), false) => return Err(UserRefusal::UserExists.into()),
            (None, true) => return Err(UserRefusal::UserUnknown.into()),
            (known, _) => self.user.mobile.or(known.and_then(|known| known.mobile)),
        };
        view.bank_users.put(self.user.nid.clone(), BankUser { mobile, ..self.user.clone() });
        Ok(())
    }
}

impl OperatorCommand for RegisterUser {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("bank user", &masked(&self.user.nid), "")
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.bank_users.get(&self.user.nid).map(|row| Versioned::BankUser(row))
    }
}

/// A national id as the audit shows it: the last four digits.
fn masked(nid: &str) -> String {
    let last = nid.len().checked_sub(4).and_then(|at| nid.get(at..)).unwrap_or_default();
    format!("******{last}")
}
