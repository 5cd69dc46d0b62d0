//! Whether an admin may change operators without a second admin.

use std::fmt;

use super::author::is_admin;
use crate::view::View;
use crate::{Now, OperatorToken, Text};

/// Why an admin may not make a change alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AdminRefusal<R> {
    /// The author is not an admin.
    AdminNeeded,
    /// A second admin has to approve the change.
    SecondAdminNeeded,
    /// The change itself is refused.
    Refused(R),
}

/// Prints the inner reason only.
impl<R: fmt::Debug> fmt::Debug for AdminRefusal<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AdminNeeded => f.write_str("AdminNeeded"),
            Self::SecondAdminNeeded => f.write_str("SecondAdminNeeded"),
            Self::Refused(why) => why.fmt(f),
        }
    }
}

/// Whether changes of operators need a second admin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecondAdmin {
    /// They do if there are two enabled admins.
    WhereThereIsOne,
    /// They do not: the settings' token of a sandbox.
    Never,
}

/// Checks that an author may change operators without a second admin: it is an admin or the settings' token, and there are fewer than two enabled
/// admins among `known`, or none is needed. A named token always needs a second admin.
///
/// # Errors The author is no admin, or a second admin has to approve.
pub(crate) fn acts_alone<R>(
    view: &View,
    by: &Text,
    known: &[Text],
    second: SecondAdmin,
    now: &Now,
) -> Result<(), AdminRefusal<R>> {
    let admins = known.iter().filter(|name| view.operators.get(name).is_some_and(|known| known.is_admin()));
    let is_token = OperatorToken::of_author(by).is_some();
    if !is_token && !is_admin(view, by, now) {
        return Err(AdminRefusal::AdminNeeded);
    }
    if is_token || (second == SecondAdmin::WhereThereIsOne && admins.count() >= 2) {
        return Err(AdminRefusal::SecondAdminNeeded);
    }
    Ok(())
}
