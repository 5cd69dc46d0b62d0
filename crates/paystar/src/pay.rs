//! POST `/api/ivr/bpm/pay` and `/api/ivr/pay` (paystar.md 3, 002_d35bf323934c5d02.txt): a card pays an order, by telephone (`ivr` 1) or on a
//! merchant's own pages (`ivr` 0).

use std::sync::Arc;

use super::otp::OTP;
use axum::extract::{Request, State};
use axum::response::Response;
use payments::{PayByPhone, Payee, PhoneOrder, PhoneOtpRequestId, Text};
use text::number::compact;
use wire::paystar::fields::{Pay, Purpose};
use wire::paystar::replies::Paid;

use super::facts;
use super::faults::Struck;
use super::reading::{PAY, amount_of, fields_of};
use super::reply::{self, Failed, Form};
use crate::App;
use edge::card_payments::{business_day, named};

pub async fn serve(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let request = fields_of(app.strict, &PAY, request).await?;
    let order = pay(&app, request).await.map_err(|failed| failed.response(Form::Payment))?;
    let ref_id = order.ref_id().to_string();
    Ok(reply::done(Paid { ref_id: &ref_id }))
}

/// Pays an order with a card.
///
/// # Errors
/// The payment is refused, and nothing is posted; or the machine failed. If [`engine::Error::is_passing`], nothing was done; otherwise the outcome
/// may be unknown and must be inquired.
pub async fn pay(app: &App, request: Pay) -> Result<Arc<PhoneOrder>, Failed> {
    let amount = match &request.purpose {
        Purpose::Telephone { amount, .. } => amount_of(app, *amount),
        Purpose::Web { .. } => None,
    };
    let card = named(app, &request.pan);
    let number = card.as_ref().map(|card| &card.number);
    let struck = Struck::by(app, || facts::of_payment(&request))?;
    // Without a card number there is no password to compare, and a PIN of another length cannot be right.
    let pin = Some(&request.pin).filter(|pin| pin.len() == OTP);
    let hash = number.zip(pin).map(|(number, pin)| app.secrets.otp(number, pin));
    let payee = match request.purpose {
        Purpose::Telephone { order_id, .. } => Payee::Order(Text::from(order_id), amount),
        Purpose::Web { invoice_id } => Payee::Request(number_of(&invoice_id), Text::from(invoice_id)),
    };
    let payer = request.merchant_cid.strip_prefix('0').map_or_else(String::new, |rest| format!("+98{rest}"));
    let (terminal, payer) = (Text::from(request.sequence), Text::from(payer));
    let (day, probe) = (business_day(app), struck.probe);
    let command = PayByPhone { terminal, payee, card, hash, payer, day, probe };
    match app.engine.run(command).await? {
        Ok(order) => struck.answered().map(|()| order),
        Err(why) => {
            struck.declined(why);
            Err(Failed::from(why))
        }
    }
}

/// Parses the number of a request for a password; `None`: the text is not written as the reply to that request has it.
fn number_of(invoice_id: &str) -> Option<PhoneOtpRequestId> {
    let digits = compact(invoice_id);
    let number: i64 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(PhoneOtpRequestId(number))
}
