//! The payer who takes a step, the session, and what a link opens.

use ledger::Rial;

use crate::{Digest, GatewaySession, Invoice, InvoiceId, InvoiceRefusal, Now, Party, PartyId, Payer, Text, VoucherKey};

/// Least amount of a card payment, in rials.
pub(super) const CARD_MINIMUM: Rial = Rial::new(10_000);

/// Which page a link opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GatewayEntry {
    /// The page where the payer chooses.
    Choice,
    /// The page of the card: its first form opens the card step.
    CardStep,
}

impl GatewayEntry {
    /// Whether a payer may come in, as far as is known before the first form, which decides it again.
    ///
    /// # Errors
    /// The invoice cannot be paid so.
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

/// A payer who has come in by a link, and of whom nothing is written yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entered {
    /// The session that the first form writes.
    pub session: GatewaySession,
    /// What the link has opened.
    pub opening: GatewayEntry,
}

/// Who takes a step, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayerVisit {
    /// Keyed hash of the session's number.
    pub session: Digest,
    /// Its invoice, and who issued that.
    pub invoice: (InvoiceId, PartyId),
    /// Who has logged in.
    pub caller: Option<PartyId>,
    /// What the session begins as, should this be its first form.
    pub entered: Option<Box<Entered>>,
}

impl PayerVisit {
    pub(super) fn voucher(&self, code: &Text) -> VoucherKey {
        VoucherKey { issuer: self.invoice.1, code: Text::clone(code) }
    }
}
