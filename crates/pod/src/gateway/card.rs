//! The card step (pod.md 5.3): GET and POST `…/card`, POST `…/card/otp`, POST `…/card/leave`.
//!
//! The card page shows the number again after an error, but never the security code.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use engine::CodeMessage;
use payments::{
    AskCardOtp, CardOtp, CardSecret, CardStepRefusal, Declined, LeaveCardStep, OpenCardStep, OtpSending, OtpWritten,
    SessionState, SmsMessage, Text, VoucherGone,
};
use sandbox::note_magic;

use super::banks;
use super::bill::Bill;
use super::choice::elsewhere;
use super::page_state::{Note, PageState};
use super::said::{At, Place, Said, of_reason};
use super::typed::Typed;
use super::visit::{Visit, chosen, random};

use crate::App;
use edge::card_payments::otp_text;
use edge::form::Query;
use edge::random::digits;
use edge::secrets::masked;
use edge::site_code::for_site;
use web::{Frame, Segment, filled, go_to, with_cookies};

/// Digits of a one-time password.
pub const OTP: usize = 5;

#[derive(Template)]
#[template(path = "pay_card.html")]
struct CardPage {
    f: Frame,
    bill: Bill,
    base: String,
    csrf: String,
    says: Said,
    pan: String,
    month: String,
    year: String,
    banks: String,
    /// Until when the session keeps the invoice for itself.
    until: String,
    /// The bank of the typed number; empty: not known.
    bank: &'static str,
    seconds: i64,
    /// The card for which a password is still valid.
    asked: Option<Asked>,
}

/// A card for which a password was sent.
struct Asked {
    mask: String,
    help: String,
}

/// GET `…/card`: the card page.
pub async fn show(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, gs, &parts).await?;
    let response = match elsewhere(&visit) {
        Some(response) => response,
        None if visit.shows_card() => {
            let state = visit.page_state();
            let says = visit.said(&state, At::Card);
            form(&visit, &state, says).await?
        }
        None => go_to(&visit.base()),
    };
    Ok(with_cookies(response, [chosen(&parts)]))
}

/// The page with the card's fields. What was typed is shown again beside what is wrong with it; the security code is not.
async fn form(visit: &Visit, state: &PageState, says: Said) -> Result<Response, Response> {
    let (bill, _) = visit.bill().await?;
    let (now_ms, lang) = (visit.now_ms(), visit.lang());
    let until_ms = visit.session.card_until_ms.unwrap_or(visit.session.ends_at_ms);
    let typed = state.card.as_ref().filter(|_| says.place != Place::Nowhere);
    let typed = typed.map(Typed::to_type_again).unwrap_or_default();
    let asked = state.asked().filter(|card| card.otp_left(now_ms).is_some());
    let asked = asked.map(|card| Asked {
        mask: masked(&card.pan),
        help: filled(visit.frame.w.card_goes_on_password, &lang.time(card.otp_ends_ms.unwrap_or_default())),
    });
    Ok(visit.page(&CardPage {
        f: visit.frame.clone(),
        bill,
        base: visit.base(),
        csrf: visit.csrf(),
        says,
        pan: in_fours(&typed.pan),
        bank: banks::of(&typed.pan, lang),
        month: typed.month,
        year: typed.year,
        banks: banks::as_json(lang),
        until: lang.time(until_ms),
        seconds: until_ms.saturating_sub(now_ms).max(0) / 1_000,
        asked,
    }))
}

fn in_fours(pan: &str) -> String {
    let digits: Vec<char> = pan.chars().take(24).collect();
    digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// POST `…/card`: opens the card step.
pub async fn open(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, gs, request).await?;
    match visit.run(OpenCardStep).await? {
        // A card for which a password was sent before is kept: its page can be shown again.
        Ok(_) => Ok(visit.goes("/card", &PageState::default().and_card(visit.page_state().card))),
        Err(VoucherGone) => Ok(visit.goes("", &visit.noted(Note::VoucherVoid))),
    }
}

/// POST `…/card/leave`: the session no longer keeps the invoice for itself.
pub async fn leave(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, gs, request).await?;
    let Ok(_) = visit.run(LeaveCardStep).await?;
    Ok(visit.goes("", &visit.noted(Note::LetGo)))
}

/// The redirect of a session whose card step is not open; `None`: it is open.
pub fn not_here(visit: &Visit) -> Option<Response> {
    match &visit.session.state {
        SessionState::Took(_) => Some(visit.goes("/result", &PageState::default())),
        SessionState::Paying(attempt) => Some(go_to(&visit.waits_for(*attempt))),
        _ if !visit.session.is_open(visit.now_ms()) => Some(visit.back_unpaid()),
        _ if visit.is_foreign() => Some(go_to(&visit.log_in())),
        _ if visit.shows_card() => None,
        _ => Some(go_to(&visit.base())),
    }
}

