//! The table of invoices.
//!
//! Lines, terms, vouchers and what belongs to a state are JSON. Texts are borrowed from the row while the JSON is written, so that none is copied
//! twice.
//! Codes of states never change.

use std::borrow::Cow;
use std::sync::Arc;

use ledger::Rial;
use schema::{Corrupt, Json, codes, corrupt, table};
use serde::{Deserialize, Serialize};

use crate::{
    Amounts, BlockedFrom, CardAttemptId, CardDecline, CardReceivableId, CardSlip, CreditId, Declined, FuturePayment,
    Invoice, InvoiceId, InvoiceLine, InvoiceState, Issuance, Leg, LineAmount, Means, PartyId, Payment, PosSlip,
    SetOffReservation, SetOffSource, Terms, Text, Unsettled, VoucherUse,
};

fn party_of(id: Option<i64>) -> Option<PartyId> {
    id.map(PartyId)
}

fn invoice_of(id: Option<i64>) -> Option<InvoiceId> {
    id.map(InvoiceId)
}

fn text(text: &Text) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

codes! {
    /// The state of an invoice without its data. A canceled invoice that had a place among the paid ones has its own code.
    pub enum InvoiceStateCode = "invoice" {
        1 => Issued, 2 => InGateway, 3 => Waiting, 4 => Future, 5 => SetOff, 6 => Paid, 7 => Closed, 8 => Canceled,
        9 => CanceledPaid, 10 => AtNetwork,
    }
}

impl InvoiceStateCode {
    /// Whether the code is that of a canceled invoice.
    pub fn is_canceled(self) -> bool {
        match self {
            Self::Canceled | Self::CanceledPaid => true,
            Self::Issued
            | Self::InGateway
            | Self::AtNetwork
            | Self::Waiting
            | Self::Future
            | Self::SetOff
            | Self::Paid
            | Self::Closed => false,
        }
    }

    /// Whether the invoice is paid, or was when it was canceled: see [`Invoice::is_paid`].
    pub fn is_paid(self) -> bool {
        match self {
            Self::Paid | Self::Closed | Self::CanceledPaid => true,
            Self::Issued
            | Self::InGateway
            | Self::AtNetwork
            | Self::Waiting
            | Self::Future
            | Self::SetOff
            | Self::Canceled => false,
        }
    }
}

table! {
    Invoice = "invoice",
    key |k: InvoiceId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, issuer: r.issuer, guild: r.guild, customer: r.customer.map(|customer| customer.0),
        cellphone: r.cellphone, bill_number: r.bill_number, unique_number: r.unique.cast_signed(),
        reference_number: r.reference_number, issued_at_ms: r.issued_at_ms,
        without_discount: r.amounts.without_discount, total: r.amounts.total, vat: r.amounts.vat,
        payable: r.amounts.payable, rate_micro: r.rate_micro, lines: Json::list(r.lines.iter().map(line_cell)),
        terms: Json(TermsCell::of(&r.terms)), state: r.code(), detail: Json(Detail::of(&r.state)),
        delegated: r.delegated().unwrap_or(NO_SUM), serial: r.serial, verified_at_ms: r.verified_at_ms,
        canceled_at_ms: r.canceled_at_ms, edited: r.edited, replaces: r.replaces.map(|id| id.0),
        taking: r.unsettled.map(|unsettled| unsettled.receivable.0),
        settled_at_ms: r.unsettled.map(|unsettled| unsettled.at_ms),
        pledged_to: r.set_off.map(|set_off| set_off.to.0), pledged: r.set_off.map(|set_off| set_off.amount.get()),
        pledge_done: r.set_off.is_some_and(|set_off| set_off.done),
        pledge_freed: r.set_off.is_some_and(|set_off| set_off.freed), transferred: r.transferred,
        vouchers: Json::list(r.vouchers.iter().map(voucher_cell)),
        rrn: r.card_slip().map(|slip| Text::clone(&slip.rrn)), tref: r.card_slip().map(|slip| Text::clone(&slip.tref)),
        declined: r.declined.map(|last| last.why), declined_at_ms: r.declined.map(|last| last.at_ms),
        declines: r.declined.map(|last| last.count),
    },
    for_life {
        issuer, guild, customer, cellphone, unique_number, reference_number, issued_at_ms, without_discount, total, vat, payable, rate_micro, lines,
        terms, replaces,
    },
    make invoice(
        Invoice {
            id, bill_number,
            issuance: Arc::new(Issuance {
                issuer, guild, customer: party_of(customer), cellphone, unique: i64::cast_unsigned(unique_number),
                reference_number, issued_at_ms, amounts: Amounts { without_discount, total, vat, payable }, rate_micro,
                lines: lines_of(lines), terms: TermsCell::into_terms(terms), replaces: invoice_of(replaces),
            }),
            state: InvoiceState::Issued, serial, verified_at_ms, canceled_at_ms, edited,
            unsettled: unsettled(taking, settled_at_ms),
            set_off: set_off(pledged_to, pledged, pledge_done, pledge_freed), transferred, vouchers: vouchers_of(vouchers),
            declined: decline(declined, declined_at_ms, declines),
        },
        state, detail, delegated, CardNumbers { rrn, tref },
    )?
}

