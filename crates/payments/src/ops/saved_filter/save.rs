//! Saving a filter.

use std::convert::Infallible;

use crate::view::{Denial, Keys, View};
use crate::{At, Command, SavedFilter, SavedFilterKey, Text};

/// Saves a filter, in place of one with the same name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SaveFilter {
    /// Operator, list and name.
    pub key: SavedFilterKey,
    /// The query string of the list's address.
    pub query: Text,
}

impl Command for SaveFilter {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "SaveFilter";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.saved_filters.push(self.key.clone());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<Infallible>> {
        let filter = SavedFilter { key: self.key.clone(), query: Text::clone(&self.query), at_ms: now.at_ms };
        view.saved_filters.put(self.key.clone(), filter);
        Ok(())
    }
}
