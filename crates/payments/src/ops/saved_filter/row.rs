//! The row of a saved filter.

use schema::table;

use crate::Text;

/// The key of a saved filter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SavedFilterKey {
    /// The operator.
    pub operator: Text,
    /// The list, by its name in addresses.
    pub list: Text,
    /// The name that the operator has chosen.
    pub name: Text,
}

/// A saved filter. See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SavedFilter {
    /// Operator, list and name.
    pub key: SavedFilterKey,
    /// The query string of the list's address.
    pub query: Text,
    /// When it was saved, in milliseconds of Unix time.
    pub at_ms: i64,
}

table! {
    SavedFilter = "saved_filter",
    key |k: SavedFilterKey| { operator: k.operator, list: k.list, name: k.name },
    of |r| r.key.clone(),
    row |r| { operator: r.key.operator, list: r.key.list, name: r.key.name, query: r.query, at_ms: r.at_ms },
    make SavedFilter { key: SavedFilterKey { operator, list, name }, query, at_ms }
}
