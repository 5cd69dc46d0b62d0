//! Dropping a saved filter.

use std::convert::Infallible;

use crate::view::{Denial, Keys, View};
use crate::{At, Command, SavedFilterKey};

/// Drops a saved filter, if it exists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DropFilter {
    /// Operator, list and name.
    pub key: SavedFilterKey,
}

impl Command for DropFilter {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "DropFilter";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.saved_filters.push(self.key.clone());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<Infallible>> {
        if view.saved_filters.get(&self.key).is_some() {
            view.saved_filters.remove(self.key.clone());
        }
        Ok(())
    }
}
