//! How an invoice is stored.
//!
//! What is only told back, and what belongs to a state, is JSON: small arrays in a fixed order. Codes are for ever.

use ledger::Rial;
use schema::{Corrupt, Json, corrupt, table};
use serde::{Deserialize, Serialize};

use crate::{
    Amounts, BlockedFrom, CardSlip, CreditId, FuturePayment, Invoice, InvoiceId, InvoiceLine, InvoiceState, Leg,
    LineAmount, Means, OnItsWay, PartyId, Payment, Pledge, PosSlip, SetOffSource, TakingId, Terms, Text, VoucherUse,
};

fn party_of(id: Option<i64>) -> Option<PartyId> {
    id.map(PartyId)
}

fn invoice_of(id: Option<i64>) -> Option<InvoiceId> {
    id.map(InvoiceId)
}

fn text(text: &Text) -> String {
    text.to_string()
}

/// Codes of states, for the conditions of lists. Codes are for ever.
#[allow(missing_docs, reason = "the names are the documentation")]
pub mod states {
    pub const ISSUED: i64 = 1;
    pub const IN_GATEWAY: i64 = 2;
    pub const WAITING: i64 = 3;
    pub const FUTURE: i64 = 4;
    pub const SET_OFF: i64 = 5;
    pub const PAYED: i64 = 6;
    pub const CLOSED: i64 = 7;
    pub const CANCELED: i64 = 8;
    /// Canceled when it was paid.
    pub const CANCELED_PAYED: i64 = 9;
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
        terms: Json(TermsCell::of(&r.terms)), state: state_code(r), detail: Json(Detail::of(&r.state)),
        delegated: r.delegated().unwrap_or(NO_SUM), serial: r.serial, verified_at_ms: r.verified_at_ms,
        canceled_at_ms: r.canceled_at_ms, edited: r.edited, replaces: r.replaces.map(|id| id.0),
        taking: r.on_its_way.map(|way| way.taking.0), settled_at_ms: r.on_its_way.map(|way| way.at_ms),
        pledged_to: r.pledge.map(|pledge| pledge.to.0), pledged: r.pledge.map(|pledge| pledge.amount.get()),
        pledge_done: r.pledge.is_some_and(|pledge| pledge.done),
        pledge_freed: r.pledge.is_some_and(|pledge| pledge.freed), transferred: r.transferred,
        vouchers: Json::list(r.vouchers.iter().map(voucher_cell)),
    },
    for_life {
        issuer, guild, customer, cellphone, unique_number, reference_number, issued_at_ms, without_discount, total, vat, payable, rate_micro, lines,
        terms, replaces,
    },
    make invoice(
        Invoice {
            id, issuer, guild, customer: party_of(customer), cellphone, bill_number,
            unique: i64::cast_unsigned(unique_number), reference_number, issued_at_ms,
            amounts: Amounts { without_discount, total, vat, payable }, rate_micro, lines: lines_of(lines),
            terms: TermsCell::into_terms(terms), state: InvoiceState::Issued, serial, verified_at_ms,
            canceled_at_ms, edited, replaces: invoice_of(replaces), on_its_way: on_its_way(taking, settled_at_ms),
            pledge: pledge(pledged_to, pledged, pledge_done, pledge_freed), transferred, vouchers: vouchers_of(vouchers),
        },
        state, detail, delegated,
    )?
}

/// What credit has paid where the row contradicts itself: such a row is refused when it is read.
const NO_SUM: Rial = Rial::new(-1);

fn invoice(invoice: Invoice, code: i64, Json(detail): Json<Detail>, delegated: Rial) -> Result<Invoice, Corrupt> {
    let invoice = Invoice { state: state_of(code, detail)?, ..invoice };
    if invoice.delegated() == Some(delegated) && invoice.received().is_some() {
        Ok(invoice)
    } else {
        Err(corrupt("invoice", format!("invoice {} is not what its payment says", invoice.id.0)))
    }
}

fn on_its_way(taking: Option<i64>, at_ms: Option<i64>) -> Option<OnItsWay> {
    Some(OnItsWay { taking: TakingId(taking?), at_ms: at_ms? })
}

fn pledge(to: Option<i64>, amount: Option<i64>, done: bool, freed: bool) -> Option<Pledge> {
    Some(Pledge { to: InvoiceId(to?), amount: Rial::new(amount?), done, freed })
}

/// Number, product, price, quantity, discount, description.
type LineCell = (i64, i64, i64, i64, i64, String);

fn line_cell(line: &InvoiceLine) -> LineCell {
    let LineAmount { price, quantity_micro, discount } = line.amount;
    (line.id, line.product, price.get(), quantity_micro, discount.get(), text(&line.description))
}

fn lines_of(Json(lines): Json<Vec<LineCell>>) -> Vec<InvoiceLine> {
    let line = |(id, product, price, quantity_micro, discount, description): LineCell| InvoiceLine {
        id,
        product,
        amount: LineAmount { price: Rial::new(price), quantity_micro, discount: Rial::new(discount) },
        description: Text::from(description),
    };
    lines.into_iter().map(line).collect()
}

/// Code, when, how much, whether it was given back.
type VoucherCell = (String, i64, i64, bool);

fn voucher_cell(used: &VoucherUse) -> VoucherCell {
    (text(&used.code), used.at_ms, used.amount.get(), used.canceled)
}

fn vouchers_of(Json(used): Json<Vec<VoucherCell>>) -> Vec<VoucherUse> {
    let one = |(code, at_ms, amount, canceled): VoucherCell| VoucherUse {
        code: Text::from(code),
        at_ms,
        amount: Rial::new(amount),
        canceled,
    };
    used.into_iter().map(one).collect()
}

