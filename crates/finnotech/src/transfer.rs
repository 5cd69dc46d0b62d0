//! POST `/oak/v2/clients/{clientId}/transferTo?trackId=` and its aliases `internalTransfer`, `payaTransfer`, `satnaTransfer`,
//! which force the route (finnotech.md 3.1, 001_93708b081566bf63.txt).

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::Rial;
use payments::{
    AccountNumber, Bank, Destination, Field, FirstAnswer, GrantKind, MalformedOrder, NameField, NotAccepted, Now,
    Order, Route, SecondPassword, Service, SourceAndDestination, Status, SubmitTransfer, Text,
};
use sha2::{Digest as _, Sha256};
use text::fold;
use wire::field::Value;
use wire::finnotech::envelope::{ErrorBody, Undecided};
use wire::finnotech::errors as table;
use wire::finnotech::replies;
use wire::finnotech::scopes;
use wire::finnotech::transfer_to::TransferTo;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck};
use super::errors::of_field;
use super::order_reply::{self, Replies, Sent};
use super::reply;
use crate::App;
use edge::strict::{Rule, Strict};
use sandbox::Effect;

const fn service(scope: &'static str) -> Requirements {
    Requirements {
        scope: Some(scope),
        grants: Grants::CodeOrKeshavarzi,
        track_id: Demand::Mandatory,
        rights: RightsCheck::AtCommit,
    }
}

/// Characters of a description at most, and of what is around them.
const DESCRIPTION: usize = 30;
const SENT: usize = 2 * DESCRIPTION;
/// Digits of a payment number at most.
const PAYMENT_NUMBER: usize = 30;

pub async fn transfer_to(State(app): State<App>, request: Request) -> Result<Response, Response> {
    submit(app, request, Service::TransferTo, service(scopes::TRANSFER_TO)).await
}

pub async fn internal_transfer(State(app): State<App>, request: Request) -> Result<Response, Response> {
    submit(app, request, Service::InternalTransfer, service(scopes::INTERNAL_TRANSFER)).await
}

pub async fn paya_transfer(State(app): State<App>, request: Request) -> Result<Response, Response> {
    submit(app, request, Service::PayaTransfer, service(scopes::PAYA_TRANSFER)).await
}

pub async fn satna_transfer(State(app): State<App>, request: Request) -> Result<Response, Response> {
    submit(app, request, Service::SatnaTransfer, service(scopes::SATNA_TRANSFER)).await
}

async fn submit(app: App, request: Request, called: Service, service: Requirements) -> Result<Response, Response> {
    let call = Call::enter(&app, service, request).await?;
    let body: TransferTo<'_> = call.object()?;
    let mut command = match command(&call, &body, called, app.strict) {
        Ok(command) => command,
        Err(fault) => return malformed(&app, &call, &body, fault).await,
    };
    let armed = call.armed.as_ref().filter(|armed| *armed.effect() == Effect::SecondPasswordWrong);
    if let Some(armed) = armed.filter(|_| command.second_password == SecondPassword::Given) {
        let refused = malformed(&app, &call, &body, NotAccepted::Invalid(Field::SecondPassword)).await?;
        armed.spend();
        return Ok(refused);
    }
    command.submission =
        order_reply::submission(&app, &call, &command.key, command.amount, command.destination.as_str());
    let request_hash = command.request_hash;
    let repeated = || call.fail(&table::DUPLICATE);
    order_reply::run(&app, &call, Sent { command, request_hash }, Replies { render, repeated }).await
}

