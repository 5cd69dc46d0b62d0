//! A request in a payer's session: loading the session, running a step, and the response to each outcome.

use std::sync::Arc;

use askama::Template;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use payments::{
    CallAddress, CardAttemptId, CardSlip, Entered, GatewayCommand, GatewayEntry, GatewayRefusal, GatewaySession,
    GatewayStep, Invoice, InvoiceId, InvoiceRefusal, InvoiceState, NotPayable, Party, PartyId, Payer, PayerVisit,
    SessionState, Text,
};
use percent_encoding::utf8_percent_encode;
use wire::pod::errors::{self, Failure};
use wire::pod::returning::{RESERVED, Returned, call_with, error_query, with_query};

use super::bill::{Bill, Shares};
use super::entries::{SESSION, base};
use crate::App;
use crate::services::failure_of;
use edge::body;
use edge::form::Query;
use edge::random::NoRandomness;
use edge::refused::BodyFault;
use web::guard::{self, Guard};
use web::visitor::{self, SSO_COOKIE};
use web::{self, Allowed, Frame, Lang, LeadsTo, broken, go_to, notice, page, redirect, with_cookies};

/// A request in a payer's session.
pub struct Visit {
    pub app: App,
    pub gs: String,
    pub session: GatewaySession,
    /// The initial content of the session, if it has no row yet.
    entered: Option<Entered>,
    pub invoice: Invoice,
    pub issuer: Option<Arc<Party>>,
    /// The party that has logged in.
    pub caller: Option<Arc<Party>>,
    pub frame: Frame,
    guard: Guard,
    headers: HeaderMap,
}

/// The parameter that tells the log-in page which business may show it in a frame. The log-in page cannot read the session itself, whose cookie is
/// sent to the session's own paths only.
const SHOP: &str = "shop";

/// The business whose payer page comes after the log-in, if `next` names it: that business may show the log-in page in a frame as well.
///
/// # Errors
/// The store cannot be read.
pub async fn business_behind(app: &App, next: &str) -> Result<Option<Arc<Party>>, engine::Error> {
    let (path, query) = next.split_once('?').unwrap_or((next, ""));
    let Some(page) = path.strip_prefix("/v1/pbc/") else { return Ok(None) };
    let query = Query::default().and_form(query.as_bytes());
    let number = |name: &str| query.get(name).and_then(|number| number.parse().ok());
    app.engine.catch_up().await?;
    let issuer = match (page.starts_with("pay/"), number(SHOP), number("invoiceId")) {
        (true, Some(shop), _) => PartyId::numbered(shop),
        (false, _, Some(id)) => app.engine.reader().invoice(InvoiceId(id)).await?.map(|invoice| invoice.issuer),
        _ => None,
    };
    match issuer {
        Some(issuer) => app.engine.party(issuer).await,
        None => Ok(None),
    }
}

/// The page for a request that failed because the system gives no randomness.
pub fn random(frame: Frame, error: &NoRandomness) -> Response {
    broken(frame, &engine::Error::Unavailable(error.to_string()))
}

impl Visit {
    /// Loads the session of a request.
    ///
    /// # Errors
    /// The page that says that there is no such session, or that the machine failed.
    pub async fn open(app: App, gs: String, parts: &Parts) -> Result<Self, Response> {
        let frame = Frame::of(&parts.uri, &parts.headers);
        let missing =
            |w: &web::Words| notice(frame.clone(), StatusCode::NOT_FOUND, w.page_missing, w.page_missing_help);
        if gs.len() != SESSION {
            return Err(missing(frame.w));
        }
        let unread = |error: store::Error| broken(frame.clone(), &error.into());
        app.engine.catch_up().await.map_err(|error| broken(frame.clone(), &error))?;
        let reader = app.engine.reader();
        let found = reader.gateway_session(app.secrets.hash(&gs)).await.map_err(unread)?;
        let now_ms = app.engine.clock().now_ms();
        let entered = if found.is_some() { None } else { app.entries.find(&app.secrets, &parts.headers, &gs) };
        let (unique, entered) = entered.unzip();
        let session = found.or_else(|| entered.as_ref().map(|entered| entered.session.clone()));
        // The row of an expired session may still exist: it is removed later.
        let session = session.filter(|session| now_ms < session.forgotten_at_ms()).ok_or_else(|| missing(frame.w))?;
        let invoice = reader.invoice(session.invoice).await.map_err(unread)?;
        let invoice = invoice.filter(|invoice| unique.is_none_or(|unique| invoice.unique == unique));
        let invoice = invoice.ok_or_else(|| missing(frame.w))?;
        let failed = |error: engine::Error| broken(frame.clone(), &error);
        let issuer = app.engine.party(invoice.issuer).await.map_err(failed)?;
        web::let_in(parts, issuer.as_deref());
        let caller = visitor::party(&app, &parts.headers).await.map_err(failed)?;
        let guard = Guard::of(&parts.headers).map_err(|error| random(frame.clone(), &error))?;
        Ok(Self { gs, session, entered, invoice, issuer, caller, frame, guard, headers: parts.headers.clone(), app })
    }

