//! What the steps with a card share (pod.md 5.3): first number, security code and expiry, then a one-time password.

use super::shares::{Shares, shares};
use super::step::Step;
use super::visit::CARD_MINIMUM;
use crate::view::{Denial, View};
use crate::{Declined, GatewayRefusal, InvoiceRefusal, Now, VoucherGone};

/// What each part pays, if the invoice is in this session's card step and enough is left for a card.
pub(super) fn opened(step: &Step<'_>, view: &View, now: &Now) -> Result<Shares, GatewayRefusal<CardStepRefusal>> {
    step.in_card_step(view, now)?;
    let shares = shares(step, view)?;
    if shares.rest < CARD_MINIMUM { Err(InvoiceRefusal::BelowCardMinimum.into()) } else { Ok(shares) }
}

/// Why a step with a card is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardStepRefusal {
    /// The session's voucher can no longer be used.
    Voucher,
    /// The delegators of the credit do not have the money.
    Insufficient,
    /// The card is declined. Tries that were counted stay counted.
    Declined(Declined),
}

impl From<VoucherGone> for CardStepRefusal {
    fn from(_: VoucherGone) -> Self {
        Self::Voucher
    }
}

impl From<Declined> for Denial<GatewayRefusal<CardStepRefusal>> {
    fn from(why: Declined) -> Self {
        // A declined card keeps what was written: its tries are counted.
        Self::Declined(GatewayRefusal::Step(CardStepRefusal::Declined(why)))
    }
}
