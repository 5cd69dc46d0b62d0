//! `/sms/inbound` (pod.md 7.2, second-edition.md 4.10): the webhook for payers' SMS, by GET or POST, in the provider's format.

use crate::services::state::SmsFields;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use payments::{
    CodeCall, Digest, Invoice, InvoiceId, MAX_PAY_CODE_TRIES, PayBySms, PayCode, PayWithCode, Text, WriteMessage,
};
use serde::Serialize;
use serde_json::Value;
use text::fold;
use text::number::compact;
use text::number::mobile;

use super::failed::Failed;
use super::reply;
use super::state::SmsInbound;
use crate::App;
use crate::gateway::{called_with, provenance_of, returned};
use edge::basic::bearer;
use edge::body;
use edge::budget::later;
use edge::observe::Cause;
use edge::peer::Peer;
use edge::refused::BodyFault;
use edge::reply::{grouped, json};
use std::sync::Arc;
use web::Segment;

/// Digits of a code.
const CODE: usize = 6;

struct Inbound {
    from: String,
    text: String,
}

/// The result of an SMS.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
struct Taken {
    /// The SMS contained an open code that was sent to its sender.
    accepted: bool,
    /// That code has paid an invoice.
    paid: bool,
}

impl Taken {
    const NOTHING: Self = Self { accepted: false, paid: false };
}

/// Maximum number of other invoices, the newest, whose codes are compared.
const OTHERS: usize = 32;

/// The query parameter with the secret.
const SECRET: &str = "secret";

pub async fn serve(State(app): State<App>, request: Request) -> Result<Response, Response> {
    answer(app, None, request).await
}

/// The same for a path that ends with the secret.
pub async fn with_secret(
    State(app): State<App>,
    Segment(secret): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    answer(app, Some(secret), request).await
}

async fn answer(app: App, secret: Option<String>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let query = pairs(parts.uri.query().unwrap_or_default().as_bytes());
    let admitted = match &app.pod.settings.sms_inbound {
        SmsInbound::Open => true,
        SmsInbound::With(known) => {
            let shown = [bearer(&parts.headers), value(&query, SECRET), secret.as_deref()];
            shown.into_iter().flatten().any(|shown| app.secrets.same(shown, known))
        }
        SmsInbound::Closed => false,
    };
    if !admitted {
        return Err(reply::status(StatusCode::UNAUTHORIZED));
    }
    let body = body::read(&parts, body).await.map_err(|fault| match fault {
        BodyFault::TooLarge => reply::status(StatusCode::PAYLOAD_TOO_LARGE),
        BodyFault::Broken => reply::status(StatusCode::BAD_REQUEST),
    })?;
    let names = &app.pod.settings.sms_fields;
    let sms = read(names, &body, &query)
        .ok_or_else(|| problem(&format!("{} and {}, in the query, as a form or as JSON", names.from, names.text)))?;
    if app.pod.settings.sms_inbound == SmsInbound::Open && !app.budgets.admits(Peer::of(&parts.extensions)) {
        return Err(later(problem("too many requests")));
    }
    let from = mobile(&sms.from).ok_or_else(|| problem(&format!("{}: a mobile number", names.from)))?;
    if parts.method == Method::HEAD {
        return Ok(json(StatusCode::OK, &Taken::NOTHING));
    }
    match take(&app, &Text::from(from), &sms.text).await {
        Ok(taken) => Ok(json(StatusCode::OK, &taken)),
        Err(error) => {
            let status =
                if error.is_passing() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
            let mut response = status.into_response();
            response.extensions_mut().insert(Cause(error.to_string()));
            Err(response)
        }
    }
}

