//! What the steps with a card share (pod.md 5.3): first number, security code and expiry, then a one-time password.

use std::sync::Arc;

use super::shares::{Shares, shares};
use super::step::Step;
use super::visit::CARD_MINIMUM;
use crate::invoice::effects::keep;
use crate::view::{Denial, View};
use crate::{CardDecline, Declined, GatewayRefusal, Invoice, InvoiceId, InvoiceRefusal, Now, VoucherGone};

/// What each part pays, if the invoice is in this session's card step and enough is left for a card.
pub(super) fn opened(step: &Step<'_>, view: &View, now: &Now) -> Result<Shares, GatewayRefusal<CardStepRefusal>> {
    step.in_card_step(view, now)?;
    let shares = shares(step, view)?;
    if shares.rest < CARD_MINIMUM { Err(InvoiceRefusal::BelowCardMinimum.into()) } else { Ok(shares) }
}

/// Keeps beside the tries that were counted why the card was declined: operators are asked about it.
pub(super) fn noting<T>(
    result: Result<T, Denial<GatewayRefusal<CardStepRefusal>>>,
    invoice: InvoiceId,
    view: &mut View,
    now: &Now,
) -> Result<T, Denial<GatewayRefusal<CardStepRefusal>>> {
    if let Err(Denial::Declined(GatewayRefusal::Step(why))) = &result
        && let Some(why) = why.of_card()
        && let Some(invoice) = view.invoices.get(&invoice).map(Arc::clone)
    {
        let count = invoice.declined.map_or(0, |last| last.count).saturating_add(1);
        let declined = Some(CardDecline { why, at_ms: now.at_ms, count });
        keep(view, Invoice { declined, ..Invoice::clone(&invoice) });
    }
    result
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
    /// What was typed is not the card's. The try is counted.
    Mistyped {
        /// What is wrong.
        what: CardSecret,
        /// Wrong tries that are left before the card is locked; 0: this try has locked it.
        left: i64,
    },
}

impl CardStepRefusal {
    /// Why the card was declined; `None`: it is not the card that was.
    fn of_card(self) -> Option<Declined> {
        match self {
            Self::Voucher | Self::Insufficient => None,
            Self::Declined(why) => Some(why),
            Self::Mistyped { what: CardSecret::Password, .. } => Some(Declined::OtpWrong),
            Self::Mistyped { what: CardSecret::Expiry | CardSecret::SecurityCode, .. } => Some(Declined::CardUnknown),
        }
    }
}

/// What only the holder of a card knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardSecret {
    /// The month of its expiry.
    Expiry,
    /// Its security code.
    SecurityCode,
    /// The one-time password that was sent to its holder.
    Password,
}

/// The refusal for a failed check of a password; `left`: wrong tries that are left now.
pub(super) fn password_refused(why: Declined, left: i64) -> CardStepRefusal {
    if why == Declined::OtpWrong {
        CardStepRefusal::Mistyped { what: CardSecret::Password, left }
    } else {
        CardStepRefusal::Declined(why)
    }
}

impl From<VoucherGone> for CardStepRefusal {
    fn from(_: VoucherGone) -> Self {
        Self::Voucher
    }
}

impl From<Declined> for CardStepRefusal {
    fn from(why: Declined) -> Self {
        Self::Declined(why)
    }
}

impl From<CardStepRefusal> for Denial<GatewayRefusal<CardStepRefusal>> {
    fn from(why: CardStepRefusal) -> Self {
        // A declined card keeps what was written: its tries are counted.
        Self::Declined(GatewayRefusal::Step(why))
    }
}

impl From<Declined> for Denial<GatewayRefusal<CardStepRefusal>> {
    fn from(why: Declined) -> Self {
        CardStepRefusal::from(why).into()
    }
}
