//! Inquiring an order. The inquiry goes through the writer, so that its answer includes every payment that came before it (paystar.md 3).

use std::sync::Arc;

use super::shared;
use crate::payer_card::Checks;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Declined, PhoneOrder, PhoneOrderKey, Text};

/// Inquires an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InquirePhoneOrder {
    /// The order.
    pub order: PhoneOrderKey,
}

impl Command for InquirePhoneOrder {
    /// The order; `None`: there is none, or it has expired.
    type Done = Option<Arc<PhoneOrder>>;
    type Refusal = Declined;
    const NAME: &'static str = "InquirePhoneOrder";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.terminals.push(Text::clone(&self.order.terminal));
        keys.phone_orders.push(self.order.clone());
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Self::Done, Denial<Declined>> {
        shared::terminal(view, &self.order.terminal, Checks::NATURAL)?;
        Ok(shared::order(view, &self.order, at.now))
    }
}
