//! POST `/oak/v2/clients/{clientId}/deposits/{deposit}/chargeCard?trackId=` (finnotech.md 3.6, 000_0c9124fd1c332114.txt).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::Rial;
use payments::{
    AccountNumber, ChargeCard, ChargeClass, ChargeCode, ChargeRefusals, Field, FirstAnswer, MalformedOrder, NamedCard,
    NotAccepted, Order, Text,
};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use text::number::{account, is_whole, numeral};
use wire::field::Value;
use wire::finnotech::cards::{self, CHARGED, Charged, NotCharged};
use wire::finnotech::charge_codes;
use wire::finnotech::errors as table;
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Nameless, Requirements, RightsCheck, object};
use super::cards::{is_bon, number};
use super::errors::of_field;
use super::order_reply::{self, Replies, Sent};
use super::reply;
use crate::App;
use edge::strict::Strict;

const SERVICE: Requirements = Requirements {
    scope: Some(scopes::CHARGE_CARD),
    grants: Grants::Code,
    track_id: Demand::Mandatory,
    rights: RightsCheck::AtCommit,
};

/// Digits of a card's number that replies show.
const LAST_DIGITS: usize = 4;

pub async fn charge_card(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let by_code = app.settings.charge_refusals == ChargeRefusals::Codes;
    let nameless = |call: &Nameless<'_>| by_code.then(|| refused(call, ChargeCode::NO_TRACK_ID));
    let call = Call::enter_or(&app, SERVICE, request, nameless).await?;
    let body: cards::ChargeCard<'_> = call.object()?;
    let repeated = || {
        let named = Nameless { track_id: &call.track_id, subject: &call.subject, body: &call.body };
        if by_code { refused(&named, ChargeCode::REPEATED) } else { call.fail(&table::DUPLICATE) }
    };
    let command = match command(&app, &call, &body) {
        Ok(command) => command,
        Err(fault) => {
            let order = MalformedOrder::charge(order_reply::key(&call), fault);
            return order_reply::malformed(&app, &call, (order, fault), repeated).await;
        }
    };
    let request_hash = command.request_hash;
    order_reply::run(&app, &call, Sent { command, request_hash }, Replies { render, repeated }).await
}

/// The reply to a charge for which no order is written, where the bank refuses by code.
fn refused(call: &Nameless<'_>, code: ChargeCode) -> Response {
    let body: Option<cards::ChargeCard<'_>> = object(Strict::default(), call.body).ok();
    let card = body.and_then(|body| number(Value::of(body.card), Strict::default()).ok()).unwrap_or_default();
    let result = NotCharged {
        code: code.as_str(),
        message: "Unsuccess",
        description: charge_codes::text(code.as_str()),
        deposit: &account(call.subject),
        card: &card[card.len().saturating_sub(LAST_DIGITS)..],
        charge_state: "FAILED",
    };
    reply::done(call.track_id, result)
}

/// Why the bank refuses an amount: a whole number that no charge has, or what is no amount at all.
fn amount_refused(sent: Option<&RawValue>) -> ChargeCode {
    let text = numeral(sent.map_or("", RawValue::get).trim_matches('"'));
    if is_whole(&text) { ChargeCode::AMOUNT_OUT_OF_RANGE } else { ChargeCode::NO_AMOUNT }
}

/// Step 11: the shapes, in the order of the document.
fn command(app: &App, call: &Call, body: &cards::ChargeCard<'_>) -> Result<ChargeCard, NotAccepted> {
    let refusals = app.settings.charge_refusals;
    let (amount, amount_refused) = match Value::of(body.amount).amount("amount") {
        Ok(amount) => (amount, None),
        Err(fault) if refusals == ChargeRefusals::Gateway => return Err(of_field(Field::Amount)(fault)),
        Err(_) => (0, Some(amount_refused(body.amount))),
    };
    let card = number(Value::of(body.card), app.strict).map_err(of_field(Field::Card))?;
    let subject = account(&call.subject);
    let key = order_reply::key(call);
    let hashed = app.secrets.card(&card);
    let mut hash = Sha256::new();
    hash.update(b"chargeCard");
    hash.update(amount.to_be_bytes());
    if amount_refused.is_some() {
        hash.update(body.amount.map_or("", RawValue::get));
        hash.update([0]);
    }
    hash.update(hashed.0);
    hash.update(subject.as_bytes());
    let mut request_hash = [0; 16];
    request_hash.copy_from_slice(&hash.finalize()[..16]);
    let amount = Rial::new(amount);
    let submission = order_reply::submission(app, call, &key, amount, "");
    Ok(ChargeCard {
        key,
        grant: Arc::clone(call.grant()),
        source: AccountNumber::parse(&subject),
        amount,
        amount_refused,
        refusals,
        card: NamedCard {
            number: hashed,
            last_four: Text::from(&card[card.len() - LAST_DIGITS..]),
            has_bon_prefix: is_bon(&card),
        },
        submission,
        request_hash,
    })
}

/// The reply of a charge, the first time and every time: callers judge by `chargeState`.
fn render(order: &Order) -> Response {
    let FirstAnswer::Charge(code) = order.first else {
        let charged = Charged {
            message: CHARGED,
            card: &order.destination_number,
            amount: order.amount.to_string(),
            deposit: &order.source_number,
            tracker: order.id.0,
            charge_state: "DONE",
        };
        return reply::done(&order.key.track_id, charged);
    };
    let unknown = code.class() == ChargeClass::Unknown;
    // The seed prints A107 as Unsuccess although its outcome is unknown.
    let message = if unknown && code != ChargeCode::NO_SUBSIDIARY { "Unknown" } else { "Unsuccess" };
    let result = NotCharged {
        code: code.as_str(),
        message,
        description: charge_codes::text(code.as_str()),
        deposit: &order.source_number,
        card: &order.destination_number,
        charge_state: if unknown { "UNKNOWN" } else { "FAILED" },
    };
    reply::done(&order.key.track_id, result)
}
