//! Verifying, closing, canceling (pod.md 3.12).

use std::sync::Arc;

use super::accounts::{GATEWAY_HOLD, blocked, guild_open};
use super::effects::{
    VERIFICATION_MS, end_code, invoice, keep, moved, origin, payed, post, received, refund_steps, restore_credit,
};
use super::pay::of_issuer;
use super::{Invoice, InvoiceId, InvoiceState, NotInvoiced, NotPayable, PartyId, Payment, voucher};
use crate::booking::SUSPENSE;
use crate::view::{Denial, View};
use crate::{At, InvoiceCommand, Now, Rial};

/// Verifies what the gateway has taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyInvoice {
    /// Which invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for VerifyInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "VerifyInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = of_issuer(view, self.invoice, caller)?;
        let InvoiceState::Waiting(payment) = &invoice.state else { return Err(NotInvoiced::NotWaiting.into()) };
        let verified = verified(&invoice, payment, view, now)?;
        Ok(keep(view, verified))
    }
}

fn verified(invoice: &Invoice, payment: &Payment, view: &mut View, now: &Now) -> Result<Invoice, NotInvoiced> {
    let taken = taken(payment, view);
    post(view, &Vec::from_iter(moved(GATEWAY_HOLD, invoice.open_account(), taken)), now, invoice.id)?;
    let payed = payed(view, invoice.clone(), payment.clone(), now);
    Ok(Invoice { verified_at_ms: Some(now.at_ms), ..payed })
}

/// All that a payment brought.
fn taken(payment: &Payment, view: &mut View) -> Rial {
    view.sound(payment.received(), "invoice: the sums of its payment do not fit")
}

/// An hour has passed without a verification: it is refunded, or verified, as its issuer wanted.
pub(super) fn verification_timed_out(id: InvoiceId, view: &mut View, now: &Now) -> Result<(), NotInvoiced> {
    let invoice = invoice(view, id)?;
    let InvoiceState::Waiting(payment) = &invoice.state else { return Ok(()) };
    // A later payment has an hour of its own.
    if payment.at_ms.saturating_add(VERIFICATION_MS) > now.at_ms {
        return Ok(());
    }
    if invoice.terms.verify_after_timeout {
        let verified = verified(&invoice, payment, view, now)?;
        keep(view, verified);
        return Ok(());
    }
    give_back(&invoice, payment, GATEWAY_HOLD, view, now)?;
    let vouchers = voucher::give_back(&invoice, view);
    let again = Invoice { state: InvoiceState::Issued, on_its_way: None, vouchers, ..Invoice::clone(&invoice) };
    keep(view, again);
    Ok(())
}

/// Gives all of a payment back.
fn give_back(
    invoice: &Invoice,
    payment: &Payment,
    from: ledger::AccountId,
    view: &mut View,
    now: &Now,
) -> Result<(), NotInvoiced> {
    let (back, _) = payment.take_out(taken(payment, view));
    post(view, &refund_steps(invoice, &back, from), now, invoice.id)?;
    restore_credit(view, invoice, &back);
    Ok(())
}

/// Whom a safe invoice belongs to: its payer; unknown, its customer; without one, its issuer.
fn keeper(invoice: &Invoice) -> PartyId {
    let payer = invoice.state.payment().and_then(|payment| payment.payer);
    payer.or(invoice.customer).unwrap_or(invoice.issuer)
}

/// Closes a paid invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloseInvoice {
    /// Which invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for CloseInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "CloseInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = invoice(view, self.invoice)?;
        let closer = if invoice.terms.safe { keeper(&invoice) } else { invoice.issuer };
        if caller != closer {
            return Err(NotInvoiced::MayNotClose.into());
        }
        match &invoice.state {
            InvoiceState::Canceled(_) => Err(NotPayable::Canceled.into()),
            InvoiceState::Closed(_) => Err(NotPayable::Closed.into()),
            InvoiceState::Waiting(_) => Err(NotPayable::Waiting.into()),
            InvoiceState::Payed(payment) => {
                let closed = closed(&invoice, payment, view, now)?;
                Ok(keep(view, closed))
            }
            _ => Err(NotInvoiced::NotPayed.into()),
        }
    }
}

