//! The row of a handle.

use schema::table;

use crate::{PartyId, Text};

/// Who has a handle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handle {
    /// The handle.
    pub name: Text,
    /// Whose.
    pub party: PartyId,
}

table! {
    Handle = "handle",
    key |k: Text| { name: *k },
    of |r| Text::clone(&r.name),
    row |r| { name: r.name, party: r.party },
    make Handle { name, party }
}
