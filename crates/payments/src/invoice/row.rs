//! The row of an invoice.

use std::ops::Deref;
use std::sync::Arc;

use ledger::{AccountId, Rial};

use crate::{
    Amounts, CardReceivableId, Declined, InvoiceId, InvoiceState, LineAmount, PartyId, Text, VoucherUse, guild_free,
    guild_open,
};

/// The number of an invoice's payment is the invoice's number plus this.
const PAYMENT_NUMBERS: i64 = 10_000_000_000;

/// A line of an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoiceLine {
    /// The line's number.
    pub id: i64,
    /// The number of the product; 0: no registered product.
    pub product: i64,
    /// Price, quantity and discount.
    pub amount: LineAmount,
    /// The description of what is sold.
    pub description: Text,
}

/// Card money of an invoice that the network has not settled yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsettled {
    /// The receivable.
    pub receivable: CardReceivableId,
    /// When the settlement is due, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// The part of a paid invoice's money that pays another invoice by a set-off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetOffReservation {
    /// The invoice that is paid.
    pub to: InvoiceId,
    /// The amount that it takes of what was received here, in rials.
    pub amount: Rial,
    /// Whether the other invoice is paid.
    pub done: bool,
    /// Whether the payment of the other invoice made the rest withdrawable, before this invoice was closed.
    pub freed: bool,
}

/// The terms that an issuer sets for an invoice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// Whether money taken by the gateway waits for the issuer's verification.
    pub verification_needed: bool,
    /// Whether an hour without a verification counts as one; otherwise the money is refunded then.
    pub verify_after_timeout: bool,
    /// Safekeeping: whether only the payer closes the invoice, and cancels it once it is paid.
    pub safe: bool,
    /// Only returned to callers.
    pub post_voucher: bool,
    /// Seconds after the payment at which the invoice is closed; 0: it is not closed by a job.
    pub close_after_s: i64,
    /// Only returned to callers: milliseconds of Unix time; 0: none.
    pub delivery_at_ms: i64,
    /// The address that payers return to.
    pub redirect_url: Option<Text>,
    /// The description of the whole invoice.
    pub description: Option<Text>,
    /// The issuer's own data, returned unchanged.
    pub metadata: Option<Text>,
}

/// What an invoice was issued with. It never changes, so that all versions of the invoice share it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuance {
    /// The business that issued it.
    pub issuer: PartyId,
    /// The guild in which the issuer is paid.
    pub guild: i64,
    /// The party that it was issued to; `None`: any payer.
    pub customer: Option<PartyId>,
    /// A mobile number that the issuer gave; empty: none.
    pub cellphone: Text,
    /// 64 random bits, not 0, that links name the invoice by.
    pub unique: u64,
    /// The reference number of the request that issued it.
    pub reference_number: Text,
    /// When it was issued, in milliseconds of Unix time.
    pub issued_at_ms: i64,
    /// Its amounts, in rials.
    pub amounts: Amounts,
    /// The rate of the tax, in millionths.
    pub rate_micro: i64,
    /// Its lines.
    pub lines: Vec<InvoiceLine>,
    /// The issuer's terms.
    pub terms: Terms,
    /// The invoice that it has replaced.
    pub replaces: Option<InvoiceId>,
}

/// An invoice: what it was issued with, and its state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invoice {
    /// The invoice's number.
    pub id: InvoiceId,
    /// What it was issued with.
    pub issuance: Arc<Issuance>,
    /// The issuer's bill number. A smaller invoice that replaces this one takes it over.
    pub bill_number: Option<Text>,
    /// The invoice's state.
    pub state: InvoiceState,
    /// Its place among the paid invoices of its issuer in the Jalali year; 0: it was never paid.
    pub serial: i64,
    /// When the issuer verified its payment, in milliseconds of Unix time; `None`: it was not verified.
    pub verified_at_ms: Option<i64>,
    /// When it was canceled, in milliseconds of Unix time; 0: it was not canceled.
    pub canceled_at_ms: i64,
    /// Whether a smaller invoice has replaced it.
    pub edited: bool,
    /// Its card money, until the network has settled it.
    pub unsettled: Option<Unsettled>,
    /// The invoice that it pays by a set-off.
    pub set_off: Option<SetOffReservation>,
    /// What was transferred out of it to its payer, in rials.
    pub transferred: Rial,
    /// The vouchers that were used on it, in order.
    pub vouchers: Vec<VoucherUse>,
    /// The last card that was declined for it on a page; `None`: none was.
    pub declined: Option<CardDecline>,
}

/// The last card that was declined for an invoice on a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CardDecline {
    /// Why it was declined.
    pub why: Declined,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// How many cards and passwords were declined for the invoice, with this one.
    pub count: i64,
}

impl Deref for Invoice {
    type Target = Issuance;

    fn deref(&self) -> &Issuance {
        &self.issuance
    }
}

