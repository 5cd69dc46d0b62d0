//! What services answer, as values: they are written as JSON once, into the reply ([`super::reply`]). The rows of a list are written before, because a page
//! has a size.

use std::sync::Arc;

use edge::large::Listed;
use engine::Caller;
use payments::Invoice;
use wire::pod::balances::Balances;
use wire::pod::replies::Aggregations;

use super::invoice::Names;

/// See the module.
#[derive(Debug)]
pub enum Done {
    /// The service has no result.
    Nothing,
    /// What was asked for is done.
    Yes,
    /// An address.
    Address(String),
    /// An invoice as it stands, with the names in it.
    Invoice(Arc<Invoice>, Names),
    /// Balances.
    Balances(Balances),
    /// Who calls.
    Profile(Arc<Caller>),
    /// A page of a list, how many rows there are in all, and sums over them.
    List(Listed, u64, Option<Aggregations>),
}

impl Done {
    /// A page of a list.
    pub fn list(rows: Listed, count: i64, sums: Option<Aggregations>) -> Self {
        Self::List(rows, count.unsigned_abs(), sums)
    }
}
