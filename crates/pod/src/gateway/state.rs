//! The page of an invoice or a session in which nothing can be paid: what it is about, why, and what the payer can do next.
//!
//! The words are for people. Programs get POD's own words in the address of return (pod.md 5.5); here only the number of the code is shown.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use payments::{Invoice, InvoiceRefusal, InvoiceState, NotPayable, Party};
use wire::pod::errors::Failure;

use super::sums::Sums;
use crate::payee::Payee;
use web::{Allowed, Frame, Lang, NextStep, filled, page, with_look};

/// See the module.
#[derive(Template)]
#[template(path = "pay_state.html")]
pub struct State {
    pub f: Frame,
    pub title: &'static str,
    pub text: String,
    pub sign: &'static str,
    pub is_good: bool,
    pub is_bad: bool,
    /// The number of the refusal's code; empty: it has none.
    pub code: String,
    pub invoice: Option<Brief>,
    /// What the payer can do here.
    pub steps: Vec<NextStep>,
    /// The way back to the shop.
    pub back: Option<String>,
    /// The address that the page loads by itself again; `None`: it does not.
    pub again: Option<String>,
}

/// The few facts by which a payer recognizes an invoice; if it is paid, its receipt. They say nothing of the payer: everyone who has
/// a link sees them.
pub struct Brief {
    payee: Payee,
    number: String,
    bill_number: Option<String>,
    payable: String,
    paid: Option<Paid>,
}

/// The receipt of a paid invoice.
struct Paid {
    at: String,
    number: String,
    sums: Sums,
    /// What was refunded since, in rials.
    refunded: Option<String>,
}

impl Brief {
    /// The facts about an invoice, on a page with this frame.
    pub fn of(invoice: &Invoice, issuer: Option<&Party>, frame: &Frame) -> Self {
        let lang = frame.lang();
        let refunded = Some(invoice.refunded()).filter(|refunded| refunded.is_positive());
        let paid = |(sums, at_ms)| Paid {
            at: lang.instant(at_ms),
            number: lang.digits(invoice.payment_number()),
            sums,
            refunded: refunded.map(|refunded| lang.rial(refunded)),
        };
        let at_ms = invoice.state.payment().map(|payment| payment.at_ms);
        Self {
            payee: Payee::of(issuer, frame.look.as_deref()),
            number: lang.digits(invoice.id.0),
            bill_number: invoice.bill_number.as_deref().map(str::to_owned),
            payable: lang.rial(invoice.amounts.payable),
            paid: Sums::of_invoice(invoice, lang).zip(at_ms).map(paid),
        }
    }
}

impl State {
    /// The page of an invoice without a session.
    pub fn nowhere(f: Frame, invoice: Option<Brief>) -> Self {
        Self {
            f,
            title: "",
            text: String::new(),
            sign: "!",
            is_good: false,
            is_bad: false,
            code: String::new(),
            invoice,
            steps: Vec::new(),
            back: None,
            again: None,
        }
    }

    /// The page of an invoice while a card payment waits for its network. It does not lead back to the shop: the outcome is not known yet.
    pub fn waiting(f: Frame, invoice: Brief, again: String) -> Self {
        let (title, text) = (f.w.state_at_network, f.w.state_at_network_help.to_owned());
        Self { title, text, sign: "…", again: Some(again), ..Self::nowhere(f, Some(invoice)) }
    }

    /// The page, for a browser that is in no session.
    pub fn without_session(&self, status: StatusCode) -> Response {
        with_look(page(status, self, &Allowed::default()), self.f.look.as_deref())
    }

    /// With one more step.
    pub fn and_step(mut self, to: String, label: &'static str) -> Self {
        self.steps.push(NextStep { to, label });
        self
    }

    /// The texts of a refusal, and the number of its code.
    pub fn because(self, why: InvoiceRefusal, invoice: &InvoiceState, failure: &Failure) -> Self {
        let lang = self.f.lang();
        let (title, text) = words_of(why, invoice, lang);
        let (sign, is_good, is_bad) = sign_of(why);
        // A code says what went wrong.
        let code = if is_good { String::new() } else { lang.digits(failure.code) };
        Self { title, text, sign, is_good, is_bad, code, ..self }
    }
}

