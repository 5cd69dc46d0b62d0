//! `POST /sms/inbound` (pod.md 7.2): an SMS of a payer comes in.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{
    CodeCall, Command, Digest, Invoice, InvoiceDone, InvoiceId, InvoiceVerb, Invoicing, Outcome, PAY_CODE_TRIES,
    PayCode, PayWithCode, Text, WriteMessage,
};
use serde::{Deserialize, Serialize};
use text::fold;
use text::number::mobile;

use super::call::{Failed, outcome};
use super::{SmsInbound, reply};
use crate::body::{self, BodyFault};
use crate::budget::later;
use crate::finnotech::bearer;
use crate::observe::Cause;
use crate::pay_page::{provenance_of, returned, told};
use crate::reply::{grouped, json};
use crate::{App, Peer};

/// Digits of a code.
const CODE: usize = 6;

#[derive(Deserialize)]
struct Inbound {
    from: String,
    text: String,
}

#[derive(Serialize)]
struct Accepted {
    accepted: bool,
}

/// Other invoices whose codes are compared at most: the newest.
const OTHERS: usize = 32;

pub async fn serve(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let admitted = match &app.pod.settings.sms_inbound {
        SmsInbound::Open => true,
        SmsInbound::With(secret) => bearer(&parts.headers).is_some_and(|given| app.secrets.same(given, secret)),
        SmsInbound::Closed => false,
    };
    if !admitted {
        return Err(reply::status(StatusCode::UNAUTHORIZED));
    }
    let body = body::read(&parts, body).await.map_err(|fault| match fault {
        BodyFault::TooLarge => reply::status(StatusCode::PAYLOAD_TOO_LARGE),
        BodyFault::Broken => reply::status(StatusCode::BAD_REQUEST),
    })?;
    let sms = read(&body).ok_or_else(|| problem("from and text, as a form or as JSON"))?;
    if app.pod.settings.sms_inbound == SmsInbound::Open && !app.budgets.admits(Peer::of(&parts.extensions)) {
        return Err(later(problem("too many requests")));
    }
    let from = mobile(&sms.from).ok_or_else(|| problem("from: a mobile number"))?;
    match take(&app, &Text::from(from), &sms.text).await {
        Ok(accepted) => Ok(json(StatusCode::OK, &Accepted { accepted })),
        Err(error) => {
            let status =
                if error.is_passing() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
            let mut response = status.into_response();
            response.extensions_mut().insert(Cause(error.to_string()));
            Err(response)
        }
    }
}

fn read(body: &Bytes) -> Option<Inbound> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') {
        return serde_json::from_slice(body).ok();
    }
    let value =
        |name: &str| form_urlencoded::parse(body).find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    Some(Inbound { from: value("from")?, text: value("text")? })
}

fn problem(what: &str) -> Response {
    (StatusCode::BAD_REQUEST, axum::Json(serde_json::json!({"error": {"code": "INVALID", "message": what}})))
        .into_response()
}

/// Pays with the code in a text. `false`: it holds no open code of this number. Every number in it that could be a code is a try.
async fn take(app: &App, from: &Text, text: &str) -> Result<bool, engine::Error> {
    for number in guesses(text) {
        let now_ms = app.engine.clock().now_ms();
        let sent = app.engine.reader().pay_codes(Text::clone(from)).await?;
        let open: Vec<PayCode> = sent.iter().filter(|code| code.is_open(now_ms)).cloned().collect();
        let Some(newest) = open.first() else { return Ok(false) };
        let hash = |code: &PayCode| app.secrets.pay_code(code.invoice.0, &number);
        let right = open.iter().find(|code| hash(code) == code.hash);
        // A wrong code is a wrong try on the newest, but for a code that was sent for another invoice.
        let tried = right.unwrap_or(newest);
        let others = others(app, &sent, tried.invoice, &number);
        let call = call_of(app, tried).await?;
        let done = pay(app, PayWithCode { invoice: tried.invoice, hash: hash(tried), others, call }).await?;
        if right.is_none() {
            continue;
        }
        let told = match done {
            Ok(InvoiceDone::Invoice(invoice)) => paid(&invoice),
            Ok(other) => return Err(engine::Error::unexpected(&other)),
            Err(message) => message,
        };
        let sms = WriteMessage { to: Text::clone(from), text: Text::from(told) };
        return match app.engine.run(Command::WriteMessage(sms)).await? {
            Ok(Outcome::Written(_)) => Ok(true),
            other => Err(engine::Error::unexpected_outcome(&other)),
        };
    }
    Ok(false)
}

/// Who is called should a code pay: a payment by a code waits for no verification.
///
/// # Errors
/// The store cannot be read.
pub async fn call_of(app: &App, code: &PayCode) -> Result<Option<CodeCall>, engine::Error> {
    let Some(given) = code.call.clone() else { return Ok(None) };
    let Some(invoice) = app.engine.reader().invoice(code.invoice).await? else { return Ok(None) };
    let issuer = app.engine.party(invoice.issuer).await?;
    let told = told(&provenance_of(given.clone(), issuer.as_deref()), &returned(&invoice, true, None));
    Ok(Some(CodeCall { given, told }))
}

/// A code as it would be for each other invoice that its number was sent codes for.
pub fn others(app: &App, sent: &[PayCode], invoice: InvoiceId, code: &str) -> Vec<(InvoiceId, Digest)> {
    let others = sent.iter().map(|sent| sent.invoice).filter(|other| *other != invoice);
    others.take(OTHERS).map(|other| (other, app.secrets.pay_code(other.0, code))).collect()
}

/// What of a text could be a code: its first numbers of six digits, as many as there are tries; else all its digits, for a code may have
/// been typed with blanks in it.
fn guesses(text: &str) -> Vec<String> {
    let folded = fold(text);
    let most = usize::try_from(PAY_CODE_TRIES).unwrap_or(1);
    let mut numbers: Vec<String> = Vec::new();
    for number in folded.split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() == CODE) {
        if numbers.len() < most && !numbers.iter().any(|known| known == number) {
            numbers.push(number.to_owned());
        }
    }
    if numbers.is_empty() {
        numbers.push(folded.chars().filter(char::is_ascii_digit).collect());
        numbers.retain(|number| number.len() == CODE);
    }
    numbers
}

/// Pays; refused: what the payer is told.
async fn pay(app: &App, with: PayWithCode) -> Result<Result<InvoiceDone, String>, engine::Error> {
    let call = Invoicing { caller: None, ott: None, verb: InvoiceVerb::PayWithCode(with) };
    match outcome(app.engine.run(Command::Invoicing(Box::new(call))).await?) {
        Ok(done) => Ok(Ok(done)),
        Err(Failed::Refused(failure)) => Ok(Err(failure.message.into_owned())),
        Err(Failed::Broken(error)) => Err(error),
    }
}

fn paid(invoice: &Invoice) -> String {
    format!("فاکتور شماره {} به مبلغ {} ریال پرداخت شد.", invoice.id.0, grouped(invoice.amounts.payable.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_holds_as_many_guesses_as_there_are_tries() {
        for (text, expected) in [
            ("131751", &["131751"][..]),
            ("کد: ۱۳۱۷۵۱!", &["131751"]),
            ("131 751", &["131751"]),
            ("545000 ریال، کد 131751", &["545000", "131751"]),
            ("131751 131751", &["131751"]),
            ("100001 100002 100003 100004 100005", &["100001", "100002", "100003"]),
            ("1317511", &[]),
            ("no", &[]),
        ] {
            assert_eq!(guesses(text), expected, "{text}");
        }
    }
}