#[derive(Serialize, Deserialize)]
struct TermsCell {
    verify: bool,
    auto: bool,
    safe: bool,
    voucher: bool,
    close_s: i64,
    delivery_ms: i64,
    redirect: Option<String>,
    description: Option<String>,
    metadata: Option<String>,
}

impl TermsCell {
    fn of(terms: &Terms) -> Self {
        let text = |of: &Option<Text>| of.as_ref().map(self::text);
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

impl TermsCell {
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

/// What belongs to a state.
#[derive(Serialize, Deserialize)]
enum Detail {
    None,
    /// Until when.
    Gateway(i64),
    Paid(PaymentCell),
    /// Who, from which guild if not from the wallet, when.
    Future(i64, Option<i64>, i64),
    /// Which invoice, of which guild.
    SetOff(i64, i64),
}

#[derive(Serialize, Deserialize)]
struct PaymentCell {
    at_ms: i64,
    payer: Option<i64>,
    means: MeansCell,
    rest: i64,
    /// Credit, delegator, amount.
    legs: Vec<(i64, i64, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promised_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
enum MeansCell {
    Wallet,
    /// Terminal, mask, rrn, tref.
    Card(String, String, String, String),
    /// A terminal alone: of older payments.
    Pos(String),
    /// Terminal, reference, tracking.
    Terminal(String, String, String),
    Guild,
    Invoice(i64),
    Outside,
}

impl Detail {
    fn of(state: &InvoiceState) -> Self {
        match state {
            InvoiceState::Issued | InvoiceState::Canceled(None) => Self::None,
            InvoiceState::InGateway(ends_at_ms) => Self::Gateway(*ends_at_ms),
            InvoiceState::Waiting(payment)
            | InvoiceState::Payed(payment)
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

fn state_code(invoice: &Invoice) -> i64 {
    match invoice.state {
        InvoiceState::Issued => states::ISSUED,
        InvoiceState::InGateway(_) => states::IN_GATEWAY,
        InvoiceState::Waiting(_) => states::WAITING,
        InvoiceState::Future(_) => states::FUTURE,
        InvoiceState::SetOff(_) => states::SET_OFF,
        InvoiceState::Payed(_) => states::PAYED,
        InvoiceState::Closed(_) => states::CLOSED,
        InvoiceState::Canceled(_) if invoice.is_payed() => states::CANCELED_PAYED,
        InvoiceState::Canceled(_) => states::CANCELED,
    }
}

fn state_of(code: i64, detail: Detail) -> Result<InvoiceState, Corrupt> {
    match (code, detail) {
        (states::ISSUED, Detail::None) => Ok(InvoiceState::Issued),
        (states::CANCELED, Detail::None) => Ok(InvoiceState::Canceled(None)),
        (states::IN_GATEWAY, Detail::Gateway(ends_at_ms)) => Ok(InvoiceState::InGateway(ends_at_ms)),
        (states::WAITING, Detail::Paid(payment)) => Ok(InvoiceState::Waiting(payment.into_payment())),
        (states::PAYED, Detail::Paid(payment)) => Ok(InvoiceState::Payed(payment.into_payment())),
        (states::CLOSED, Detail::Paid(payment)) => Ok(InvoiceState::Closed(payment.into_payment())),
        (states::CANCELED | states::CANCELED_PAYED, Detail::Paid(payment)) => {
            Ok(InvoiceState::Canceled(Some(payment.into_payment())))
        }
        (states::FUTURE, Detail::Future(by, guild, at_ms)) => {
            let from = guild.map_or(BlockedFrom::Wallet, BlockedFrom::Guild);
            Ok(InvoiceState::Future(FuturePayment { by: PartyId(by), from, at_ms }))
        }
        (states::SET_OFF, Detail::SetOff(invoice, guild)) => {
            Ok(InvoiceState::SetOff(SetOffSource { invoice: InvoiceId(invoice), guild }))
        }
        (other, _) => Err(corrupt("invoice", format!("unknown state {other}, or not with this detail"))),
    }
}

impl PaymentCell {
    fn of(payment: &Payment) -> Self {
        let means = match &payment.means {
            Means::Wallet => MeansCell::Wallet,
            Means::Card(slip) => {
                MeansCell::Card(text(&slip.terminal), text(&slip.mask), text(&slip.rrn), text(&slip.tref))
            }
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

    fn into_payment(self) -> Payment {
        let means = match self.means {
            MeansCell::Wallet => Means::Wallet,
            MeansCell::Card(terminal, mask, rrn, tref) => Means::Card(CardSlip {
                terminal: Text::from(terminal),
                mask: Text::from(mask),
                rrn: Text::from(rrn),
                tref: Text::from(tref),
            }),
            MeansCell::Pos(terminal) => pos(terminal, String::new(), String::new()),
            MeansCell::Terminal(terminal, reference, tracking) => pos(terminal, reference, tracking),
            MeansCell::Guild => Means::Guild,
            MeansCell::Invoice(id) => Means::Invoice(InvoiceId(id)),
            MeansCell::Outside => Means::Outside,
        };
        let leg = |(credit, delegator, amount)| Leg {
            credit: CreditId(credit),
            delegator: PartyId(delegator),
            amount: Rial::new(amount),
        };
        Payment {
            at_ms: self.at_ms,
            payer: self.payer.map(PartyId),
            means,
            rest: Rial::new(self.rest),
            legs: self.legs.into_iter().map(leg).collect(),
            promised_ms: self.promised_ms,
        }
    }
}

fn pos(terminal: String, reference: String, tracking: String) -> Means {
    let [terminal, reference, tracking] = [terminal, reference, tracking].map(Text::from);
    Means::Pos(PosSlip { terminal, reference, tracking })
}
