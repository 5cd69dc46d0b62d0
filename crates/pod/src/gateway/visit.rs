//! A request in a payer's session: loading the session, running a step, and the response to each outcome.
//!
//! A form answers with a redirect: to a page of the session ([`Visit::goes`]), or to the shop. What that page says of the form is in a cookie
//! (`page_state.rs`). Only a form that is not ours, or that cannot be read, and a failure of the machine answer with a page.

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
use wire::pod::returning::{RESERVED, Returned, call_with, error_query, with_query};

use super::bill::{Bill, Shares};
use super::entries::{SESSION, base};
use super::page_state::{Note, PageState};
use super::said::{At, Said};
use super::state::{Brief, State};
use super::visits;
use crate::App;
use crate::payee::Payee;
use crate::services::failure_of;
use edge::body;
use edge::form::Query;
use edge::head;
use edge::random::NoRandomness;
use edge::refused::BodyFault;
use web::guard::{self, Guard};
use web::visitor::{self, SSO_COOKIE};
use web::{
    self, Allowed, Frame, Lang, LeadsTo, Look, NextStep, broken, broken_then, go_to, later_page_then, notice,
    notice_then, page, redirect, with_cookies, with_look,
};

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

/// The look of an invoice's shop on pages, as this process knows it. Catch up before.
///
/// # Errors
/// The store cannot be read.
pub async fn look_of(app: &App, invoice: &Invoice) -> Result<Option<Arc<Look>>, engine::Error> {
    let look = app.engine.look(invoice.issuer).await?;
    Ok(look.map(|row| Arc::new(Look::of(&row))))
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
        let again = || NextStep { to: base(&gs), label: frame.w.try_again };
        let failed = |error: engine::Error| broken_then(frame.clone(), &error, Some(again()));
        let unread = |error: store::Error| failed(error.into());
        app.engine.catch_up().await.map_err(failed)?;
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
        let issuer = app.engine.party(invoice.issuer).await.map_err(failed)?;
        web::let_in(parts, issuer.as_deref());
        let caller = visitor::party(&app, &parts.headers).await.map_err(failed)?;
        let guard = Guard::of(&parts.headers).map_err(|error| random(frame.clone(), &error))?;
        let look = look_of(&app, &invoice).await.map_err(failed)?;
        let frame = frame.clone().of_shop(look);
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
            let (status, title) = match fault {
                BodyFault::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, w.too_large),
                BodyFault::Broken => (StatusCode::BAD_REQUEST, w.unreadable),
            };
            visit.notice(status, (title, ""))
        })?;
        let form = Query::default().and_form(&body);
        if !guard::is_ours(&visit.app, &parts.headers, &visit.about(), form.get("csrf")) {
            let stale = visit.notice(StatusCode::FORBIDDEN, (w.form_stale, w.form_stale_help));
            return Err(visit.allow(stale));
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

    /// The present time of the service, in milliseconds of Unix time.
    pub fn now_ms(&self) -> i64 {
        self.app.engine.clock().now_ms()
    }

    /// What the last form of this browser has led to, and the card that it was typed with.
    pub fn page_state(&self) -> PageState {
        PageState::of(&self.app, &self.headers, &self.gs)
    }

    /// The message of a page.
    pub fn said(&self, state: &PageState, at: At) -> Said {
        Said::of(state, at, self.lang(), self.now_ms())
    }

    /// The state after a form that has led to this.
    pub fn noted(&self, note: Note) -> PageState {
        PageState::noted(note, self.now_ms())
    }

    /// The response to a form: a redirect to a page of the session, which shows this state. From now on this browser finds the session by the links of
    /// its invoice.
    pub fn goes(&self, step: &str, state: &PageState) -> Response {
        self.keeping(go_to(&format!("{}{step}", self.base())), state)
    }

    /// The response to a form with the cookies that keep the state and the session.
    fn keeping(&self, response: Response, state: &PageState) -> Response {
        let state = state.cookie(&self.app, &self.headers, &self.gs);
        let visit = visits::with(&self.headers, (self.invoice.id, &self.gs), self.app.security);
        with_cookies(response, [state, visit])
    }

    /// A link to the session's page, which shows how the payment stands.
    fn to_payment(&self) -> NextStep {
        NextStep { to: self.base(), label: self.frame.w.to_payment }
    }

    /// A page with one message, and a link to the session's page.
    fn notice(&self, status: StatusCode, texts: (&str, &str)) -> Response {
        notice_then(self.frame.clone(), status, texts, Some(self.to_payment()))
    }

    /// The page for 429.
    pub fn later(&self) -> Response {
        later_page_then(self.frame.clone(), Some(self.to_payment()))
    }

    /// The page for a failure of the machine. It leads to the session's page: the payment may have been made.
    pub fn failed(&self, error: &engine::Error) -> Response {
        broken_then(self.frame.clone(), error, Some(self.to_payment()))
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

    /// Whether the session has a card page: its card step is open, or opens with the first form.
    pub fn shows_card(&self) -> bool {
        let begins_there = |entered: &Entered| entered.entry_page == GatewayEntry::CardStep;
        self.is_in_card_step() || self.entered.as_ref().is_some_and(begins_there)
    }

    /// Whether the session's card step is open.
    pub fn is_in_card_step(&self) -> bool {
        self.session.has_card_step(&self.invoice, self.now_ms())
    }

    /// Whether the session has ended without a payment that stands, so that another one can begin.
    pub fn has_ended_unpaid(&self) -> bool {
        match self.session.state {
            SessionState::Open => !self.session.is_open(self.now_ms()),
            SessionState::Canceled => true,
            SessionState::Paying(_) => false,
            SessionState::Took(_) => self.invoice.state.payable_by(Payer::Gateway, self.now_ms()).is_ok(),
        }
    }

    /// Whether the payer reads the answer, rather than a program.
    fn is_browser(&self) -> bool {
        head::accepts_html(&self.headers)
    }

    fn allowed(&self) -> Allowed {
        let leads_to = self.session.back.as_deref().map(LeadsTo::address);
        Allowed { leads_to: leads_to.unwrap_or_default() }
    }

    /// Renders a page of this session.
    pub fn page(&self, template: &impl Template) -> Response {
        self.allow(with_look(page(StatusCode::OK, template, &self.allowed()), self.frame.look.as_deref()))
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
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// The step's own refusal.
    ///
    /// # Errors
    /// The page or redirect for every other refusal.
    fn stays<R>(&self, why: GatewayRefusal<R>) -> Result<R, Response> {
        Err(match why {
            // The session's page says so.
            GatewayRefusal::NoSession => go_to(&self.base()),
            GatewayRefusal::Ended(session) => match &session.state {
                SessionState::Took(_) => self.goes("/result", &PageState::default()),
                SessionState::Paying(attempt) => go_to(&self.waits_for(*attempt)),
                // The card step is not open: the page with the choices opens it.
                SessionState::Open if session.is_open(self.now_ms()) => go_to(&self.base()),
                SessionState::Open | SessionState::Canceled => self.back_unpaid(),
            },
            GatewayRefusal::LogIn => go_to(&self.log_in()),
            GatewayRefusal::Invoice(why) => self.refused(why),
            GatewayRefusal::Step(why) => return Ok(why),
        })
    }

    /// Returns the payer to the shop unpaid; without an address, the session's page says how it has ended. If the invoice cannot be paid any more,
    /// reports that instead.
    pub fn back_unpaid(&self) -> Response {
        if let Some(why) = self.settled() {
            return self.refused(why.into());
        }
        if self.is_at_network() {
            return self.keeping(go_to(&self.base()), &PageState::default());
        }
        let back = self.session.back.as_ref().map(|back| with_query(back, &self.returned(false, None)));
        let away = back.and_then(|back| redirect(StatusCode::FOUND, &back));
        self.keeping(away.unwrap_or_else(|| go_to(&self.base())), &PageState::default())
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

    /// Returns the payer to the shop with an error (pod.md 5.5). Without an address, and to a browser where another session will end, the session's page
    /// says why.
    pub fn refused(&self, why: InvoiceRefusal) -> Response {
        let failure = match failure_of(why) {
            Ok(failure) => failure,
            Err(error) => return self.failed(&error),
        };
        let is_below = why == InvoiceRefusal::BelowCardMinimum;
        let state = if is_below { self.noted(Note::BelowCardMinimum) } else { PageState::default() };
        let stays = why == InvoiceRefusal::NotPayable(NotPayable::InGateway) && self.is_browser();
        let back = self.session.back.as_ref().filter(|_| !stays);
        let away = back.and_then(|back| redirect(StatusCode::FOUND, &with_query(back, &error_query(&failure))));
        self.keeping(away.unwrap_or_else(|| go_to(&self.base())), &state)
    }

    /// Whether a card payment of the invoice, in this session or another one, waits for its network: nothing says that it was not paid.
    fn is_at_network(&self) -> bool {
        matches!(self.invoice.state, InvoiceState::AtNetwork(_))
    }

    /// The page of a refusal.
    pub fn refusal(&self, why: InvoiceRefusal) -> Response {
        if self.is_at_network() {
            return self.page(&State::waiting(self.frame.clone(), self.brief(), self.base()));
        }
        let failure = match failure_of(why) {
            Ok(failure) => failure,
            Err(error) => return self.failed(&error),
        };
        let back = self.session.back.as_ref().map(|back| with_query(back, &error_query(&failure)));
        let state = State { back, ..self.state() }.because(why, &self.invoice.state, &failure);
        self.page(&state.and_step(self.base(), self.frame.w.look_again))
    }

    /// The page of the session without its texts.
    fn state(&self) -> State {
        let back = self.session.back.as_ref().map(|back| with_query(back, &self.returned(false, None)));
        State { back, ..State::nowhere(self.frame.clone(), Some(self.brief())) }
    }

    fn brief(&self) -> Brief {
        Brief::of(&self.invoice, self.issuer.as_deref(), &self.frame)
    }

    /// The page of an invoice that cannot be paid in this session now; `None`: it can.
    pub fn unpayable(&self) -> Option<Response> {
        let now_ms = self.now_ms();
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
        let why = self.invoice.state.payable_by(Payer::Gateway, self.now_ms()).err()?;
        (why != NotPayable::InGateway).then_some(why)
    }

    /// The page of a session that has ended without taking money.
    pub fn ended(&self, title: &'static str, text: &'static str) -> Response {
        match self.settled() {
            Some(why) => self.refusal(why.into()),
            None if self.is_at_network() => self.refusal(NotPayable::InGateway.into()),
            None => {
                let state = State { title, text: text.to_owned(), ..self.state() };
                self.page(&state.and_step(format!("{}/again", self.base()), self.frame.w.pay_again))
            }
        }
    }

    /// The invoice as the pages of this session show it, and the shares of voucher and credit.
    ///
    /// # Errors
    /// The page that says that the machine failed.
    pub async fn bill(&self) -> Result<(Bill, Shares), Response> {
        let shares = Shares::of(&self.app, &self.session, &self.invoice).await;
        let shares = shares.map_err(|error| self.failed(&error))?;
        Ok((Bill::of(&self.invoice, self.payee(), shares, self.lang()), shares))
    }

    /// The shop as its payers see it.
    pub fn payee(&self) -> Payee {
        Payee::of(self.issuer.as_deref(), self.frame.look.as_deref())
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
/// The cookie of the language that the request asks for; `None`: it asks for none.
pub fn chosen(parts: &Parts) -> Option<HeaderValue> {
    Lang::chosen(&Query::of(&parts.uri))
}
