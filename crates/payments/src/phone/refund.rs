//! Refunding a payment by telephone for an operator: from the merchant back to the card.
//!
//! Shape: `RefundPhonePayment` + the order → one transfer, merchant → card, and the order with the sum of what was refunded.
//! Order of refusals: the order, the amount, the accounts, money. The order stays paid, and the limits of the card are not given back.

use std::sync::Arc;

use ledger::{AccountId, Rial, Step};

use crate::booking::apply;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, BookingRefusal, Command, Now, OperatorCommand, OrderId, PhoneEnd, PhoneOrder, PhoneOrderId,
    PhoneOrderKey, PhonePayment, RefundAmount, RefundAmountRefusal, Text, Versioned,
};

/// Why a payment by telephone is not refunded, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundPhoneRefusal {
    /// There is no such order.
    OrderUnknown,
    /// The order is not paid.
    OrderNotPaid,
    /// The amount is not refunded.
    Amount(RefundAmountRefusal),
    /// The merchant's account takes no debits.
    MerchantAccountUnusable,
    /// The card's account takes no credits.
    CardAccountUnusable,
    /// The merchant's account does not cover the amount.
    MerchantShort,
    /// The ledger refuses the transfer for another reason.
    NotBooked(BookingRefusal),
}

/// Refunds all or a part of a payment by telephone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefundPhonePayment {
    /// The order that was paid.
    pub order: PhoneOrderKey,
    /// The order's number.
    pub id: PhoneOrderId,
    /// How much is refunded.
    pub amount: RefundAmount,
}

/// A refund that can be made.
struct Refundable {
    order: Arc<PhoneOrder>,
    payment: PhonePayment,
    amount: Rial,
    merchant: AccountId,
    card: AccountId,
}

impl RefundPhonePayment {
    /// Checks that the refund could be made now.
    pub(crate) fn check(&self, view: &View) -> Result<(), RefundPhoneRefusal> {
        self.refundable(view).map(|_| ())
    }

    fn refundable(&self, view: &View) -> Result<Refundable, RefundPhoneRefusal> {
        let order = view.phone_orders.get(&self.order).filter(|order| order.id == self.id);
        let order = Arc::clone(order.ok_or(RefundPhoneRefusal::OrderUnknown)?);
        let payment = order.payment().cloned().ok_or(RefundPhoneRefusal::OrderNotPaid)?;
        let card = paid_from(&order).ok_or(RefundPhoneRefusal::OrderNotPaid)?;
        let amount = self.amount.of(payment.left()).map_err(RefundPhoneRefusal::Amount)?;
        let merchant = view.terminals.get(&self.order.terminal).and_then(|it| view.books.account(it.account));
        let merchant = merchant.filter(|account| account.status.takes_debits());
        let merchant = merchant.ok_or(RefundPhoneRefusal::MerchantAccountUnusable)?;
        if !view.books.account(card).is_some_and(|account| account.status.takes_credits()) {
            return Err(RefundPhoneRefusal::CardAccountUnusable);
        }
        if merchant.available() < amount {
            return Err(RefundPhoneRefusal::MerchantShort);
        }
        Ok(Refundable { merchant: merchant.id, order, payment, amount, card })
    }

    /// Makes the refund. Returns the order after it.
    pub(crate) fn refund(&self, view: &mut View, now: &Now) -> Result<Arc<PhoneOrder>, RefundPhoneRefusal> {
        let Refundable { order, payment, amount, merchant, card } = self.refundable(view)?;
        let refunded = view.sound(payment.refunded.checked_add(amount), "phone_order: what was refunded does not fit");
        let step = Step::Post { debit: merchant, credit: card, amount };
        let booked = apply(view, &[step], now, OrderId(self.id.0)).map_err(BookingRefusal::from);
        booked.map_err(RefundPhoneRefusal::NotBooked)?;
        let tried = Some(PhonePayment { refunded, ..payment });
        let order = Arc::new(PhoneOrder { tried, ..PhoneOrder::clone(&order) });
        view.phone_orders.put(self.order.clone(), Arc::clone(&order));
        Ok(order)
    }
}

/// The card's account that paid an order; `None`: it is not paid.
fn paid_from(order: &PhoneOrder) -> Option<AccountId> {
    match order.payment()?.end {
        PhoneEnd::Paid(card, _) => Some(card),
        PhoneEnd::Declined(_) => None,
    }
}

impl Command for RefundPhonePayment {
    type Done = Arc<PhoneOrder>;
    type Refusal = RefundPhoneRefusal;
    const NAME: &'static str = "RefundPhonePayment";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.phone_orders.push(self.order.clone());
        keys.terminals.push(Text::clone(&self.order.terminal));
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.accounts.extend(view.terminals.get(&self.order.terminal).map(|terminal| terminal.account));
        keys.accounts.extend(view.phone_orders.get(&self.order).and_then(|order| paid_from(order)));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Arc<PhoneOrder>, Denial<RefundPhoneRefusal>> {
        Ok(self.refund(view, now)?)
    }
}

impl OperatorCommand for RefundPhonePayment {
    fn entry(&self) -> AuditEntry {
        let subject = self.id.0.to_string();
        AuditEntry { detail: Text::from(self.amount.shown()), ..AuditEntry::new("refund telephone", &subject, "") }
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.phone_orders.get(&self.order).map(|row| Versioned::PhoneOrder(row))
    }

    fn entry_names_changes(&self) -> bool {
        true
    }
}
