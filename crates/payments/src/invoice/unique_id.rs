//! The row of a business's own name of a transfer.

use schema::table;

use crate::{InvoiceId, PartyId, Text};

/// What a business has called one of its transfers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UniqueIdKey {
    /// Whose.
    pub business: PartyId,
    /// Its own name of the transfer.
    pub unique_id: Text,
}

/// A transfer that was made under a name of its business.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UniqueId {
    /// The name.
    pub key: UniqueIdKey,
    /// Out of which invoice.
    pub invoice: InvoiceId,
}

table! {
    UniqueId = "unique_id",
    key |k: UniqueIdKey| { business: k.business, unique_id: k.unique_id },
    of |r| r.key.clone(),
    row |r| { business: r.key.business, unique_id: r.key.unique_id, invoice: r.invoice },
    make UniqueId { key: UniqueIdKey { business, unique_id }, invoice }
}