/// Step 11: every shape but the names', in the order of the table.
fn command(
    call: &Call,
    body: &TransferTo<'_>,
    service: Service,
    strict: Strict,
) -> Result<SubmitTransfer, NotAccepted> {
    let amount = Value::of(body.amount).amount("amount").map_err(of_field(Field::Amount))?;
    let description = Value::of(body.description).text("description").map_err(of_field(Field::Description))?;
    // Blanks around it and marks of direction do not count, up to a bound.
    let plain = fold(&description);
    if plain.chars().count() > DESCRIPTION || description.chars().count() > SENT || plain.contains("--") {
        return Err(NotAccepted::Invalid(Field::Description));
    }
    let destination = Value::of(body.destination_number).number("destinationNumber");
    let destination = destination.map_err(of_field(Field::Destination))?;
    let destination = Destination::parse(&destination).ok_or(NotAccepted::Invalid(Field::Destination))?;
    if let Destination::Iban(iban) = &destination
        && strict.refuses(Rule::CheckDigits, || !iban.checks())
    {
        return Err(NotAccepted::Invalid(Field::Destination));
    }
    let source = Value::of(body.deposit).optional_number("deposit").map_err(of_field(Field::Source))?;
    let invalid = NotAccepted::Invalid(Field::Source);
    let source = source.map(|text| AccountNumber::parse(&text).ok_or(invalid)).transpose()?;
    let payment_number = Value::of(body.payment_number).optional_digits("paymentNumber", PAYMENT_NUMBER);
    let payment_number = payment_number.map_err(of_field(Field::PaymentNumber))?;
    let second_password = match Value::of(body.second_password) {
        Value::Missing => SecondPassword::Missing,
        Value::Text(_) | Value::Number(_) => SecondPassword::Given,
        Value::Unclean(_) | Value::Malformed => return Err(NotAccepted::Invalid(Field::SecondPassword)),
    };
    let names = [
        name(body.destination_firstname),
        name(body.destination_lastname),
        name(body.source_first_name.or(body.source_firstname)),
        name(body.source_last_name.or(body.source_lastname)),
    ];
    let payment_number = payment_number.unwrap_or_default();
    let request_hash =
        request_hash(service, amount, &description, &destination, source.as_ref(), &payment_number, &names);
    let [destination_first_name, destination_last_name, source_first_name, source_last_name] = names;
    let accounts = SourceAndDestination::of(call.grant(), source.as_ref(), &destination);
    Ok(SubmitTransfer {
        key: order_reply::key(call),
        service,
        grant: Arc::clone(call.grant()),
        source,
        destination,
        accounts,
        amount: Rial::new(amount),
        description: Text::from(description),
        payment_number: Text::from(payment_number),
        second_password,
        destination_first_name,
        destination_last_name,
        source_first_name,
        source_last_name,
        submission: None,
        request_hash,
    })
}

fn name(raw: Option<&serde_json::value::RawValue>) -> NameField {
    match Value::of(raw) {
        Value::Missing => NameField::Missing,
        Value::Text(text) => NameField::Given(Text::from(text)),
        Value::Unclean(_) | Value::Number(_) | Value::Malformed => NameField::Malformed,
    }
}

/// Tells a repeated request from another one under its trackId (finnotech.md 1.5): the path and all folded fields but the
/// second password.
fn request_hash(
    service: Service,
    amount: i64,
    description: &str,
    destination: &Destination,
    source: Option<&AccountNumber>,
    payment_number: &str,
    names: &[NameField; 4],
) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(name_of(service));
    hash.update(amount.to_be_bytes());
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    add(&fold(description));
    // Two spellings of one number are one request (second-edition.md 1.5).
    match destination {
        Destination::Account(number) => add(&number.significant()),
        Destination::Iban(iban) => add(iban.as_str()),
    }
    add(&source.map(AccountNumber::significant).unwrap_or_default());
    add(payment_number);
    for name in names {
        add(&match name {
            NameField::Missing | NameField::Malformed => Cow::Borrowed(""),
            NameField::Given(name) => fold(name),
        });
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finalize()[..16]);
    short
}

/// Answers a transfer with a field that is not of its shape.
///
/// # Errors
/// What is told instead of the fault.
async fn malformed(app: &App, call: &Call, body: &TransferTo<'_>, fault: NotAccepted) -> Result<Response, Response> {
    let number = Value::of(body.deposit).optional_number("deposit").ok().flatten();
    let source = number.and_then(|text| AccountNumber::parse(&text));
    let order = MalformedOrder::transfer(order_reply::key(call), call.grant(), source.as_ref(), fault);
    order_reply::malformed(app, call, (order, fault), || call.fail(&table::DUPLICATE)).await
}