    /// Loads the session and reads the form of a request. From a browser, only forms of this session's own pages are accepted.
    ///
    /// # Errors
    /// As [`Visit::open`], and: the form is not ours, or cannot be read.
    pub async fn submit(app: App, gs: String, request: axum::extract::Request) -> Result<(Self, Query), Response> {
        let (parts, body) = request.into_parts();
        let mut visit = Self::open(app, gs, &parts).await?;
        let w = visit.frame.w;
        let body = body::read(&parts, body).await.map_err(|fault| {
            let status = match fault {
                BodyFault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                BodyFault::Broken => StatusCode::BAD_REQUEST,
            };
            notice(visit.frame.clone(), status, w.too_large, "")
        })?;
        let form = Query::default().and_form(&body);
        if !guard::is_ours(&visit.app, &parts.headers, &visit.about(), form.get("csrf")) {
            let status = StatusCode::FORBIDDEN;
            return Err(visit.allow(notice(visit.frame.clone(), status, w.form_stale, w.form_stale_help)));
        }
        // The path of a form cannot be loaded with GET, so the link to the other language leads to the session's page.
        visit.frame.other = format!("{}?lang={}", base(&visit.gs), w.other_code);
        Ok((visit, form))
    }

    /// The language of the pages.
    pub fn lang(&self) -> Lang {
        self.frame.lang()
    }

    /// The path of the session's page.
    pub fn base(&self) -> String {
        base(&self.gs)
    }

    /// The address of the page that waits for the network's answer about a card payment.
    pub fn waits_for(&self, attempt: CardAttemptId) -> String {
        format!("{}/card/wait?attempt={}", self.base(), attempt.0)
    }

    /// The subject of the tokens of this session's forms: the session and the log-in.
    fn about(&self) -> String {
        format!("{}\n{}", self.gs, visitor::shown(&self.headers, SSO_COOKIE))
    }

    /// The token of this session's forms.
    pub fn csrf(&self) -> String {
        self.guard.token(&self.app.secrets, &self.about())
    }

    /// The token of the log-out form.
    pub fn log_out_csrf(&self) -> String {
        self.guard.token(&self.app.secrets, visitor::shown(&self.headers, SSO_COOKIE))
    }

    /// The address of the log-in page that leads back here. If a party has logged in, the page asks for another one.
    pub fn log_in(&self) -> String {
        let another = if self.caller.is_some() { "&as=another" } else { "" };
        let shows = |issuer: &Party| issuer.business().is_some_and(|business| !business.frame_origins.is_empty());
        let next = match self.issuer.as_deref().filter(|issuer| shows(issuer)) {
            Some(shop) => format!("{}?{SHOP}={}", self.base(), shop.id.0),
            None => self.base(),
        };
        format!("/oauth2/login?next={}{another}", utf8_percent_encode(&next, RESERVED))
    }

    /// Whether the session is for one party, and that party has not logged in.
    pub fn is_foreign(&self) -> bool {
        self.session.only.is_some_and(|only| self.caller.as_ref().map(|caller| caller.id) != Some(only))
    }

    /// Whether the session's page is the card page: its card step is open, or opens with the first form.
    pub fn shows_card(&self) -> bool {
        let begins_there = |entered: &Entered| entered.entry_page == GatewayEntry::CardStep;
        self.is_in_card_step() || self.entered.as_ref().is_some_and(begins_there)
    }

    /// Whether the session's card step is open.
    fn is_in_card_step(&self) -> bool {
        self.session.has_card_step(&self.invoice, self.app.engine.clock().now_ms())
    }

    fn allowed(&self) -> Allowed {
        let leads_to = self.session.back.as_deref().map(LeadsTo::address);
        Allowed { leads_to: leads_to.unwrap_or_default() }
    }

