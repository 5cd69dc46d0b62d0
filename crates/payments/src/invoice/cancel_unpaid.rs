//! Canceling an invoice that was not paid, for an operator. One that was paid is refunded instead (`refund_invoice.rs`).
//!
//! Shape: `CancelUnpaidInvoice` + the invoice → canceled; money that is blocked for a future day or a set-off goes back to its owner.

use std::sync::Arc;

use super::cancel::cancel;
use super::effects::keys_of;
use super::state::LiveState;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, CardAttemptId, Command, Invoice, InvoiceId, InvoiceRefusal, NotPayable, OperatorCommand, Versioned,
};

/// Why an invoice is not canceled by an operator, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelUnpaidRefusal {
    /// There is no such invoice.
    InvoiceUnknown,
    /// The invoice is final: canceled or closed already.
    InvoiceFinal(NotPayable),
    /// The invoice is paid.
    InvoicePaid,
    /// A payer is in the card step of the gateway, until this instant in milliseconds of Unix time.
    PayerInGateway(i64),
    /// Its card payment is at the network, which has not said what became of it.
    InvoiceAtNetwork(CardAttemptId),
    /// The ledger refuses to give blocked money back, or the rows contradict each other.
    NotBooked(InvoiceRefusal),
}

/// Cancels an invoice that was not paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CancelUnpaidInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
}

impl Command for CancelUnpaidInvoice {
    type Done = Arc<Invoice>;
    type Refusal = CancelUnpaidRefusal;
    const NAME: &'static str = "CancelUnpaidInvoice";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.invoices.push(self.invoice);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&self.invoice) {
            keys_of(invoice, now, keys);
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Arc<Invoice>, Denial<CancelUnpaidRefusal>> {
        let invoice = view.invoices.get(&self.invoice).map(Arc::clone);
        let invoice = invoice.ok_or(CancelUnpaidRefusal::InvoiceUnknown)?;
        match invoice.state.live().map_err(CancelUnpaidRefusal::InvoiceFinal)? {
            LiveState::Waiting(_) | LiveState::Paid(_) => return Err(CancelUnpaidRefusal::InvoicePaid.into()),
            LiveState::InGateway(ends_at_ms) if now.at_ms < ends_at_ms => {
                return Err(CancelUnpaidRefusal::PayerInGateway(ends_at_ms).into());
            }
            LiveState::AtNetwork(attempt) => return Err(CancelUnpaidRefusal::InvoiceAtNetwork(attempt).into()),
            LiveState::Issued | LiveState::InGateway(_) | LiveState::Future(_) | LiveState::SetOff(_) => {}
        }
        Ok(cancel(&invoice, view, now).map_err(CancelUnpaidRefusal::NotBooked)?)
    }
}

impl OperatorCommand for CancelUnpaidInvoice {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("cancel invoice", &self.invoice.0.to_string(), "")
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.invoices.get(&self.invoice).map(|row| Versioned::Invoice(row))
    }

    fn entry_names_changes(&self) -> bool {
        true
    }
}