impl Invoice {
    /// A new invoice, to be paid.
    pub fn issued(id: InvoiceId, bill_number: Option<Text>, issuance: Issuance) -> Self {
        Self {
            id,
            issuance: Arc::new(issuance),
            bill_number,
            state: InvoiceState::Issued,
            serial: 0,
            verified_at_ms: None,
            canceled_at_ms: 0,
            edited: false,
            unsettled: None,
            set_off: None,
            transferred: Rial::ZERO,
            vouchers: Vec::new(),
            declined: None,
        }
    }

    /// The same invoice in another state.
    pub(super) fn in_state(&self, state: InvoiceState) -> Self {
        Self {
            issuance: Arc::clone(&self.issuance),
            bill_number: self.bill_number.clone(),
            state,
            vouchers: self.vouchers.clone(),
            ..*self
        }
    }

    /// The number of its payment, as callers see it.
    pub fn payment_number(&self) -> i64 {
        PAYMENT_NUMBERS + self.id.0
    }

    /// The number of the invoice that has a payment number.
    pub fn of_payment_number(number: i64) -> InvoiceId {
        InvoiceId(number.saturating_sub(PAYMENT_NUMBERS))
    }

    /// Its subject: its own description, else that of its first line.
    pub fn about(&self) -> &str {
        let of_line = || self.lines.first().map(|line| &*line.description);
        self.terms.description.as_deref().or_else(of_line).unwrap_or_default()
    }

    /// Whether it counts as paid: also if it was canceled after that.
    pub fn is_paid(&self) -> bool {
        match &self.state {
            InvoiceState::Paid(_) | InvoiceState::Closed(_) => true,
            // A payment that only waited for verification did not get a place among the paid invoices.
            InvoiceState::Canceled(_) => self.serial > 0,
            _ => false,
        }
    }

    /// Whether no card money of it is outstanding.
    pub fn is_settled(&self) -> bool {
        self.unsettled.is_none()
    }

    /// What credit has paid of it, in rials; `None`: the row contradicts itself.
    pub fn delegated(&self) -> Option<Rial> {
        self.state.payment().map_or(Some(Rial::ZERO), crate::Payment::delegated)
    }

    /// What its issuer has received and still has, in rials: what was paid, less what pays another invoice. `None`: the row contradicts itself;
    /// stores refuse such a row when they read it.
    pub fn received(&self) -> Option<Rial> {
        let paid = self.state.payment().map_or(Some(Rial::ZERO), crate::Payment::received)?;
        let reserved = self.set_off.map_or(Rial::ZERO, |set_off| set_off.amount);
        paid.checked_sub(reserved).filter(|left| *left >= Rial::ZERO)
    }

    /// Whether its issuer can withdraw its money: the money is settled, and the invoice is closed or its set-off has freed the money.
    pub fn is_withdrawable(&self) -> bool {
        let closed = matches!(self.state, InvoiceState::Closed(_));
        self.is_paid() && self.is_settled() && (closed || self.is_freed())
    }

    /// Whether a set-off made its money withdrawable before it was closed.
    pub fn is_freed(&self) -> bool {
        self.set_off.is_some_and(|set_off| set_off.freed)
    }

    /// Whether it has a set-off that has not paid yet.
    pub fn has_open_set_off(&self) -> bool {
        self.set_off.is_some_and(|set_off| !set_off.done)
    }

    /// The issuer's account for money that cannot be withdrawn yet.
    pub(super) fn open_account(&self) -> AccountId {
        guild_open(self.issuer, self.guild)
    }

    /// The issuer's account for money that can be withdrawn.
    pub(super) fn free_account(&self) -> AccountId {
        guild_free(self.issuer, self.guild)
    }

    /// Whether vouchers stay reserved for it: until it is paid or canceled.
    pub fn keeps_vouchers(&self) -> bool {
        matches!(self.state, InvoiceState::Issued | InvoiceState::InGateway(_) | InvoiceState::AtNetwork(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LineAmount, MICRO};

    #[test]
    fn versions_of_an_invoice_share_what_it_was_issued_with() {
        let amount = LineAmount { price: Rial::new(5), quantity_micro: MICRO, discount: Rial::ZERO };
        let issuance = Issuance {
            issuer: PartyId(201),
            guild: 561,
            customer: None,
            cellphone: Text::from(""),
            unique: 1,
            reference_number: Text::from("1"),
            issued_at_ms: 1,
            amounts: Amounts::default(),
            rate_micro: 0,
            lines: vec![InvoiceLine { id: 1, product: 0, amount, description: Text::from("book") }],
            terms: Terms::default(),
            replaces: None,
        };
        let issued = Invoice { serial: 7, edited: true, ..Invoice::issued(InvoiceId(1), None, issuance) };
        let in_gateway = issued.in_state(InvoiceState::InGateway(9));
        assert!(Arc::ptr_eq(&issued.issuance, &in_gateway.issuance));
        assert_eq!(in_gateway, Invoice { state: InvoiceState::InGateway(9), ..issued.clone() });
    }
}
