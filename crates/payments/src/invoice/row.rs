//! The row of an invoice.

use std::ops::Deref;
use std::sync::Arc;

use ledger::{AccountId, Rial};

use crate::{
    Amounts, CardReceivableId, InvoiceId, InvoiceState, LineAmount, PartyId, Text, VoucherUse, guild_free, guild_open,
};

/// What is added to an invoice's number to make the number of its payment.
const PAYMENT_NUMBERS: i64 = 10_000_000_000;

/// A line of an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoiceLine {
    /// Its number.
    pub id: i64,
    /// The product; 0: none that is registered.
    pub product: i64,
    /// Its figures.
    pub amount: LineAmount,
    /// What is sold.
    pub description: Text,
}

/// Card money of an invoice on its way: the network settles it at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsettled {
    /// The taking.
    pub taking: CardReceivableId,
    /// When it is settled, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// The invoice that another one pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetOffReservation {
    /// Which.
    pub to: InvoiceId,
    /// How much of what was received here.
    pub amount: Rial,
    /// Whether the other one is paid.
    pub done: bool,
    /// Whether the rest of what was received here became withdrawable with that, before this invoice was closed.
    pub freed: bool,
}

/// What an issuer wants of an invoice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// Whether what the gateway takes waits for the issuer to verify it.
    pub verification_needed: bool,
    /// Whether an hour without that is as good as a verification.
    pub verify_after_timeout: bool,
    /// Whether only its payer closes it, and cancels it once it is paid.
    pub safe: bool,
    /// Only told back.
    pub post_voucher: bool,
    /// Seconds after its payment at which it is closed; 0: it is not.
    pub close_after_s: i64,
    /// Only told back: milliseconds of Unix time; 0: none.
    pub delivery_at_ms: i64,
    /// Where payers go back to.
    pub redirect_url: Option<Text>,
    /// What it is about.
    pub description: Option<Text>,
    /// The issuer's own.
    pub metadata: Option<Text>,
}

/// What an invoice was issued with. It keeps this for life: its versions share it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuance {
    /// Who issued it.
    pub issuer: PartyId,
    /// The guild in which the issuer is paid.
    pub guild: i64,
    /// Whom it was issued to.
    pub customer: Option<PartyId>,
    /// A mobile number that the issuer gave; empty: none.
    pub cellphone: Text,
    /// What links name: 64 random bits, not 0.
    pub unique: u64,
    /// The request that issued it.
    pub reference_number: Text,
    /// When it was issued, in milliseconds of Unix time.
    pub issued_at_ms: i64,
    /// What it comes to.
    pub amounts: Amounts,
    /// The tax on it, in millionths.
    pub rate_micro: i64,
    /// Its lines.
    pub lines: Vec<InvoiceLine>,
    /// What the issuer wants.
    pub terms: Terms,
    /// Whose place it has taken.
    pub replaces: Option<InvoiceId>,
}

/// An invoice: what it was issued with, and what has become of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invoice {
    /// Its number.
    pub id: InvoiceId,
    /// What it was issued with.
    pub issuance: Arc<Issuance>,
    /// The issuer's own number of it; an invoice that takes its place has it from then on.
    pub bill_number: Option<Text>,
    /// What has become of it.
    pub state: InvoiceState,
    /// Its place among the paid ones of its issuer and year; 0: it was never paid.
    pub serial: i64,
    /// When the issuer verified it, in milliseconds of Unix time.
    pub verified_at_ms: Option<i64>,
    /// When it was canceled, in milliseconds of Unix time; 0: it was not.
    pub canceled_at_ms: i64,
    /// Whether a smaller one has taken its place.
    pub edited: bool,
    /// Its card money, while that is on its way.
    pub on_its_way: Option<Unsettled>,
    /// The invoice that it pays.
    pub pledge: Option<SetOffReservation>,
    /// What was paid out of it to its payer.
    pub transferred: Rial,
    /// The vouchers that were used on it, in their order.
    pub vouchers: Vec<VoucherUse>,
}

impl Deref for Invoice {
    type Target = Issuance;

    fn deref(&self) -> &Issuance {
        &self.issuance
    }
}

impl Invoice {
    /// One that is to be paid.
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
            on_its_way: None,
            pledge: None,
            transferred: Rial::ZERO,
            vouchers: Vec::new(),
        }
    }

    /// The same in another state.
    pub(super) fn in_state(&self, state: InvoiceState) -> Self {
        Self {
            issuance: Arc::clone(&self.issuance),
            bill_number: self.bill_number.clone(),
            state,
            vouchers: self.vouchers.clone(),
            ..*self
        }
    }

    /// The number of its payment, as the platform tells it.
    pub fn payment_number(&self) -> i64 {
        PAYMENT_NUMBERS + self.id.0
    }

    /// The invoice of a payment's number.
    pub fn of_payment_number(number: i64) -> InvoiceId {
        InvoiceId(number.saturating_sub(PAYMENT_NUMBERS))
    }

    /// What it is about: its description, else that of its first line.
    pub fn about(&self) -> &str {
        let of_line = || self.lines.first().map(|line| &*line.description);
        self.terms.description.as_deref().or_else(of_line).unwrap_or_default()
    }

    /// Whether it counts as paid.
    pub fn is_paid(&self) -> bool {
        match &self.state {
            InvoiceState::Paid(_) | InvoiceState::Closed(_) => true,
            // What only waited to be verified has no place among the paid ones.
            InvoiceState::Canceled(_) => self.serial > 0,
            _ => false,
        }
    }

    /// Whether its issuer has its money: card money when the network has settled it, other money at once.
    pub fn is_settled(&self) -> bool {
        self.on_its_way.is_none()
    }

    /// What credit has paid of it; `None`: the row contradicts itself.
    pub fn delegated(&self) -> Option<Rial> {
        self.state.payment().map_or(Some(Rial::ZERO), crate::Payment::delegated)
    }

    /// What its issuer has of it: what was paid, less what another invoice was paid with; `None`: the row contradicts itself. Stores refuse
    /// such a row when they read it.
    pub fn received(&self) -> Option<Rial> {
        let paid = self.state.payment().map_or(Some(Rial::ZERO), crate::Payment::received)?;
        let pledged = self.pledge.map_or(Rial::ZERO, |pledge| pledge.amount);
        paid.checked_sub(pledged).filter(|left| *left >= Rial::ZERO)
    }

    /// Whether its issuer can withdraw its money: it is settled, and the invoice is closed or has paid another one.
    pub fn is_withdrawable(&self) -> bool {
        let closed = matches!(self.state, InvoiceState::Closed(_));
        self.is_paid() && self.is_settled() && (closed || self.is_freed())
    }

    /// Whether its money became withdrawable without a closing.
    pub fn is_freed(&self) -> bool {
        self.pledge.is_some_and(|pledge| pledge.freed)
    }

    /// Whether it waits to pay another one.
    pub fn is_pledged(&self) -> bool {
        self.pledge.is_some_and(|pledge| !pledge.done)
    }

    pub(super) fn open_account(&self) -> AccountId {
        guild_open(self.issuer, self.guild)
    }

    pub(super) fn free_account(&self) -> AccountId {
        guild_free(self.issuer, self.guild)
    }

    /// Whether vouchers that are reserved for it are kept: until it is paid, or withdrawn.
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