/// Whether a client credential names a deposit of another bank than Keshavarzi that the client may use: that takes a CODE token.
///
/// # Errors
/// The store fails.
pub async fn needs_code(app: &App, call: &Call, number: &AccountNumber) -> Result<bool, store::Error> {
    if call.grant().kind != GrantKind::ClientCredential {
        return Ok(false);
    }
    let reader = app.engine.reader();
    let mut elsewhere = false;
    for bank in Bank::HOSTED {
        let Some((deposit, _)) = reader.deposit(number.key(bank)).await? else { continue };
        match bank {
            Bank::KESHAVARZI => return Ok(false),
            _ => elsewhere |= deposit.is_approved_for(&call.client),
        }
    }
    Ok(elsewhere)
}

/// The service's name, as the last part of its path.
fn name_of(service: Service) -> &'static str {
    match service {
        Service::TransferTo => "transferTo",
        Service::InternalTransfer => "internalTransfer",
        Service::PayaTransfer => "payaTransfer",
        Service::SatnaTransfer => "satnaTransfer",
        Service::ChargeCard => "chargeCard",
    }
}

/// The reply of an order, the first time and every time.
fn render(order: &Order) -> Response {
    let track_id = &order.key.track_id;
    let undecided = match order.first {
        FirstAnswer::Refused(refusal) => {
            return reply::failed(Some(track_id), &::codes::finnotech::order_refused(refusal));
        }
        FirstAnswer::Done => None,
        FirstAnswer::Pending => Some(("PENDING", &table::PENDING)),
        // A charge's trackId never is a transfer's: a repeated one is told before.
        FirstAnswer::Unknown | FirstAnswer::Charge(_) => Some(("UNKNOWN", &table::UNKNOWN)),
    };
    let message = undecided.as_ref().map_or(" ", |(_, failure)| &failure.message);
    let at = civil(order);
    let result = replies::Transfer {
        amount: order.amount.get(),
        description: &order.description,
        destination_firstname: &order.destination_first_name,
        destination_lastname: &order.destination_last_name,
        destination_number: &order.destination_number,
        inquiry_date: at.date(),
        inquiry_sequence: order.inquiry_sequence,
        inquiry_time: at.time(),
        message,
        payment_number: &order.payment_number,
        ref_code: ref_code(order),
        source_firstname: &order.source_first_name,
        source_lastname: &order.source_last_name,
        source_number: &order.source_number,
        route: route(order.route),
    };
    match undecided {
        None => reply::done(track_id, result),
        Some((status, failure)) => {
            let error = ErrorBody { code: failure.code, message: &failure.message };
            reply::json(StatusCode::OK, &Undecided { track_id, result, status, error })
        }
    }
}

/// When an order was accepted, as replies write it.
pub struct Civil(Now);

/// When an order was accepted.
pub fn civil(order: &Order) -> Civil {
    Civil(Now::at(order.at_ms).unwrap_or_else(Now::epoch))
}

impl Civil {
    /// `YYMMDD`.
    pub fn date(&self) -> String {
        format!("{:06}", self.0.date.short())
    }

    /// `HHMMSS`.
    pub fn time(&self) -> String {
        format!("{:06}", self.0.time())
    }
}

/// Sixteen digits.
pub fn ref_code(order: &Order) -> String {
    format!("{:016}", order.ref_code)
}

/// `internal`, `paya`, `satna`.
pub fn route(route: Route) -> &'static str {
    match route {
        Route::Internal => "internal",
        Route::Paya => "paya",
        Route::Satna => "satna",
        Route::Card => "card",
    }
}

/// `DONE`, `PENDING`, `UNKNOWN`, `FAILED`.
pub fn status(order: &Order) -> &'static str {
    match order.state.status() {
        Status::Done => "DONE",
        Status::Pending => "PENDING",
        Status::Unknown => "UNKNOWN",
        Status::Failed => "FAILED",
    }
}
