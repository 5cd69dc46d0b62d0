//! An order with a field that does not have its documented shape (finnotech.md 1.4, step 11).
//!
//! Shape: the checks that precede the shape of fields are the same as for a well-shaped order: Keshavarzi's exception and a used trackId. After
//! them the fault is the refusal. No order is written, and the trackId stays free.

use std::sync::Arc;

use crate::view::{Denial, Keys, View};
use crate::{AccountNumber, At, Command, DepositKey, Grant, NotAccepted, Order, OrderKey};

use super::source_and_destination::SourceKeys;

/// An order that is refused for a malformed field, unless a check that comes before refuses or answers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MalformedOrder {
    key: OrderKey,
    sources: SourceKeys,
    fault: NotAccepted,
}

impl MalformedOrder {
    /// A transfer with this fault. `source`: the source account, if the request names one that can be read.
    pub fn transfer(key: OrderKey, grant: &Grant, source: Option<&AccountNumber>, fault: NotAccepted) -> Self {
        Self { key, sources: SourceKeys::of(grant, source), fault }
    }

    /// A charge of a card with this fault.
    pub fn charge(key: OrderKey, fault: NotAccepted) -> Self {
        Self { key, sources: SourceKeys::default(), fault }
    }
}

impl Command for MalformedOrder {
    /// The existing order that has the trackId.
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

/// The checks that come before all field checks: returns their refusal, or the existing order that has the trackId.
pub(super) fn precedes_fields(
    key: &OrderKey,
    sources: &SourceKeys,
    view: &View,
) -> Result<Option<Arc<Order>>, NotAccepted> {
    let is_approved =
        |source: &DepositKey| view.deposits.get(source).is_some_and(|deposit| deposit.is_approved_for(&key.client));
    // Keshavarzi's exception (1.4): a client credential serves only deposits of that bank; an approved deposit of another bank needs a CODE token.
    let is_known = sources.own.as_ref().is_some_and(|own| view.deposits.get(own).is_some());
    if !is_known && sources.elsewhere.iter().any(is_approved) {
        return Err(NotAccepted::CodeGrantRequired);
    }
    Ok(view.orders.get(key).map(Arc::clone))
}