/// Closes an invoice whose time for that has come.
pub(super) fn close_timed_out(id: InvoiceId, view: &mut View, now: &Now) -> Result<(), NotInvoiced> {
    let invoice = invoice(view, id)?;
    let InvoiceState::Payed(payment) = &invoice.state else { return Ok(()) };
    if invoice.is_pledged() {
        return Ok(());
    }
    let closed = closed(&invoice, payment, view, now)?;
    keep(view, closed);
    Ok(())
}

fn closed(invoice: &Invoice, payment: &Payment, view: &mut View, now: &Now) -> Result<Invoice, NotInvoiced> {
    if invoice.is_pledged() {
        return Err(NotInvoiced::NotPermitted);
    }
    if invoice.is_settled() && !invoice.is_freed() {
        let steps = free_steps(invoice, view);
        post(view, &steps, now, invoice.id)?;
    }
    Ok(Invoice { state: InvoiceState::Closed(payment.clone()), ..invoice.clone() })
}

/// The step that makes an invoice's money withdrawable.
pub(super) fn free_steps(invoice: &Invoice, view: &mut View) -> Vec<ledger::Step> {
    let received = received(invoice, view);
    Vec::from_iter(moved(invoice.open_account(), invoice.free_account(), received))
}

/// Verifies what waits for that, and closes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyAndCloseInvoice {
    /// Which invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for VerifyAndCloseInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "VerifyAndCloseInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = invoice(view, self.invoice)?;
        if caller != invoice.issuer || invoice.terms.safe {
            return Err(NotInvoiced::MayNotClose.into());
        }
        let closed = match &invoice.state {
            InvoiceState::Canceled(_) => return Err(NotPayable::Canceled.into()),
            InvoiceState::Closed(_) => return Err(NotPayable::Closed.into()),
            InvoiceState::Waiting(payment) => {
                let verified = verified(&invoice, payment, view, now)?;
                closed(&verified, payment, view, now)?
            }
            InvoiceState::Payed(payment) => closed(&invoice, payment, view, now)?,
            _ => return Err(NotInvoiced::NotWaiting.into()),
        };
        Ok(keep(view, closed))
    }
}

/// Withdraws an invoice; what was paid goes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CancelInvoice {
    /// Which invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for CancelInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "CancelInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = invoice(view, self.invoice)?;
        let canceler = match &invoice.state {
            InvoiceState::Payed(_) if invoice.terms.safe => keeper(&invoice),
            _ => invoice.issuer,
        };
        if caller != canceler {
            return Err(NotInvoiced::NotPermitted.into());
        }
        let open = invoice.open_account();
        let paid = match &invoice.state {
            InvoiceState::Canceled(_) => return Err(NotPayable::Canceled.into()),
            InvoiceState::Closed(_) => return Err(NotPayable::Closed.into()),
            InvoiceState::InGateway(ends_at_ms) if now.at_ms < *ends_at_ms => {
                return Err(NotPayable::InGateway.into());
            }
            InvoiceState::Issued | InvoiceState::InGateway(_) => None,
            InvoiceState::Waiting(payment) => {
                give_back(&invoice, payment, GATEWAY_HOLD, view, now)?;
                Some(payment.clone())
            }
            InvoiceState::Payed(payment) => {
                if invoice.pledge.is_some() {
                    return Err(NotInvoiced::NotPermitted.into());
                }
                give_back(&invoice, payment, open, view, now)?;
                Some(payment.clone())
            }
            InvoiceState::Future(future) => {
                let back = moved(blocked(future.by), origin(future.by, &future.from), invoice.amounts.payable);
                post(view, &Vec::from_iter(back), now, self.invoice)?;
                None
            }
            InvoiceState::SetOff(source) => {
                let (customer, by) = (invoice.customer, self::invoice(view, source.invoice)?);
                let (from, to) = customer.map_or((SUSPENSE, SUSPENSE), |c| (blocked(c), guild_open(c, source.guild)));
                post(view, &Vec::from_iter(moved(from, to, invoice.amounts.payable)), now, self.invoice)?;
                keep(view, Invoice { pledge: None, ..Invoice::clone(&by) });
                None
            }
        };
        // Card money that went back is settled all the same.
        let (vouchers, canceled_at_ms) = (voucher::give_back(&invoice, view), now.at_ms);
        let canceled =
            Invoice { state: InvoiceState::Canceled(paid), canceled_at_ms, vouchers, ..Invoice::clone(&invoice) };
        end_code(self.invoice, view);
        Ok(keep(view, canceled))
    }
}
