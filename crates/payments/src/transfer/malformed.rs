//! An order with a field that is not of its shape (finnotech.md 1.4, step 11).
//!
//! Shape: what precedes the fault in a well-shaped order precedes it here, too: Keshavarzi's exception and a used trackId. No order is written, and
//! the trackId stays free.

use std::sync::Arc;

use crate::view::{Denial, Keys, View};
use crate::{AccountNumber, At, Command, DepositKey, Grant, NotAccepted, Order, OrderKey};

use super::source_and_destination::SourceKeys;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MalformedOrder {
    key: OrderKey,
    sources: SourceKeys,
    fault: NotAccepted,
}

impl MalformedOrder {
    /// A transfer with this fault; `source`: the account to take from, if the caller named one that can be read.
    pub fn transfer(key: OrderKey, grant: &Grant, source: Option<&AccountNumber>, fault: NotAccepted) -> Self {
        Self { key, sources: SourceKeys::of(grant, source), fault }
    }

    /// A charge with this fault.
    pub fn charge(key: OrderKey, fault: NotAccepted) -> Self {
        Self { key, sources: SourceKeys::default(), fault }
    }
}

impl Command for MalformedOrder {
    /// The order that has the trackId.
    type Done = Arc<Order>;
    type Refusal = NotAccepted;
    const NAME: &'static str = "MalformedOrder";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.orders.push(self.key.clone());
        self.sources.keys(keys);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<Arc<Order>, Denial<NotAccepted>> {
        Ok(precedes_fields(&self.key, &self.sources, view)?.ok_or(self.fault)?)
    }
}

/// What is told before anything about the fields of an order: a refusal, or the order that has its trackId.
pub(super) fn precedes_fields(
    key: &OrderKey,
    sources: &SourceKeys,
    view: &View,
) -> Result<Option<Arc<Order>>, NotAccepted> {
    let is_approved =
        |source: &DepositKey| view.deposits.get(source).is_some_and(|deposit| deposit.is_approved_for(&key.client));
    // Keshavarzi's exception (1.4): a client credential serves that bank's deposits; an approved one of another bank takes a CODE token.
    let is_known = sources.own.as_ref().is_some_and(|own| view.deposits.get(own).is_some());
    if !is_known && sources.elsewhere.iter().any(is_approved) {
        return Err(NotAccepted::CodeGrantRequired);
    }
    Ok(view.orders.get(key).map(Arc::clone))
}
