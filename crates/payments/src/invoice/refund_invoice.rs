//! Refunding an invoice for an operator: all of its payment, or a part of it.
//!
//! Shape: `RefundInvoice` + the invoice → its payment becomes smaller by the refunded amount, which goes to the payer, and credit to its delegators.
//! An invoice that is not closed and of which all that is left is refunded is canceled, as by its issuer. A closed invoice stays closed.
//! Order of refusals: the invoice, its state, the amount, money.

use std::sync::Arc;

use ledger::{AccountId, Rial};

use super::cancel::cancel;
use super::effects::{keep, keys_of, post};
use super::refund::refund_steps;
use crate::invoice::credit::restore_credit;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, CardAttemptId, Command, GATEWAY_HOLD, Invoice, InvoiceId, InvoiceRefusal, InvoiceState, Means, Now,
    OperatorCommand, Payment, RefundAmount, RefundAmountRefusal, Text, Versioned,
};

/// Why an invoice is not refunded, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundInvoiceRefusal {
    /// There is no such invoice.
    InvoiceUnknown,
    /// The invoice is canceled: what was paid has gone back already, or to the smaller invoice that has replaced it.
    InvoiceCanceled,
    /// Nothing was paid yet.
    InvoiceNotPaid,
    /// Its card payment is at the network, which has not said what became of it.
    InvoiceAtNetwork(CardAttemptId),
    /// Its money pays another invoice by a set-off.
    InvoiceInSetOff,
    /// The amount is not refunded.
    Amount(RefundAmountRefusal),
    /// The business has withdrawn the money: its account does not cover the amount.
    BusinessShort,
    /// The ledger refuses the postings for another reason than a lack of money, or the rows contradict each other.
    NotBooked(InvoiceRefusal),
}

impl From<InvoiceRefusal> for RefundInvoiceRefusal {
    fn from(why: InvoiceRefusal) -> Self {
        match why {
            InvoiceRefusal::Insufficient => Self::BusinessShort,
            other => Self::NotBooked(other),
        }
    }
}

/// Refunds all or a part of what was paid for an invoice and is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RefundInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much of it is refunded.
    pub amount: RefundAmount,
}

/// A refund that can be made.
struct Refundable {
    invoice: Arc<Invoice>,
    payment: Payment,
    amount: Rial,
    /// The account that has the money.
    from: AccountId,
    /// What becomes of the invoice.
    after: After,
}

/// What becomes of an invoice that is refunded.
enum After {
    /// It is canceled.
    Canceled,
    /// It has this state, with what is left of its payment.
    Kept(fn(Payment) -> InvoiceState),
}

impl Invoice {
    /// What of its payment can still be refunded, in rials: what its issuer has received and still has. `None`: nothing was paid, it is canceled, or
    /// its sums contradict each other.
    pub fn refundable(&self) -> Option<Rial> {
        match &self.state {
            InvoiceState::Waiting(_) | InvoiceState::Paid(_) => self.received(),
            InvoiceState::Closed(_) => self.received()?.checked_sub(self.transferred),
            InvoiceState::Issued
            | InvoiceState::InGateway(_)
            | InvoiceState::AtNetwork(_)
            | InvoiceState::Future(_)
            | InvoiceState::SetOff(_)
            | InvoiceState::Canceled(_) => None,
        }
    }

    /// What was refunded of its payment, in rials; zero while nothing was paid, and for a payment outside of the platform. A canceled invoice has
    /// given back everything.
    pub fn refunded(&self) -> Rial {
        let payment = match &self.state {
            InvoiceState::Waiting(payment) | InvoiceState::Paid(payment) | InvoiceState::Closed(payment) => payment,
            InvoiceState::Issued
            | InvoiceState::InGateway(_)
            | InvoiceState::AtNetwork(_)
            | InvoiceState::Future(_)
            | InvoiceState::SetOff(_)
            | InvoiceState::Canceled(_) => return Rial::ZERO,
        };
        if payment.means == Means::Outside {
            return Rial::ZERO;
        }
        let vouchers = self.vouchers.iter().filter(|used| !used.canceled).map(|used| used.amount);
        let left = vouchers.chain(payment.received()).try_fold(Rial::ZERO, Rial::checked_add);
        left.and_then(|left| self.amounts.payable.checked_sub(left)).unwrap_or_default().max(Rial::ZERO)
    }

