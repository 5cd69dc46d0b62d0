//! What the steps with a card share (pod.md 5.3): number, security code and expiry, then a one-time password.

use super::shares::{Shares, shares};
use super::step::Step;
use super::visit::CARD_MINIMUM;
use crate::view::{Denial, View};
use crate::{Declined, GatewayRefusal, InvoiceRefusal, Now, VoucherGone};

/// What the card step is about: the invoice is in the gateway by this session, and enough is left for a card.
pub(super) fn opened(step: &Step<'_>, view: &View, now: &Now) -> Result<Shares, GatewayRefusal<CardStepRefusal>> {
    step.in_card_step(view, now)?;
    let shares = shares(step, view)?;
    if shares.rest < CARD_MINIMUM { Err(InvoiceRefusal::BelowCardMinimum.into()) } else { Ok(shares) }
}

/// Why a step with a card is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardStepRefusal {
    /// The voucher does not pay any more.
    Voucher,
    /// Credit does not have the money.
    Insufficient,
    /// The card is declined. What that changes is written.
    Declined(Declined),
}

impl From<VoucherGone> for CardStepRefusal {
    fn from(_: VoucherGone) -> Self {
        Self::Voucher
    }
}

impl From<Declined> for Denial<GatewayRefusal<CardStepRefusal>> {
    fn from(why: Declined) -> Self {
        // Its tries are counted.
        Self::Declined(GatewayRefusal::Step(CardStepRefusal::Declined(why)))
    }
}
