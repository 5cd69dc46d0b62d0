//! References to an existing order.

use std::fmt;

use crate::{OrderId, OrderKey};

/// A reference to an order: by client and trackId, or by id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrderRef {
    /// The client and its trackId.
    Key(OrderKey),
    /// The order's id.
    Number(OrderId),
}

impl fmt::Display for OrderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "{}/{}", key.client.0, key.track_id),
            Self::Number(id) => write!(f, "{}", id.0),
        }
    }
}
