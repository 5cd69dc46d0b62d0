//! POST `/api/ivr/bpm/otp-v2` and `/api/ivr/otp-v2` (paystar.md 2, 002_d35bf323934c5d02.txt): a one-time password is sent to the card's
//! holder.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use engine::CodeMessage;
use payments::{AskPhoneOtp, Asked, Digest, SmsMessage, Text};
use text::fold;
use wire::paystar::codes;
use wire::paystar::fields::OtpRequest;
use wire::paystar::replies::{Nothing, OtpSent};

use super::facts;
use super::faults::Struck;
use super::reading::{self, amount_of, fields_of};
use super::reply::{self, Failed, Form};
use crate::App;
use edge::card_payments::{business_day, named, otp_text};
use edge::random::digits;

/// Digits of a one-time password.
pub const OTP: usize = 5;

/// POST `/api/ivr/bpm/otp-v2`: the reply has no data.
pub async fn bpm(State(app): State<App>, request: Request) -> Result<Response, Response> {
    asked(&app, request).await.map(|_| reply::done(Nothing::DATA))
}

/// POST `/api/ivr/otp-v2`: the reply has the number of the request and the amount.
pub async fn newer(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let asked = asked(&app, request).await?;
    let invoice_id = asked.request.0.to_string();
    Ok(reply::done(OtpSent { invoice_id: &invoice_id, price: asked.amount.get() }))
}

async fn asked(app: &App, request: Request) -> Result<Arc<Asked>, Response> {
    let request = fields_of(app.strict, &reading::OTP, request).await?;
    ask(app, request).await.map_err(|failed| failed.response(Form::Otp))
}

/// Makes a one-time password, stores its keyed hash and sends it by SMS. The password itself is only in memory and in the SMS.
///
/// # Errors
/// The request is refused, or the machine failed.
pub async fn ask(app: &App, request: OtpRequest) -> Result<Arc<Asked>, Failed> {
    let card = named(app, &request.pan);
    if !app.sms.is_configured() {
        return Err(Failed::Refused(codes::SYSTEM_ERROR));
    }
    // The terminal may not exist. The request counts against its rate limit only if it succeeds.
    let begun = app.otp_rate_limiter.begin(request.sequence.as_str()).ok_or(Failed::Refused(codes::CEILING))?;
    let number = card.as_ref().map(|card| &card.number);
    let amount = amount_of(app, request.amount);
    let struck = Struck::by(app, || facts::of_otp(&request))?;
    let otp = digits(OTP).map_err(|error| engine::Error::Unavailable(error.to_string()))?;
    let hash = number.map(|number| app.secrets.otp(number, &otp)).unwrap_or_default();
    let (terminal, order) = (Text::from(&*request.sequence), Text::from(&*request.order_id));
    let (limit, day, probe) = (app.payer_card_settings.otp_limit, business_day(app), struck.probe);
    let command = AskPhoneOtp { terminal, order, amount, card, hash, limit, day, probe };
    match app.engine.run(command).await? {
        Ok(asked) => {
            begun.keep();
            let text = Text::from(otp_text(&otp, asked.amount, &asked.merchant));
            let (to, code) = (Text::clone(&asked.mobile), Some(Text::from(&*otp)));
            let message = SmsMessage { id: asked.message, to, text, code };
            let subject = subject(app, &request);
            app.engine.send_code(CodeMessage { message, subject, ends_at_ms: asked.ends_at_ms }).await;
            struck.answered()?;
            Ok(asked)
        }
        Err(why) => {
            struck.declined(why);
            Err(Failed::from(why))
        }
    }
}

/// The key of a password that is still to be sent: a newer one for the same card, terminal and order replaces it.
fn subject(app: &App, request: &OtpRequest) -> Digest {
    app.secrets.hash(&format!("{}\n{}\n{}", request.pan, request.sequence, fold(&request.order_id)))
}