    /// Renders a page of this session.
    pub fn page(&self, template: &impl Template) -> Response {
        self.allow(page(StatusCode::OK, template, &self.allowed()))
    }

    /// Adds the cookies that a session's pages set.
    pub fn allow(&self, response: Response) -> Response {
        with_cookies(response, [self.guard.cookie(self.app.security)])
    }

    /// Runs a step of the session. The step's own refusals are returned, for a notice on the same page.
    ///
    /// # Errors
    /// The page or redirect for every other refusal, and for a failure of the machine.
    pub async fn run<C: GatewayCommand>(&self, command: C) -> Result<Result<C::Done, C::Refusal>, Response> {
        let visit = PayerVisit {
            session: self.session.hash,
            invoice: (self.invoice.id, self.invoice.issuer),
            caller: self.caller.as_ref().map(|caller| caller.id),
            entered: self.entered.clone().map(Box::new),
        };
        match self.app.engine.run(GatewayStep { visit, command }).await {
            Ok(Ok(done)) => Ok(Ok(done)),
            Ok(Err(why)) => self.stays(why).map(Err),
            Err(error) => Err(broken(self.frame.clone(), &error)),
        }
    }

    /// The page for an outcome that a step cannot have.
    pub fn unexpected(&self, error: &engine::Error) -> Response {
        broken(self.frame.clone(), error)
    }

    /// The step's own refusal.
    ///
    /// # Errors
    /// The page or redirect for every other refusal.
    fn stays<R>(&self, why: GatewayRefusal<R>) -> Result<R, Response> {
        Err(match why {
            GatewayRefusal::NoSession => {
                let w = self.frame.w;
                notice(self.frame.clone(), StatusCode::NOT_FOUND, w.page_missing, w.page_missing_help)
            }
            GatewayRefusal::Ended(session) => match &session.state {
                SessionState::Took(_) => go_to(&format!("{}/result", self.base())),
                SessionState::Paying(attempt) => go_to(&self.waits_for(*attempt)),
                // The card step is not open: the page with the choices opens it.
                SessionState::Open if session.is_open(self.app.engine.clock().now_ms()) => go_to(&self.base()),
                SessionState::Open | SessionState::Canceled => self.back_unpaid(),
            },
            GatewayRefusal::LogIn => go_to(&self.log_in()),
            GatewayRefusal::Invoice(why) => self.refused(why),
            GatewayRefusal::Step(why) => return Ok(why),
        })
    }

    /// Returns the payer to the shop unpaid, or shows a page if there is no address. If the invoice cannot be paid any more, reports that instead.
    pub fn back_unpaid(&self) -> Response {
        if let Some(why) = self.settled() {
            return self.refused(why.into());
        }
        let back = self.session.back.as_ref().map(|back| with_query(back, &self.returned(false, None)));
        let home = || {
            let w = self.frame.w;
            let state = State { title: w.state_over, text: w.state_over_help, ..State::of(self) };
            match self.session.state {
                SessionState::Canceled => State { title: w.state_left, text: w.state_left_help, ..state },
                SessionState::Open | SessionState::Paying(_) | SessionState::Took(_) => state,
            }
        };
        back.and_then(|back| redirect(StatusCode::FOUND, &back)).unwrap_or_else(|| self.page(&home()))
    }

    /// The query of the address of return.
    pub fn returned(&self, paid: bool, slip: Option<&CardSlip>) -> String {
        returned(&self.invoice, paid, slip)
    }

    /// The callback for the case that this step takes the money: the address with its query.
    pub fn callback(&self, slip: Option<&CardSlip>) -> Option<CallAddress> {
        let call = self.session.call.as_ref()?;
        let paid = !self.invoice.terms.verification_needed || returns_when_taken(self.issuer.as_deref());
        Some(called_with(call, &self.returned(paid, slip)))
    }

    /// Returns the payer to the shop with an error (pod.md 5.5), or shows a page if there is no address.
    pub fn refused(&self, why: InvoiceRefusal) -> Response {
        refused(&self.frame, self.session.back.as_ref(), why, |failure| self.page(&State::refused(self, why, failure)))
    }

    /// The page of a refusal, even if there is an address of return.
    fn refusal(&self, why: InvoiceRefusal) -> Response {
        match failure_of(why) {
            Ok(failure) => self.page(&State::refused(self, why, failure)),
            Err(error) => self.unexpected(&error),
        }
    }

