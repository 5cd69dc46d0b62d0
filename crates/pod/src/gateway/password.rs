//! The one-time password of a card (pod.md 5.3): GET `…/card/otp`, POST `…/card/pay`.
//!
//! The page carries the card's data sealed for this session, and its form sends them back, so that each form pays with the card that its page shows. The
//! remaining time is that of the password, by the service's clock.
//! A payment by another bank's card takes two commits; between them its network is asked. A payer who would wait longer than a few seconds is
//! redirected to [`super::wait`].

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use payments::{CardAttempt, CardAttemptState, CardPayment, CardSlip, CardStepRefusal, Declined, PayByCard, Text};
use sandbox::{Armed, Facts, LINK};

use super::banks;
use super::bill::Bill;
use super::card::{self, OTP, at_password, note_ending, refused};
use super::choice::elsewhere;
use super::page_state::{Note, PageState};
use super::said::{At, Place, Said};
use super::typed::Typed;
use super::visit::{Visit, chosen, random};

use crate::App;
use edge::random::digits;
use edge::secrets::masked;
use text::number::code;
use web::{Frame, Segment, filled, go_to, with_cookies};

/// The terminal id of the gateway, for receipts.
const TERMINAL: &str = "70700001";
/// Digits of a retrieval reference number, and of the gateway's own reference.
const RRN: usize = 12;
const TREF: usize = 18;
/// Digits of the random reference of a payment at the network of other banks' cards.
const REFERENCE: usize = 24;

#[derive(Template)]
#[template(path = "pay_otp.html")]
struct OtpPage {
    f: Frame,
    bill: Bill,
    base: String,
    csrf: String,
    says: Said,
    bank: &'static str,
    mask: String,
    sealed: String,
    /// Until when the password is valid; `None`: it is not valid any more.
    valid: Option<Valid>,
}

/// The remaining life of a password.
struct Valid {
    until: String,
    seconds: u64,
}

/// GET `…/card/otp`: the page that asks for the password that was sent. Loading it again sends nothing.
pub async fn show(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, gs, &parts).await?;
    let state = visit.page_state();
    let response = match (elsewhere(&visit), state.asked()) {
        (Some(response), _) => response,
        (None, Some(typed)) if visit.shows_card() => ask(&visit, &state, typed).await?,
        (None, None) if visit.shows_card() => go_to(&format!("{}/card", visit.base())),
        (None, _) => go_to(&visit.base()),
    };
    Ok(with_cookies(response, [chosen(&parts)]))
}

async fn ask(visit: &Visit, state: &PageState, typed: &Typed) -> Result<Response, Response> {
    let (bill, _) = visit.bill().await?;
    let Some(sealed) = typed.seal(&visit.app, &visit.gs) else { return Ok(go_to(&visit.base())) };
    let (lang, now_ms) = (visit.lang(), visit.now_ms());
    let ends_at_ms = typed.otp_ends_ms.unwrap_or_default();
    let until = || lang.time(ends_at_ms);
    let valid = typed.otp_left(now_ms).map(|left| Valid { until: until(), seconds: left.as_secs() });
    let said = visit.said(state, At::Password);
    // Once the password has expired, that is the message, unless another reason to get a new one is known.
    let says = match valid {
        None if said.place != Place::Otp => Said::wrong(Place::Otp, &filled(visit.frame.w.otp_expired, &until())),
        _ => said,
    };
    Ok(visit.page(&OtpPage {
        f: visit.frame.clone(),
        bill,
        base: visit.base(),
        csrf: visit.csrf(),
        says,
        bank: banks::of(&typed.pan, lang),
        mask: masked(&typed.pan),
        sealed,
        valid,
    }))
}

/// POST `…/card/pay`: pays with card and password.
pub async fn pay(State(app): State<App>, Segment(gs): Segment<String>, request: Request) -> Result<Response, Response> {
    let (visit, sent, typed) = card::submit(app, gs, request).await?;
    let app = &visit.app;
    let Some(otp) = code(sent.get("otp").unwrap_or_default(), OTP) else {
        return Ok(at_password(&visit, &typed, Note::OtpMalformed));
    };
    let card = typed.card(app);
    let hash = card.named.as_ref().map(|named| app.secrets.otp(&named.number, &otp)).unwrap_or_default();
    let number = |length| digits(length).map_err(|error| random(visit.frame.clone(), &error));
    let slip = CardSlip {
        terminal: Text::from(TERMINAL),
        mask: Text::from(masked(&typed.pan)),
        rrn: Text::from(number(RRN)?),
        tref: Text::from(number(TREF)?),
    };
    let callback = visit.callback(Some(&slip));
    let fault = left_unknown(&visit, &typed);
    let network = match typed.is_of_network(app) {
        true => Some(app.engine.attempt_terms(reference(&number(REFERENCE)?, fault.as_ref()))),
        false => None,
    };
    let in_memory = typed.in_memory(card.expires.unwrap_or_default(), &otp);
    match visit.run(PayByCard { card, network, hash, slip, callback }).await? {
        Ok(CardPayment::Taken(_)) => Ok(visit.goes("/result", &PageState::default())),
        Ok(CardPayment::ToNetwork(attempt, job)) => {
            fault.iter().for_each(Armed::spend);
            let attempt = app.engine.authorize(attempt, job, in_memory).await;
            if let CardAttemptState::Declined(_) = attempt.state {
                note_ending(app, &typed);
            }
            Ok(answered(&visit, &typed, &attempt))
        }
        Err(why) => Ok(refused(&visit, &typed, why)),
    }
}

/// The sandbox's rule that makes the outcome of this payment unknown, should its network be asked.
fn left_unknown(visit: &Visit, typed: &Typed) -> Option<Armed> {
    let facts = Facts {
        operation: LINK.to_owned(),
        track_id: visit.invoice.id.0.to_string(),
        amount: Some(visit.invoice.amounts.payable.get()),
        card: typed.pan.clone(),
        ..Facts::default()
    };
    visit.app.faults.as_ref()?.struck_card_network(&facts)
}

/// The reference under which the network knows the payment. In a sandbox it carries the plan of a fault.
fn reference(number: &str, fault: Option<&Armed>) -> Text {
    let plan = fault.and_then(Armed::card_plan);
    plan.map_or_else(|| Text::from(number), |plan| Text::from(plan.reference(number)))
}

/// The redirect after the network was asked.
fn answered(visit: &Visit, typed: &Typed, attempt: &CardAttempt) -> Response {
    match &attempt.state {
        CardAttemptState::Approved(_) => visit.goes("/result", &PageState::default()),
        CardAttemptState::Asked | CardAttemptState::Unknown => {
            let step = format!("/card/wait?attempt={}", attempt.id.0);
            visit.goes(&step, &PageState::default())
        }
        CardAttemptState::Declined(why) => refused(visit, typed, CardStepRefusal::Declined(*why)),
        CardAttemptState::NotTaken => refused(visit, typed, CardStepRefusal::Declined(Declined::IssuerDown)),
    }
}
