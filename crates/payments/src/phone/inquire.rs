//! What became of an order: asked through the writer, so that it is answered after every payment that came before (paystar.md 3).

use super::{PhoneOrderKey, checks};
use crate::view::{Keys, View};
use crate::{IssuerAnswer, Now, Outcome, Text};

/// An inquiry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InquirePhoneOrder {
    /// Which order.
    pub order: PhoneOrderKey,
}

impl InquirePhoneOrder {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.terminals.push(Text::clone(&self.order.terminal));
        keys.phone_orders.push(self.order.clone());
    }

    pub(crate) fn decide(&self, view: &View, now: &Now) -> Outcome {
        match checks::terminal(view, &self.order.terminal, IssuerAnswer::APPROVES) {
            Ok(_) => checks::order(view, &self.order, now).map_or(Outcome::NoPhoneOrder, Outcome::PhoneOrder),
            Err(why) => Outcome::Declined(why),
        }
    }
}
