//! The row of a handle, which makes handles unique.

use schema::table;

use crate::{PartyId, Text};

/// A handle and its party.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handle {
    /// The handle.
    pub name: Text,
    /// The party that has the handle.
    pub party: PartyId,
}

table! {
    Handle = "handle",
    key |k: Text| { name: *k },
    of |r| Text::clone(&r.name),
    row |r| { name: r.name, party: r.party },
    make Handle { name, party }
}
