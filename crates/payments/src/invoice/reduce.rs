//! Replacing an invoice by a smaller one (pod.md 3.12).

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger::Rial;

use super::effects::{arm_for, end_code, keep, post};
use super::refund::refund_steps;
use super::state::LiveState;
use super::words::index;
use crate::invoice::credit::restore_credit;
use crate::invoice::voucher::holding;
use crate::view::{Denial, Keys, View};
use crate::{
    AmountError, At, Bill, BillKey, CardReceivable, Invoice, InvoiceCommand, InvoiceField, InvoiceId, InvoiceJob,
    InvoiceLine, InvoiceRefusal, InvoiceState, Issuance, LineAmount, NotPayable, Now, PartyId, PricedLines, Pricing,
    Text,
};

const SECOND_MS: i64 = 1_000;

/// New figures of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineChange {
    /// The number of the line.
    pub id: i64,
    /// Price of one unit, in rials.
    pub price: Rial,
    /// Number of units, in millionths.
    pub quantity_micro: i64,
    /// The description of what is sold.
    pub description: Text,
}

/// Replaces an invoice by a smaller one: the old one is canceled, and a paid difference is refunded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReduceInvoice {
    /// The invoice to replace.
    pub invoice: InvoiceId,
    /// All lines of the invoice, with their new figures.
    pub lines: Vec<LineChange>,
    /// The rate of the tax, in millionths; `None`: as before.
    pub rate_micro: Option<i64>,
    /// 64 random bits that links name the new invoice by.
    pub unique: u64,
    /// The request's reference number.
    pub reference_number: Text,
}

impl ReduceInvoice {
    /// The new lines, in the order of the old ones.
    fn lines(&self, old: &Invoice) -> Result<PricedLines, InvoiceRefusal> {
        let invalid = |field| Err(InvoiceRefusal::Invalid(field));
        let given: BTreeSet<i64> = self.lines.iter().map(|line| line.id).collect();
        let known: BTreeSet<i64> = old.lines.iter().map(|line| line.id).collect();
        if given != known || self.lines.len() != old.lines.len() {
            return invalid(InvoiceField::ItemId);
        }
        let (mut lines, mut smaller) = (Pricing::default(), false);
        let not_payable = |_: AmountError| InvoiceRefusal::Invalid(InvoiceField::Price);
        for line in &old.lines {
            let Some(change) = self.lines.iter().find(|change| change.id == line.id) else { continue };
            if change.price > line.amount.price {
                return invalid(InvoiceField::Price);
            }
            if change.quantity_micro > line.amount.quantity_micro {
                return invalid(InvoiceField::Quantity);
            }
            smaller |= change.price < line.amount.price || change.quantity_micro < line.amount.quantity_micro;
            let (price, quantity_micro) = (change.price, change.quantity_micro);
            let amount = LineAmount { price, quantity_micro, discount: line.amount.discount };
            let (description, product) = (Text::clone(&change.description), line.product);
            lines.add_cut(InvoiceLine { id: line.id, product, amount, description }).map_err(not_payable)?;
        }
        if !smaller {
            return invalid(InvoiceField::Price);
        }
        lines.taxed(self.rate_micro.unwrap_or(old.rate_micro)).map_err(not_payable)
    }

    /// Moves bill number, card receivable and vouchers from the old invoice to the new one, schedules the new one's closing, and ends the old one's
    /// code.
    fn move_over(&self, old: &Invoice, new: &Invoice, view: &mut View) {
        if let Some(number) = &old.bill_number {
            let key = BillKey::of(old.issuer, number);
            view.bills.put(key.clone(), Bill { key, invoice: new.id });
        }
        if let Some(receivable) = old
            .unsettled
            .and_then(|unsettled| view.card_receivables.get(&unsettled.receivable).map(|receivable| **receivable))
        {
            view.card_receivables.put(receivable.id, CardReceivable { invoice: new.id, ..receivable });
        }
        if let InvoiceState::Paid(payment) = &new.state
            && new.terms.close_after_s > 0
            && !new.terms.safe
        {
            let after_ms = new.terms.close_after_s.saturating_mul(SECOND_MS);
            arm_for(view, payment.at_ms.saturating_add(after_ms), InvoiceJob::CloseTimeOut, new.id);
        }
        end_code(old.id, view);
        holding::move_over(old, new.id, view);
    }
}

impl InvoiceCommand for ReduceInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "ReduceInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn more_keys(&self, _caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&self.invoice) {
            let key = |number: &Text| BillKey::of(invoice.issuer, number);
            keys.bills.extend(invoice.bill_number.as_ref().map(key));
        }
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let old = crate::invoice::find::of_issuer(view, self.invoice, caller)?;
        let paid = match old.state.live()? {
            LiveState::Waiting(_) => return Err(NotPayable::Waiting.into()),
            LiveState::InGateway(ends_at_ms) if now.at_ms < ends_at_ms => return Err(NotPayable::InGateway.into()),
            LiveState::AtNetwork(_) => return Err(NotPayable::InGateway.into()),
            LiveState::Future(_) | LiveState::SetOff(_) => return Err(InvoiceRefusal::NotPermitted.into()),
            LiveState::Issued | LiveState::InGateway(_) => None,
            LiveState::Paid(payment) => Some(payment),
        };
        if old.set_off.is_some() {
            return Err(InvoiceRefusal::NotPermitted.into());
        }
        let lines = self.lines(&old)?;
        let amounts = lines.amounts();
        if amounts.payable > old.amounts.payable {
            return Err(InvoiceRefusal::Invalid(InvoiceField::TaxRate).into());
        }
        let less = old.amounts.payable.checked_sub(amounts.payable);
        let less = view.sound(less, "invoice: an amount is negative");
        let state = match paid {
            Some(payment) => {
                // What an operator has refunded is not refunded again.
                let still = view.sound(less.checked_sub(old.refunded()), "invoice: a refund is too large");
                let (back, left) = payment.take_out(still);
                post(view, &refund_steps(&old, &back, old.open_account()), now, old.id)?;
                restore_credit(view, &old, &back);
                InvoiceState::Paid(left)
            }
            None => InvoiceState::Issued,
        };
        let rate_micro = lines.rate_micro();
        let lines = lines.numbered(&mut view.ids);
        let id = InvoiceId(view.ids.take());
        let issuance = Issuance {
            unique: self.unique,
            reference_number: Text::clone(&self.reference_number),
            issued_at_ms: now.at_ms,
            amounts,
            rate_micro,
            lines,
            replaces: Some(old.id),
            cellphone: Text::clone(&old.cellphone),
            terms: old.terms.clone(),
            issuer: old.issuer,
            guild: old.guild,
            customer: old.customer,
        };
        let new = Invoice { id, issuance: Arc::new(issuance), ..old.in_state(state) };
        self.move_over(&old, &new, view);
        let canceled = InvoiceState::Canceled(paid.cloned());
        keep(
            view,
            Invoice {
                bill_number: None,
                canceled_at_ms: now.at_ms,
                edited: true,
                unsettled: None,
                vouchers: Vec::new(),
                ..old.in_state(canceled)
            },
        );
        index(view, &new);
        Ok(keep(view, new))
    }
}
