//! `POST /sms/inbound` (pod.md 7.2): an SMS of a payer comes in.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{Command, Invoice, InvoiceDone, InvoiceVerb, Invoicing, PayCode, PayWithCode, Text, WriteMessage};
use serde::{Deserialize, Serialize};
use wire::field::{fold, mobile};

use super::call::{Failed, outcome};
use super::{SmsInbound, reply};
use crate::App;
use crate::body::{self, BodyFault};
use crate::finnotech::bearer;
use crate::observe::Cause;
use crate::reply::{grouped, json};

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
    let body = body::read(&parts.headers, body).await.map_err(|fault| match fault {
        BodyFault::TooLarge => reply::status(StatusCode::PAYLOAD_TOO_LARGE),
        BodyFault::Broken => reply::status(StatusCode::BAD_REQUEST),
    })?;
    let sms = read(&body).ok_or_else(|| problem("from and text, as a form or as JSON"))?;
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

/// Pays with the code in a text. `false`: it holds no open code of this number.
async fn take(app: &App, from: &Text, text: &str) -> Result<bool, engine::Error> {
    let now_ms = app.engine.clock().now_ms();
    let open = app.engine.reader().pay_codes(Text::clone(from)).await?;
    let open: Vec<PayCode> = open.into_iter().filter(|code| code.is_open(now_ms)).collect();
    let folded = fold(text);
    let mut numbers: Vec<String> = folded.split(|c: char| !c.is_ascii_digit()).map(str::to_owned).collect();
    // A code may have been typed with blanks in it.
    numbers.push(folded.chars().filter(char::is_ascii_digit).collect());
    numbers.retain(|number| number.len() == CODE);
    for code in &open {
        let Some(number) = numbers.iter().find(|n| app.secrets.pay_code(code.invoice.0, n) == code.hash) else {
            continue;
        };
        let hash = app.secrets.pay_code(code.invoice.0, number);
        let done = pay(app, PayWithCode { invoice: code.invoice, hash }).await?;
        let told = match done {
            Ok(InvoiceDone::Invoice(invoice)) => paid(&invoice),
            Ok(_) => return Ok(true),
            Err(message) => message,
        };
        let sms = WriteMessage { to: Text::clone(from), text: Text::from(told) };
        let _ = app.engine.run(Command::WriteMessage(sms)).await?;
        return Ok(true);
    }
    // A wrong code is a wrong try on the newest.
    if let (Some(newest), Some(number)) = (open.first(), numbers.first()) {
        let hash = app.secrets.pay_code(newest.invoice.0, number);
        let _ = pay(app, PayWithCode { invoice: newest.invoice, hash }).await?;
    }
    Ok(false)
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