/// Reads a form of the card step, with the card's fields. A card that this browser has typed before keeps the password that was sent for it.
///
/// # Errors
/// The redirect if the step is not open or a field is not well-formed, and the page if the form is not ours.
pub async fn submit(app: App, gs: String, request: Request) -> Result<(Visit, Query, Typed), Response> {
    let (visit, sent) = Visit::submit(app, gs, request).await?;
    if let Some(response) = not_here(&visit) {
        return Err(response);
    }
    let Some(typed) = Typed::of(&visit.app, &visit.gs, &sent) else {
        return Err(visit.goes("/card", &visit.noted(Note::CardTooOld)));
    };
    if let Some(wrong) = typed.wrong() {
        return Err(at_card(&visit, &typed, Note::CardMalformed(wrong)));
    }
    let known = visit.page_state().card.filter(|known| known.pan == typed.pan);
    let otp_ends_ms = typed.otp_ends_ms.or(known.and_then(|known| known.otp_ends_ms));
    Ok((visit, sent, typed.with_otp(otp_ends_ms)))
}

/// The redirect to the card page.
fn at_card(visit: &Visit, typed: &Typed, note: Note) -> Response {
    visit.goes("/card", &visit.noted(note).and_card(Some(typed.to_type_again())))
}

/// The redirect to the page of the password. A password that is not valid any more has expired there.
pub fn at_password(visit: &Visit, typed: &Typed, note: Note) -> Response {
    visit.goes("/card/otp", &visit.noted(note).and_card(Some(typed.clone())))
}

/// The redirect after a step with a card that was refused.
pub fn refused(visit: &Visit, typed: &Typed, why: CardStepRefusal) -> Response {
    match why {
        // The voucher or the credit has become invalid, or now leaves another rest to pay.
        CardStepRefusal::Voucher => visit.goes("", &visit.noted(Note::VoucherVoid)),
        CardStepRefusal::Insufficient => visit.goes("", &visit.noted(Note::CreditShort)),
        CardStepRefusal::Mistyped { what: CardSecret::Password, left } => {
            at_password(visit, typed, Note::OtpWrong(left))
        }
        CardStepRefusal::Mistyped { what, left } => at_card(visit, typed, Note::mistyped(what, left)),
        CardStepRefusal::Declined(Declined::TooManyOtps) if typed.otp_left(visit.now_ms()).is_some() => {
            at_password(visit, typed, Note::NoMoreOtps)
        }
        // The bank may accept the next try.
        CardStepRefusal::Declined(why @ Declined::OtpWrong) => at_password(visit, typed, Note::declined(why)),
        CardStepRefusal::Declined(why @ (Declined::OtpGone | Declined::AmountDiffers)) => {
            at_password(visit, &typed.clone().with_otp(Some(visit.now_ms())), Note::declined(why))
        }
        CardStepRefusal::Declined(why) => at_card(visit, typed, Note::declined(why)),
    }
}

/// POST `…/card/otp`: checks the card and sends a one-time password. If the card is typed again while a password is valid, no other is sent; the form
/// that asks for another one has the field `again`.
pub async fn otp(State(app): State<App>, Segment(gs): Segment<String>, request: Request) -> Result<Response, Response> {
    let (visit, sent, typed) = submit(app, gs, request).await?;
    let app = &visit.app;
    if !app.sms.is_configured() {
        return Ok(at_card(&visit, &typed, Note::NoSms));
    }
    let sending = if sent.get("again").is_some() { OtpSending::New } else { OtpSending::UnlessValid };
    let card = typed.card(app);
    let network = match typed.is_of_network(app) {
        true => app.engine.request_card_otp(&typed.pan).await,
        false => None,
    };
    let otp = digits(OTP).map_err(|error| random(visit.frame.clone(), &error))?;
    let hash = card.named.as_ref().map(|named| app.secrets.otp(&named.number, &otp)).unwrap_or_default();
    let is_declined = network.as_ref().is_some_and(|network| network.declined.is_some());
    let ask = AskCardOtp { card, network, hash, limit: app.payer_card_settings.otp_limit, sending };
    let OtpWritten { message, mobile, amount, ends_at_ms } = match visit.run(ask).await? {
        Ok(CardOtp::Written(written)) => written,
        Ok(CardOtp::StillValid { ends_at_ms }) => {
            return Ok(at_password(&visit, &typed.with_otp(Some(ends_at_ms)), Note::OtpStillValid));
        }
        Err(why) => {
            if is_declined {
                note_ending(app, &typed);
            }
            return Ok(refused(&visit, &typed, why));
        }
    };
    let text = for_site(app, otp_text(&otp, amount, &visit.payee().name), &otp);
    let (text, code) = (Text::from(text), Some(Text::from(&*otp)));
    let message = SmsMessage { id: message, to: mobile, text, code };
    let subject = app.secrets.hash(&format!("{}\n{}", typed.pan, visit.gs));
    app.engine.send_code(CodeMessage { message, subject, ends_at_ms }).await;
    Ok(at_password(&visit, &typed.with_otp(Some(ends_at_ms)), Note::OtpSent))
}

/// Notes for the request log that the last digits of a card have selected a refusal, if they are some that do.
pub fn note_ending(app: &App, typed: &Typed) {
    let mut endings = app.engine.card_network().endings().iter();
    if let Some((ending, _)) = endings.find(|(ending, _)| typed.pan.ends_with(ending)) {
        note_magic((*ending).to_owned());
    }
}

/// The card page after a payment that was declined while the payer waited.
pub async fn after_decline(visit: &Visit, why: Declined) -> Result<Response, Response> {
    let said = of_reason(why, visit.lang());
    // This page has no field for the password.
    let says = if said.place == Place::Otp { Said { place: Place::Page, ..said } } else { said };
    form(visit, &PageState::default(), says).await
}