fn words_of(why: InvoiceRefusal, invoice: &InvoiceState, lang: Lang) -> (&'static str, String) {
    let w = lang.words();
    let (title, text) = match why {
        InvoiceRefusal::NotPayable(NotPayable::Paid | NotPayable::Closed) => (w.state_payed, w.state_payed_help),
        InvoiceRefusal::NotPayable(NotPayable::Waiting) => (w.state_waiting, w.state_waiting_help),
        InvoiceRefusal::NotPayable(NotPayable::Canceled) => (w.state_canceled, w.state_canceled_help),
        InvoiceRefusal::NotPayable(NotPayable::InGateway) => return (w.state_in_gateway, held(invoice, lang)),
        InvoiceRefusal::NotPayable(NotPayable::WaitsForItsDay | NotPayable::NotForThem) => {
            (w.state_promised, w.state_promised_help)
        }
        InvoiceRefusal::Disabled => (w.state_disabled, w.state_disabled_help),
        InvoiceRefusal::BelowCardMinimum => (w.state_refused, w.card_below),
        InvoiceRefusal::InvoiceUnknown => (w.invoice_missing, w.invoice_missing_help),
        // A payer on a page does not meet these: calls of programs do.
        InvoiceRefusal::TokenUsed
        | InvoiceRefusal::Invalid(_)
        | InvoiceRefusal::GuildForeign
        | InvoiceRefusal::BillNumberUsed
        | InvoiceRefusal::BillNumberOfCanceled
        | InvoiceRefusal::IssuedToSelf
        | InvoiceRefusal::PartyUnknown
        | InvoiceRefusal::CreditorUnknown
        | InvoiceRefusal::DebtorUnknown
        | InvoiceRefusal::NotPermitted
        | InvoiceRefusal::MayNotClose
        | InvoiceRefusal::NotForCaller
        | InvoiceRefusal::FutureTwice
        | InvoiceRefusal::NotAfterToday
        | InvoiceRefusal::BlockShort
        | InvoiceRefusal::Insufficient
        | InvoiceRefusal::NoPermission
        | InvoiceRefusal::PermissionShort
        | InvoiceRefusal::CreditShort
        | InvoiceRefusal::GuildShort
        | InvoiceRefusal::SetOffPending
        | InvoiceRefusal::SourceNotPaid
        | InvoiceRefusal::NotPaid
        | InvoiceRefusal::NotWaiting
        | InvoiceRefusal::NotClosed
        | InvoiceRefusal::NoCustomer
        | InvoiceRefusal::MobileNotVerified
        | InvoiceRefusal::WrongCode
        | InvoiceRefusal::TooManySms
        | InvoiceRefusal::PosUnknown
        | InvoiceRefusal::UniqueIdUsed
        | InvoiceRefusal::Internal => (w.state_refused, w.state_refused_help),
    };
    (title, text.to_owned())
}

/// Until when another session keeps the invoice, and how its payer goes on.
fn held(invoice: &InvoiceState, lang: Lang) -> String {
    let w = lang.words();
    match invoice {
        InvoiceState::InGateway(until_ms) => filled(w.state_in_gateway_until, &lang.minute_after(*until_ms)),
        _ => w.state_in_gateway_help.to_owned(),
    }
}

/// The sign, and whether it is a good or a bad one.
fn sign_of(why: InvoiceRefusal) -> (&'static str, bool, bool) {
    match why {
        InvoiceRefusal::NotPayable(NotPayable::Paid | NotPayable::Closed | NotPayable::Waiting) => ("✓", true, false),
        InvoiceRefusal::NotPayable(NotPayable::InGateway | NotPayable::WaitsForItsDay | NotPayable::NotForThem)
        | InvoiceRefusal::Disabled
        | InvoiceRefusal::BelowCardMinimum => ("!", false, false),
        _ => ("✗", false, true),
    }
}