    /// The page of an invoice that cannot be paid in this session now; `None`: it can.
    pub fn unpayable(&self) -> Option<Response> {
        let now_ms = self.app.engine.clock().now_ms();
        let payable = match self.is_in_card_step() {
            true => Ok(()),
            false => self.invoice.state.payable_by(Payer::Gateway, now_ms),
        };
        let disabled = self.issuer.as_ref().is_some_and(|issuer| issuer.disabled);
        let why = match payable {
            Err(why) => why.into(),
            Ok(()) if disabled => InvoiceRefusal::Disabled,
            Ok(()) => return None,
        };
        Some(self.refusal(why))
    }

    /// Why the invoice cannot be paid any more; `None`: it can, or another session's card step holds it for a while.
    fn settled(&self) -> Option<NotPayable> {
        let now_ms = self.app.engine.clock().now_ms();
        let why = self.invoice.state.payable_by(Payer::Gateway, now_ms).err()?;
        (why != NotPayable::InGateway).then_some(why)
    }

    /// The page of a session that has ended without taking money.
    pub fn ended(&self, title: &str, text: &str) -> Response {
        match self.settled() {
            Some(why) => self.refusal(why.into()),
            None => self.page(&State { title, text, ..State::of(self) }),
        }
    }

    /// The invoice as the pages of this session show it, and the shares of voucher and credit.
    ///
    /// # Errors
    /// The page that says that the machine failed.
    pub async fn bill(&self) -> Result<(Bill, Shares), Response> {
        let shares = Shares::of(&self.app, &self.session, &self.invoice).await;
        let shares = shares.map_err(|error| broken(self.frame.clone(), &error))?;
        Ok((Bill::of(&self.invoice, self.issuer.as_deref(), shares, self.lang()), shares))
    }
}

/// Whether payers return to the shop with `paid=true` as soon as the money is taken, before the shop verifies the payment.
pub fn returns_when_taken(issuer: Option<&Party>) -> bool {
    issuer.and_then(Party::business).is_some_and(|business| business.returns_when_taken)
}

/// Whether the invoice is reported to the shop as paid.
pub fn is_reported_paid(invoice: &Invoice, issuer: Option<&Party>) -> bool {
    match &invoice.state {
        InvoiceState::Paid(_) | InvoiceState::Closed(_) => true,
        InvoiceState::Waiting(_) => returns_when_taken(issuer),
        // A smaller invoice has replaced it and has its payment.
        InvoiceState::Canceled(_) => invoice.edited && invoice.is_paid(),
        _ => false,
    }
}

/// The query that tells a shop about a payment (pod.md 5.4).
pub fn returned(invoice: &Invoice, paid: bool, slip: Option<&CardSlip>) -> String {
    let number = invoice.payment_number().to_string();
    Returned {
        bill_number: invoice.bill_number.as_deref().unwrap_or_default(),
        payment_bill_number: &number,
        invoice_id: invoice.id.0,
        paid,
        terminal_id: slip.map_or("", |slip| &*slip.terminal),
        masked_card_number: slip.map_or("", |slip| &*slip.mask),
        rrn: slip.map_or("", |slip| &*slip.rrn),
        tref: slip.map_or("", |slip| &*slip.tref),
    }
    .query()
}

/// A callback address with this query added.
pub fn called_with(call: &CallAddress, query: &str) -> CallAddress {
    CallAddress { address: Text::from(call_with(&call.address, query)), ..*call }
}

/// Returns the payer to the shop with an error. Without an address: the page that `page` makes, with status 409.
pub fn refused(
    frame: &Frame,
    back: Option<&Text>,
    why: InvoiceRefusal,
    page: impl FnOnce(Failure) -> Response,
) -> Response {
    let failure = match failure_of(why) {
        Ok(failure) => failure,
        Err(error) => return broken(frame.clone(), &error),
    };
    let back = back.and_then(|back| redirect(StatusCode::FOUND, &with_query(back, &error_query(&failure))));
    back.unwrap_or_else(|| {
        let mut response = page(failure);
        *response.status_mut() = StatusCode::CONFLICT;
        response
    })
}

/// The page of an invoice or a session in which nothing can be paid.
#[derive(Template)]
#[template(path = "pay_state.html")]
pub struct State<'a> {
    pub f: Frame,
    pub title: &'a str,
    pub text: &'a str,
    pub sign: &'a str,
    pub is_good: bool,
    pub is_bad: bool,
    pub failure: Option<Failure>,
    pub invoice: Option<Brief>,
    pub back: Option<String>,
    /// The address that the page reloads by itself; `None`: it does not reload.
    pub again: Option<String>,
}

