//! Canceling an invoice (pod.md 3.12).

use std::sync::Arc;

use super::close::keeper;
use super::effects::{end_code, keep, moved, origin, post};
use super::find::{entitled, invoice};
use super::refund::refund;
use super::state::LiveState;
use crate::invoice::voucher::holding;
use crate::view::{Denial, View};
use crate::{
    At, GATEWAY_HOLD, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, InvoiceState, NotPayable, Now, PartyId,
    SUSPENSE, blocked, guild_open,
};

/// Cancels an invoice; what was paid is refunded, and blocked money is released.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CancelInvoice {
    /// The invoice.
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
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = entitled(view, self.invoice, (caller, canceler), InvoiceRefusal::NotPermitted)?;
        Ok(cancel(&invoice, view, now)?)
    }
}

/// Cancels an invoice for any caller: what was paid is refunded, and blocked money is released.
pub(super) fn cancel(invoice: &Invoice, view: &mut View, now: &Now) -> Result<Arc<Invoice>, InvoiceRefusal> {
    let paid = match invoice.state.live()? {
        LiveState::InGateway(ends_at_ms) if now.at_ms < ends_at_ms => return Err(NotPayable::InGateway.into()),
        LiveState::AtNetwork(_) => return Err(NotPayable::InGateway.into()),
        LiveState::Issued | LiveState::InGateway(_) => None,
        LiveState::Waiting(payment) => {
            refund(invoice, payment, GATEWAY_HOLD, view, now)?;
            Some(payment.clone())
        }
        LiveState::Paid(payment) => {
            if invoice.set_off.is_some() {
                return Err(InvoiceRefusal::NotPermitted);
            }
            refund(invoice, payment, invoice.open_account(), view, now)?;
            Some(payment.clone())
        }
        LiveState::Future(future) => {
            let back = moved(blocked(future.by), origin(future.by, &future.from), invoice.amounts.payable);
            post(view, &Vec::from_iter(back), now, invoice.id)?;
            None
        }
        LiveState::SetOff(source) => {
            let (customer, by) = (invoice.customer, self::invoice(view, source.invoice)?);
            let (from, to) = customer.map_or((SUSPENSE, SUSPENSE), |c| (blocked(c), guild_open(c, source.guild)));
            post(view, &Vec::from_iter(moved(from, to, invoice.amounts.payable)), now, invoice.id)?;
            keep(view, Invoice { set_off: None, ..Invoice::clone(&by) });
            None
        }
    };
    // The network still settles card money that was refunded.
    let (vouchers, canceled_at_ms) = (holding::release(invoice, view), now.at_ms);
    let canceled = Invoice { canceled_at_ms, vouchers, ..invoice.in_state(InvoiceState::Canceled(paid)) };
    end_code(invoice.id, view);
    Ok(keep(view, canceled))
}

fn canceler(invoice: &Invoice) -> Option<PartyId> {
    Some(match &invoice.state {
        InvoiceState::Paid(_) if invoice.terms.safe => keeper(invoice),
        _ => invoice.issuer,
    })
}
