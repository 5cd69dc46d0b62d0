//! The results of services, as values. They are rendered as JSON once, into the reply ([`super::reply`]); only the rows of a list are rendered
//! before, because the size of a page is limited.

use std::sync::Arc;

use edge::large::Listed;
use engine::Caller;
use payments::Invoice;
use wire::pod::balances::Balances;
use wire::pod::replies::Aggregations;

use super::invoice::Names;

/// The result of a service.
#[derive(Debug)]
pub enum Done {
    /// The service has no result.
    Nothing,
    /// The result is `true`.
    Yes,
    /// An address.
    Address(String),
    /// An invoice, with the names that its form needs.
    Invoice(Arc<Invoice>, Names),
    /// Balances.
    Balances(Balances),
    /// The profile of the caller.
    Profile(Arc<Caller>),
    /// A page of a list, the number of all rows, and sums over all rows.
    List(Listed, u64, Option<Aggregations>),
}

impl Done {
    /// A page of a list; `count`: the number of all rows.
    pub fn list(rows: Listed, count: i64, sums: Option<Aggregations>) -> Self {
        Self::List(rows, count.unsigned_abs(), sums)
    }
}
