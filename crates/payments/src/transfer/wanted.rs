//! Naming an order that exists.

use std::fmt;
use std::sync::Arc;

use crate::view::{Find, Keys, View};
use crate::{Order, OrderId, OrderKey};

/// An order, by one of its names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// Client and trackId.
    Key(OrderKey),
    /// Its number.
    Number(OrderId),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "{}/{}", key.client.0, key.track_id),
            Self::Number(id) => write!(f, "{}", id.0),
        }
    }
}

impl Wanted {
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
