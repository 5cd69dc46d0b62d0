//! Naming an order that exists.

use std::fmt;

use crate::{OrderId, OrderKey};

/// An order, by one of its names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrderRef {
    /// Client and trackId.
    Key(OrderKey),
    /// Its number.
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
