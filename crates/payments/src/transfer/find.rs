//! Looking up an order by its client and trackId, or by its number.

use std::sync::Arc;

use crate::view::{Find, Keys, View};
use crate::{Order, OrderRef};

impl OrderRef {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        match self {
            Self::Key(key) => keys.orders.push(key.clone()),
            Self::Number(id) => keys.finds.push(Find::Numbered(*id)),
        }
    }

    pub(crate) fn order<'a>(&self, view: &'a View) -> Option<&'a Arc<Order>> {
        match self {
            Self::Key(key) => view.orders.get(key),
            Self::Number(id) => view.orders.get(view.found.get(&Find::Numbered(*id))?.first()?),
        }
    }
}
