//! Whether one admin acts on operators without a second one.

use std::fmt;

use super::author::is_admin;
use crate::view::View;
use crate::{Now, OperatorToken, Text};

/// Why an admin does not do alone what may take two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AdminRefusal<R> {
    /// Only an admin may do it.
    AdminNeeded,
    /// A second admin has to approve it.
    SecondAdminNeeded,
    /// It cannot be done.
    Refused(R),
}

/// The reason alone: an audit line shows it.
impl<R: fmt::Debug> fmt::Debug for AdminRefusal<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AdminNeeded => f.write_str("AdminNeeded"),
            Self::SecondAdminNeeded => f.write_str("SecondAdminNeeded"),
            Self::Refused(why) => why.fmt(f),
        }
    }
}

/// Whether acts on operators need a second admin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecondAdmin {
    /// Where there are two enabled admins.
    WhereThereIsOne,
    /// Never: a sandbox's token of the settings.
    Never,
}

/// Whether one admin acts on operators without a second one: an operator or the settings' token, while there are fewer than two enabled admins
/// among those that are known, or where none is needed. A named token never does.
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