/// The few facts by which a payer recognizes an invoice.
pub struct Brief {
    shop: String,
    number: String,
    payable: String,
}

impl Brief {
    /// The facts about an invoice, in this language.
    pub fn of(invoice: &Invoice, issuer: Option<&Party>, lang: Lang) -> Self {
        Self {
            shop: issuer.map(|issuer| web::isolated(&issuer.name).into_owned()).unwrap_or_default(),
            number: lang.digits(invoice.id.0),
            payable: lang.rial(invoice.amounts.payable),
        }
    }
}

impl State<'_> {
    /// The page of an invoice without a session.
    pub fn nowhere(f: Frame, invoice: Option<Brief>) -> Self {
        let (title, text, sign) = ("", "", "!");
        Self { f, title, text, sign, is_good: false, is_bad: false, failure: None, invoice, back: None, again: None }
    }

    /// The page of an invoice while a card payment waits for its network. It does not lead back to the shop: the outcome is not known yet.
    pub fn waiting(f: Frame, invoice: Brief, again: String) -> Self {
        let (title, text) = (f.w.state_at_network, f.w.state_at_network_help);
        Self { title, text, sign: "…", again: Some(again), ..Self::nowhere(f, Some(invoice)) }
    }

    /// The page of a session in which nothing can be paid.
    pub fn of(visit: &Visit) -> Self {
        let back = visit.session.back.as_ref().map(|back| with_query(back, &visit.returned(false, None)));
        let invoice = Some(Brief::of(&visit.invoice, visit.issuer.as_deref(), visit.lang()));
        Self { back, ..Self::nowhere(visit.frame.clone(), invoice) }
    }

    /// The page of a session whose invoice cannot be paid.
    fn refused(visit: &Visit, why: InvoiceRefusal, failure: Failure) -> Self {
        let query = error_query(&failure);
        let back = visit.session.back.as_ref().map(|back| with_query(back, &query));
        Self { back, ..Self::of(visit).because(why, failure) }
    }

    /// Sets the texts of a refusal.
    pub fn because(self, why: InvoiceRefusal, failure: Failure) -> Self {
        let w = self.f.w;
        let (title, text, sign, is_good, is_bad) = match why {
            InvoiceRefusal::NotPayable(NotPayable::Paid | NotPayable::Closed) => {
                (w.state_payed, w.state_payed_help, "✓", true, false)
            }
            InvoiceRefusal::NotPayable(NotPayable::Waiting) => {
                (w.state_waiting, w.state_waiting_help, "✓", true, false)
            }
            InvoiceRefusal::NotPayable(NotPayable::Canceled) => {
                (w.state_canceled, w.state_canceled_help, "✗", false, true)
            }
            InvoiceRefusal::NotPayable(NotPayable::InGateway) => {
                (w.state_in_gateway, w.state_in_gateway_help, "!", false, false)
            }
            InvoiceRefusal::NotPayable(NotPayable::WaitsForItsDay | NotPayable::NotForThem) => {
                (w.state_promised, w.state_promised_help, "!", false, false)
            }
            InvoiceRefusal::Disabled => (w.state_disabled, w.state_disabled_help, "!", false, false),
            InvoiceRefusal::BelowCardMinimum => (w.state_refused, w.card_below, "!", false, false),
            _ => (w.state_refused, "", "✗", false, true),
        };
        Self { title, text, sign, is_good, is_bad, failure: Some(failure), ..self }
    }
}

/// The response to a link that fails for another reason than the state of its invoice (pod.md 1.8: faults).
pub fn failed(frame: Frame, back: Option<&Text>, failure: &Failure) -> Response {
    let away = back.and_then(|back| redirect(StatusCode::FOUND, &with_query(back, &error_query(failure))));
    away.unwrap_or_else(|| {
        let w = frame.w;
        let text = if *failure == errors::INTERNAL { w.broken_help } else { "" };
        let (title, failure) = (w.state_refused, Some(failure.clone()));
        let state = State { title, text, sign: "✗", is_bad: true, failure, ..State::nowhere(frame, None) };
        page(StatusCode::CONFLICT, &state, &Allowed::default())
    })
}

/// The cookie of the language that the request asks for; `None`: it asks for none.
pub fn chosen(parts: &Parts) -> Option<HeaderValue> {
    Lang::chosen(&Query::of(&parts.uri))
}
