//! The row of a business's unique id of a transfer.

use schema::table;

use crate::{InvoiceId, PartyId, Text};

/// A unique id that a business has given a transfer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UniqueIdKey {
    /// The business.
    pub business: PartyId,
    /// The unique id.
    pub unique_id: Text,
}

/// A transfer that was made under a unique id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UniqueId {
    /// The business and the id.
    pub key: UniqueIdKey,
    /// The invoice whose money was transferred.
    pub invoice: InvoiceId,
}

table! {
    UniqueId = "unique_id",
    key |k: UniqueIdKey| { business: k.business, unique_id: k.unique_id },
    of |r| r.key.clone(),
    row |r| { business: r.key.business, unique_id: r.key.unique_id, invoice: r.invoice },
    make UniqueId { key: UniqueIdKey { business, unique_id }, invoice }
}