fn pairs(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The first value of a name, compared without case.
fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Reads an SMS from the body, else from the query. Some providers send one field in each.
fn read(names: &SmsFields, body: &Bytes, query: &[(String, String)]) -> Option<Inbound> {
    let is_json = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let sent = match is_json {
        true => members(serde_json::from_slice(body).ok()?),
        false => pairs(body),
    };
    let field = |name: &str| value(&sent, name).or_else(|| value(query, name)).map(str::to_owned);
    Some(Inbound { from: field(&names.from)?, text: field(&names.text)? })
}

/// The members of a JSON object that are texts or numbers, as texts.
fn members(object: serde_json::Map<String, Value>) -> Vec<(String, String)> {
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    object.into_iter().filter_map(text).collect()
}

fn problem(what: &str) -> Response {
    (StatusCode::BAD_REQUEST, axum::Json(serde_json::json!({"error": {"code": "INVALID", "message": what}})))
        .into_response()
}

/// Pays with the code in a text. Every number in the text that could be a code counts as a try.
async fn take(app: &App, from: &Text, text: &str) -> Result<Taken, engine::Error> {
    for number in guesses(text) {
        let now_ms = app.engine.clock().now_ms();
        let sent = app.engine.reader().pay_codes(Text::clone(from)).await?;
        let open: Vec<PayCode> = sent.iter().filter(|code| code.is_open(now_ms)).cloned().collect();
        let Some(newest) = open.first() else { return Ok(Taken::NOTHING) };
        let hash = |code: &PayCode| app.secrets.pay_code(code.invoice.0, &number);
        let right = open.iter().find(|code| hash(code) == code.hash);
        // A wrong code counts as a wrong try on the newest open code, unless it was sent for another invoice.
        let tried = right.unwrap_or(newest);
        let others = others(app, &sent, tried.invoice, &number);
        let call = call_of(app, tried).await?;
        let done = pay(app, PayWithCode { invoice: tried.invoice, hash: hash(tried), others, call }).await?;
        if right.is_none() {
            continue;
        }
        let (paid, reply) = match done {
            Ok(invoice) => (true, self::paid(&invoice)),
            Err(message) => (false, message),
        };
        let sms = WriteMessage { to: Text::clone(from), text: Text::from(reply) };
        let Ok(_written) = app.engine.run(sms).await?;
        return Ok(Taken { accepted: true, paid });
    }
    Ok(Taken::NOTHING)
}

/// The callback for a payment by this code. It says that the invoice is paid: such a payment needs no verification.
///
/// # Errors
/// The store cannot be read.
pub async fn call_of(app: &App, code: &PayCode) -> Result<Option<CodeCall>, engine::Error> {
    let Some(stored) = code.call.clone() else { return Ok(None) };
    let Some(invoice) = app.engine.reader().invoice(code.invoice).await? else { return Ok(None) };
    let issuer = app.engine.party(invoice.issuer).await?;
    let called = called_with(&provenance_of(stored.clone(), issuer.as_deref()), &returned(&invoice, true, None));
    Ok(Some(CodeCall { stored, called }))
}

/// The keyed hashes of a code for the other invoices for which codes were sent to the same mobile number.
pub fn others(app: &App, sent: &[PayCode], invoice: InvoiceId, code: &str) -> Vec<(InvoiceId, Digest)> {
    let others = sent.iter().map(|sent| sent.invoice).filter(|other| *other != invoice);
    others.take(OTHERS).map(|other| (other, app.secrets.pay_code(other.0, code))).collect()
}

/// The numbers of a text that could be a code: numbers of six digits, then those written in parts (`361-894`, `36 18 94`); at most as many as
/// there are tries. Numbers with words between them are not parts of one code (second-edition.md 1.7).
fn guesses(text: &str) -> Vec<String> {
    let folded = fold(text);
    let most = usize::try_from(MAX_PAY_CODE_TRIES).unwrap_or(1);
    let mut numbers: Vec<String> = Vec::new();
    let runs = runs(&folded);
    let whole = runs.iter().map(|(_, run)| (*run).to_owned());
    let dashed =
        joined(&runs, |one, other| one.1.len() == other.1.len() && between(&folded, one, other) == Between::Dash);
    let apart =
        joined(&runs, |one, other| one.1.len() == other.1.len() && between(&folded, one, other) != Between::Words);
    // Parts of different lengths are a code only if the text has no other number.
    let alone = joined(&runs, |one, other| between(&folded, one, other) != Between::Words);
    let all: usize = runs.iter().map(|(_, run)| run.len()).sum();
    let alone = alone.into_iter().filter(|joined| joined.len() == all);
    for number in whole.chain(dashed).chain(apart).chain(alone).filter(|number| number.len() == CODE) {
        if numbers.len() < most && !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// A number in a text, with the byte offset at which it begins.
type Run<'a> = (usize, &'a str);

fn runs(text: &str) -> Vec<Run<'_>> {
    let parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    parts.map(|part| (part.as_ptr() as usize - text.as_ptr() as usize, part)).collect()
}

/// The text between two neighbouring numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Between {
    /// Dashes, dots or joiners, without a space.
    Dash,
    /// The same with spaces.
    Blank,
    /// Anything else.
    Words,
}

fn between(text: &str, one: &Run<'_>, other: &Run<'_>) -> Between {
    let between = &text[one.0 + one.1.len()..other.0];
    match compact(between).is_empty() {
        true if between.chars().any(char::is_whitespace) => Between::Blank,
        true => Between::Dash,
        false => Between::Words,
    }
}

/// Joins neighbouring numbers that are parts of one.
fn joined(runs: &[Run<'_>], are_parts: impl Fn(&Run<'_>, &Run<'_>) -> bool) -> Vec<String> {
    let stretches = runs.chunk_by(are_parts).filter(|parts| parts.len() > 1);
    stretches.map(|parts| parts.iter().map(|(_, part)| *part).collect()).collect()
}

/// Pays. A refusal is returned as the message for the payer.
async fn pay(app: &App, with: PayWithCode) -> Result<Result<Arc<Invoice>, String>, engine::Error> {
    match app.engine.run(PayBySms { code: with }).await?.map_err(Failed::from) {
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
            // second-edition.md 1.7.
            ("361 894 با تشکر 1234567", &["361894"]),
            ("361-894 1405", &["361894"]),
            ("۳۶۱\u{200c}۸۹۴ سفارش ۱۲", &["361894"]),
            ("36.18.94, 5000", &["361894"]),
            ("3 6 1 8 9 4 مبلغ 50000", &["361894"]),
            ("545000 ریال، کد 131-751", &["545000", "131751"]),
            ("12 345 678 90", &["345678"]),
            ("361 x 894 1405", &[]),
            ("1405 08 30", &[]),
            ("361 894 131 751", &[]),
            ("36 18 94 05", &[]),
            ("1317 51", &["131751"]),
            ("کد 1317 51", &["131751"]),
            ("54,500 123-456", &["123456"]),
            ("10 روز 1234 تومان", &[]),
            ("ساعت 10:30 روز 15", &[]),
            ("مبلغ 54,500 و 3 روز", &[]),
            ("no", &[]),
        ] {
            assert_eq!(guesses(text), expected, "{text}");
        }
    }
}