/// Stands for what credit has paid if the row contradicts itself; such a row is refused when it is read.
const NO_SUM: Rial = Rial::new(-1);

/// The numbers by which callers ask for a card payment: the card network's and the gateway's.
struct CardNumbers {
    rrn: Option<Text>,
    tref: Option<Text>,
}

fn invoice(
    invoice: Invoice,
    code: InvoiceStateCode,
    Json(detail): Json<Detail<'_>>,
    delegated: Rial,
    numbers: CardNumbers,
) -> Result<Invoice, Corrupt> {
    let invoice = Invoice { state: state_of(code, detail, numbers)?, ..invoice };
    if invoice.delegated() == Some(delegated) && invoice.received().is_some() {
        Ok(invoice)
    } else {
        Err(corrupt("invoice", format!("invoice {} is not what its payment says", invoice.id.0)))
    }
}

fn decline(why: Option<Declined>, at_ms: Option<i64>, count: Option<i64>) -> Option<CardDecline> {
    Some(CardDecline { why: why?, at_ms: at_ms?, count: count? })
}

fn unsettled(receivable: Option<i64>, at_ms: Option<i64>) -> Option<Unsettled> {
    Some(Unsettled { receivable: CardReceivableId(receivable?), at_ms: at_ms? })
}

fn set_off(to: Option<i64>, amount: Option<i64>, done: bool, freed: bool) -> Option<SetOffReservation> {
    Some(SetOffReservation { to: InvoiceId(to?), amount: Rial::new(amount?), done, freed })
}

/// Number, product, price in rials, quantity in millionths, discount in rials, description.
type LineCell<'a> = (i64, i64, i64, i64, i64, Cow<'a, str>);

fn line_cell(line: &InvoiceLine) -> LineCell<'_> {
    let LineAmount { price, quantity_micro, discount } = line.amount;
    (line.id, line.product, price.get(), quantity_micro, discount.get(), text(&line.description))
}

fn lines_of(Json(lines): Json<Vec<LineCell<'_>>>) -> Vec<InvoiceLine> {
    let line = |(id, product, price, quantity_micro, discount, description): LineCell<'_>| InvoiceLine {
        id,
        product,
        amount: LineAmount { price: Rial::new(price), quantity_micro, discount: Rial::new(discount) },
        description: Text::from(description),
    };
    lines.into_iter().map(line).collect()
}

/// Keyed hash of the code, when it was used, amount in rials, whether it was given back.
type VoucherCell<'a> = (Cow<'a, str>, i64, i64, bool);

fn voucher_cell(used: &VoucherUse) -> VoucherCell<'_> {
    (text(&used.code), used.at_ms, used.amount.get(), used.canceled)
}

fn vouchers_of(Json(used): Json<Vec<VoucherCell<'_>>>) -> Vec<VoucherUse> {
    let one = |(code, at_ms, amount, canceled): VoucherCell<'_>| VoucherUse {
        code: Text::from(code),
        at_ms,
        amount: Rial::new(amount),
        canceled,
    };
    used.into_iter().map(one).collect()
}

#[derive(Serialize, Deserialize)]
struct TermsCell<'a> {
    verify: bool,
    auto: bool,
    safe: bool,
    voucher: bool,
    close_s: i64,
    delivery_ms: i64,
    redirect: Option<Cow<'a, str>>,
    description: Option<Cow<'a, str>>,
    metadata: Option<Cow<'a, str>>,
}

impl<'a> TermsCell<'a> {
    fn of(terms: &'a Terms) -> Self {
        let text = |of: &'a Option<Text>| of.as_ref().map(self::text);
        Self {
            verify: terms.verification_needed,
            auto: terms.verify_after_timeout,
            safe: terms.safe,
            voucher: terms.post_voucher,
            close_s: terms.close_after_s,
            delivery_ms: terms.delivery_at_ms,
            redirect: text(&terms.redirect_url),
            description: text(&terms.description),
            metadata: text(&terms.metadata),
        }
    }
}

