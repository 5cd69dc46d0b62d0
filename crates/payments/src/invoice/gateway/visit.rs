//! The payer who takes a step, and the session that a link opens.

use ledger::Rial;

use crate::{Digest, GatewaySession, Invoice, InvoiceId, InvoiceRefusal, Now, Party, PartyId, Payer, Text, VoucherKey};

/// Least amount of a card payment, in rials.
pub(super) const CARD_MINIMUM: Rial = Rial::new(10_000);

/// The page that a link opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GatewayEntry {
    /// The page where the payer chooses how to pay.
    Choice,
    /// The page of the card; its first form opens the card step.
    CardStep,
}

impl GatewayEntry {
    /// Checks whether a payer may enter. The first form decides it again.
    ///
    /// # Errors
    /// The invoice cannot be paid, or not by card.
    pub fn admits(self, invoice: &Invoice, issuer: Option<&Party>, now: &Now) -> Result<(), InvoiceRefusal> {
        invoice.state.payable_by(Payer::Gateway, now.at_ms)?;
        if issuer.is_some_and(|issuer| issuer.disabled) {
            return Err(InvoiceRefusal::Disabled);
        }
        match self {
            Self::CardStep if invoice.amounts.payable < CARD_MINIMUM => Err(InvoiceRefusal::BelowCardMinimum),
            Self::Choice | Self::CardStep => Ok(()),
        }
    }
}

/// A payer who has opened a link and has no row yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entered {
    /// The session that the first form writes.
    pub session: GatewaySession,
    /// The page that the link has opened.
    pub entry_page: GatewayEntry,
}

/// The payer who takes a step, the session and its invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayerVisit {
    /// Keyed hash of the session's number.
    pub session: Digest,
    /// The invoice and its issuer.
    pub invoice: (InvoiceId, PartyId),
    /// The party that has logged in; `None`: no party has.
    pub caller: Option<PartyId>,
    /// The session as it begins, for its first form.
    pub entered: Option<Box<Entered>>,
}

impl PayerVisit {
    /// The key of one of the issuer's vouchers.
    pub(super) fn voucher(&self, code: &Text) -> VoucherKey {
        VoucherKey { issuer: self.invoice.1, code: Text::clone(code) }
    }
}
