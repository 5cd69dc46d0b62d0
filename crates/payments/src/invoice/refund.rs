//! Refunding the money of an invoice.

use ledger::{AccountId, Rial, Step};

use super::effects::{moved, post};
use crate::invoice::credit::restore_credit;
use crate::view::View;
use crate::{GivenBack, Invoice, InvoiceRefusal, Now, Payment, SUSPENSE, wallet};

/// The steps that refund money from an account: the rest to the payer, credit to its delegators.
pub(super) fn refund_steps(invoice: &Invoice, back: &GivenBack, from: AccountId) -> Vec<Step> {
    let rest = moved(from, refund_target(invoice), back.rest);
    let legs = back.legs.iter().filter_map(|leg| moved(from, wallet(leg.delegator), leg.amount));
    rest.into_iter().chain(legs).collect()
}

/// The account that the rest is refunded to: the wallet of the payer, else of the customer; else suspense.
pub(super) fn refund_target(invoice: &Invoice) -> AccountId {
    let payer = invoice.state.payment().and_then(|payment| payment.payer);
    payer.or(invoice.customer).map_or(SUSPENSE, wallet)
}

/// All that a payment brought, in rials.
pub(super) fn taken(payment: &Payment, view: &mut View) -> Rial {
    view.sound(payment.received(), "invoice: the sums of its payment do not fit")
}

/// Refunds all of a payment, and restores its credit.
pub(super) fn refund(
    invoice: &Invoice,
    payment: &Payment,
    from: ledger::AccountId,
    view: &mut View,
    now: &Now,
) -> Result<(), InvoiceRefusal> {
    let (back, _) = payment.take_out(taken(payment, view));
    post(view, &refund_steps(invoice, &back, from), now, invoice.id)?;
    restore_credit(view, invoice, &back);
    Ok(())
}