impl TermsCell<'_> {
    fn into_terms(Json(cell): Json<Self>) -> Terms {
        Terms {
            verification_needed: cell.verify,
            verify_after_timeout: cell.auto,
            safe: cell.safe,
            post_voucher: cell.voucher,
            close_after_s: cell.close_s,
            delivery_at_ms: cell.delivery_ms,
            redirect_url: cell.redirect.map(Text::from),
            description: cell.description.map(Text::from),
            metadata: cell.metadata.map(Text::from),
        }
    }
}

/// The data of a state.
#[derive(Serialize, Deserialize)]
enum Detail<'a> {
    None,
    /// End of the card step.
    Gateway(i64),
    /// Number of the payment by a card of another bank.
    Network(i64),
    Paid(PaymentCell<'a>),
    /// Payer, guild (or none for the wallet), when.
    Future(i64, Option<i64>, i64),
    /// Number and guild of the invoice that pays.
    SetOff(i64, i64),
}

#[derive(Serialize, Deserialize)]
struct PaymentCell<'a> {
    at_ms: i64,
    payer: Option<i64>,
    means: MeansCell<'a>,
    rest: i64,
    /// Credit, delegator, amount in rials.
    legs: Vec<(i64, i64, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promised_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
enum MeansCell<'a> {
    Wallet,
    /// Terminal, mask; the other numbers are columns.
    Card(Cow<'a, str>, Cow<'a, str>),
    /// Terminal only, as older versions wrote it.
    Pos(Cow<'a, str>),
    /// Terminal, reference, tracking.
    Terminal(Cow<'a, str>, Cow<'a, str>, Cow<'a, str>),
    Guild,
    Invoice(i64),
    Outside,
}

impl<'a> Detail<'a> {
    fn of(state: &'a InvoiceState) -> Self {
        match state {
            InvoiceState::Issued | InvoiceState::Canceled(None) => Self::None,
            InvoiceState::InGateway(ends_at_ms) => Self::Gateway(*ends_at_ms),
            InvoiceState::AtNetwork(attempt) => Self::Network(attempt.0),
            InvoiceState::Waiting(payment)
            | InvoiceState::Paid(payment)
            | InvoiceState::Closed(payment)
            | InvoiceState::Canceled(Some(payment)) => Self::Paid(PaymentCell::of(payment)),
            InvoiceState::Future(future) => {
                let guild = match future.from {
                    BlockedFrom::Wallet => None,
                    BlockedFrom::Guild(guild) => Some(guild),
                };
                Self::Future(future.by.0, guild, future.at_ms)
            }
            InvoiceState::SetOff(source) => Self::SetOff(source.invoice.0, source.guild),
        }
    }
}

impl Invoice {
    /// The code of the invoice's state.
    pub fn code(&self) -> InvoiceStateCode {
        match self.state {
            InvoiceState::Issued => InvoiceStateCode::Issued,
            InvoiceState::InGateway(_) => InvoiceStateCode::InGateway,
            InvoiceState::AtNetwork(_) => InvoiceStateCode::AtNetwork,
            InvoiceState::Waiting(_) => InvoiceStateCode::Waiting,
            InvoiceState::Future(_) => InvoiceStateCode::Future,
            InvoiceState::SetOff(_) => InvoiceStateCode::SetOff,
            InvoiceState::Paid(_) => InvoiceStateCode::Paid,
            InvoiceState::Closed(_) => InvoiceStateCode::Closed,
            InvoiceState::Canceled(_) if self.is_paid() => InvoiceStateCode::CanceledPaid,
            InvoiceState::Canceled(_) => InvoiceStateCode::Canceled,
        }
    }

    /// The card payment of the invoice; `None`: it was not paid by card.
    pub fn card_slip(&self) -> Option<&CardSlip> {
        match &self.state.payment()?.means {
            Means::Card(slip) => Some(slip),
            Means::Wallet | Means::Pos(_) | Means::Guild | Means::Invoice(_) | Means::Outside => None,
        }
    }
}

fn state_of(code: InvoiceStateCode, detail: Detail<'_>, numbers: CardNumbers) -> Result<InvoiceState, Corrupt> {
    let (mut issued, mut gateway, mut network, mut payment) = (false, None, None, None);
    let (mut future, mut set_off) = (None, None);
    match detail {
        Detail::None => issued = true,
        Detail::Gateway(ends_at_ms) => gateway = Some(ends_at_ms),
        Detail::Network(attempt) => network = Some(CardAttemptId(attempt)),
        Detail::Paid(paid) => payment = Some(paid.into_payment(numbers)?),
        Detail::Future(by, guild, at_ms) => {
            let from = guild.map_or(BlockedFrom::Wallet, BlockedFrom::Guild);
            future = Some(FuturePayment { by: PartyId(by), from, at_ms });
        }
        Detail::SetOff(invoice, guild) => set_off = Some(SetOffSource { invoice: InvoiceId(invoice), guild }),
    }
    let state = match code {
        InvoiceStateCode::Issued => issued.then_some(InvoiceState::Issued),
        InvoiceStateCode::InGateway => gateway.map(InvoiceState::InGateway),
        InvoiceStateCode::AtNetwork => network.map(InvoiceState::AtNetwork),
        InvoiceStateCode::Waiting => payment.map(InvoiceState::Waiting),
        InvoiceStateCode::Future => future.map(InvoiceState::Future),
        InvoiceStateCode::SetOff => set_off.map(InvoiceState::SetOff),
        InvoiceStateCode::Paid => payment.map(InvoiceState::Paid),
        InvoiceStateCode::Closed => payment.map(InvoiceState::Closed),
        InvoiceStateCode::Canceled if issued => Some(InvoiceState::Canceled(None)),
        InvoiceStateCode::Canceled | InvoiceStateCode::CanceledPaid => {
            payment.map(|payment| InvoiceState::Canceled(Some(payment)))
        }
    };
    state.ok_or_else(|| corrupt("invoice", format!("{code:?} does not go with its detail")))
}

impl<'a> PaymentCell<'a> {
    fn of(payment: &'a Payment) -> Self {
        let means = match &payment.means {
            Means::Wallet => MeansCell::Wallet,
            Means::Card(slip) => MeansCell::Card(text(&slip.terminal), text(&slip.mask)),
            Means::Pos(slip) => MeansCell::Terminal(text(&slip.terminal), text(&slip.reference), text(&slip.tracking)),
            Means::Guild => MeansCell::Guild,
            Means::Invoice(id) => MeansCell::Invoice(id.0),
            Means::Outside => MeansCell::Outside,
        };
        let leg = |leg: &Leg| (leg.credit.0, leg.delegator.0, leg.amount.get());
        Self {
            at_ms: payment.at_ms,
            payer: payment.payer.map(|payer| payer.0),
            means,
            rest: payment.rest.get(),
            legs: payment.legs.iter().map(leg).collect(),
            promised_ms: payment.promised_ms,
        }
    }

    fn into_payment(self, CardNumbers { rrn, tref }: CardNumbers) -> Result<Payment, Corrupt> {
        let means = match (self.means, rrn, tref) {
            (MeansCell::Card(terminal, mask), Some(rrn), Some(tref)) => {
                Means::Card(CardSlip { terminal: Text::from(terminal), mask: Text::from(mask), rrn, tref })
            }
            (MeansCell::Wallet, None, None) => Means::Wallet,
            (MeansCell::Pos(terminal), None, None) => pos(terminal, "".into(), "".into()),
            (MeansCell::Terminal(terminal, reference, tracking), None, None) => pos(terminal, reference, tracking),
            (MeansCell::Guild, None, None) => Means::Guild,
            (MeansCell::Invoice(id), None, None) => Means::Invoice(InvoiceId(id)),
            (MeansCell::Outside, None, None) => Means::Outside,
            _ => return Err(corrupt("invoice", "a card payment without its numbers, or numbers without one")),
        };
        let leg = |(credit, delegator, amount)| Leg {
            credit: CreditId(credit),
            delegator: PartyId(delegator),
            amount: Rial::new(amount),
        };
        Ok(Payment {
            at_ms: self.at_ms,
            payer: self.payer.map(PartyId),
            means,
            rest: Rial::new(self.rest),
            legs: self.legs.into_iter().map(leg).collect(),
            promised_ms: self.promised_ms,
        })
    }
}

fn pos(terminal: Cow<'_, str>, reference: Cow<'_, str>, tracking: Cow<'_, str>) -> Means {
    let [terminal, reference, tracking] = [terminal, reference, tracking].map(Text::from);
    Means::Pos(PosSlip { terminal, reference, tracking })
}