    /// The account that has the money of a closed invoice.
    fn closed_account(&self) -> AccountId {
        if self.is_settled() { self.free_account() } else { self.open_account() }
    }
}

impl RefundInvoice {
    /// Checks that the refund could be made now, apart from the money of the business.
    pub(crate) fn check(&self, view: &View) -> Result<(), RefundInvoiceRefusal> {
        self.refundable(view).map(|_| ())
    }

    fn refundable(&self, view: &View) -> Result<Refundable, RefundInvoiceRefusal> {
        let invoice = view.invoices.get(&self.invoice).map(Arc::clone);
        let invoice = invoice.ok_or(RefundInvoiceRefusal::InvoiceUnknown)?;
        let (payment, from, kept): (_, _, fn(Payment) -> InvoiceState) = match &invoice.state {
            InvoiceState::Canceled(_) => return Err(RefundInvoiceRefusal::InvoiceCanceled),
            InvoiceState::AtNetwork(attempt) => return Err(RefundInvoiceRefusal::InvoiceAtNetwork(*attempt)),
            InvoiceState::Issued | InvoiceState::InGateway(_) | InvoiceState::Future(_) | InvoiceState::SetOff(_) => {
                return Err(RefundInvoiceRefusal::InvoiceNotPaid);
            }
            InvoiceState::Waiting(payment) => (payment.clone(), GATEWAY_HOLD, InvoiceState::Waiting),
            InvoiceState::Paid(payment) => (payment.clone(), invoice.open_account(), InvoiceState::Paid),
            InvoiceState::Closed(payment) => (payment.clone(), invoice.closed_account(), InvoiceState::Closed),
        };
        if invoice.set_off.is_some() {
            return Err(RefundInvoiceRefusal::InvoiceInSetOff);
        }
        let left = invoice.refundable().unwrap_or_default();
        let amount = self.amount.of(left).map_err(RefundInvoiceRefusal::Amount)?;
        let cancels = amount == left && !matches!(invoice.state, InvoiceState::Closed(_));
        let after = if cancels { After::Canceled } else { After::Kept(kept) };
        Ok(Refundable { invoice, payment, amount, from, after })
    }

    /// Makes the refund. Returns the invoice after it.
    pub(crate) fn refund(&self, view: &mut View, now: &Now) -> Result<Arc<Invoice>, RefundInvoiceRefusal> {
        let Refundable { invoice, payment, amount, from, after } = self.refundable(view)?;
        let kept = match after {
            After::Canceled => return Ok(cancel(&invoice, view, now)?),
            After::Kept(kept) => kept,
        };
        // A transfer of money of a closed invoice has gone to its payer already.
        let (back, left) = payment.take_out_beyond(invoice.transferred, amount);
        post(view, &refund_steps(&invoice, &back, from), now, invoice.id)?;
        restore_credit(view, &invoice, &back);
        Ok(keep(view, invoice.in_state(kept(left))))
    }
}

impl Command for RefundInvoice {
    type Done = Arc<Invoice>;
    type Refusal = RefundInvoiceRefusal;
    const NAME: &'static str = "RefundInvoice";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.invoices.push(self.invoice);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&self.invoice) {
            keys_of(invoice, now, keys);
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Arc<Invoice>, Denial<RefundInvoiceRefusal>> {
        Ok(self.refund(view, now)?)
    }
}

impl OperatorCommand for RefundInvoice {
    fn entry(&self) -> AuditEntry {
        let subject = self.invoice.0.to_string();
        AuditEntry { detail: Text::from(self.amount.shown()), ..AuditEntry::new("refund invoice", &subject, "") }
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.invoices.get(&self.invoice).map(|row| Versioned::Invoice(row))
    }

    fn entry_names_changes(&self) -> bool {
        true
    }
}
