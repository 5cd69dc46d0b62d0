//! POST `/oak/v2/clients/{clientId}/deposits/{deposit}/chargeCard?trackId=` (finnotech.md 3.6, 000_0c9124fd1c332114.txt).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::Rial;
use payments::{
    AccountNumber, ChargeCard, ChargeClass, ChargeCode, Command, FirstAnswer, Handover, NamedCard, Order, OrderKey,
    Outcome, RailAnswer, Text,
};
use sha2::{Digest as _, Sha256};
use wire::finnotech::cards::{self, CHARGED, Charged, NotCharged};
use wire::finnotech::charge_codes;
use wire::finnotech::errors::{self as table, Failure};
use wire::finnotech::field::{Fault, Value, fold};
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Rights, Service};
use super::cards::{is_bon, number};
use super::{errors, reply};
use crate::App;

const SERVICE: Service = Service {
    scope: Some(scopes::CHARGE_CARD),
    grants: Grants::Code,
    track_id: Demand::Mandatory,
    rights: Rights::AtCommit,
};

pub async fn charge_card(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let body: cards::ChargeCard<'_> = call.object()?;
    let command = match command(&app, &call, &body) {
        Ok(command) => command,
        Err(fault) => return Err(refuse_fields(&app, &call, fault).await),
    };
    let (hash, answer) = (command.request_hash, command.answer);
    let outcome = app.engine.run_with(&call.session, Command::ChargeCard(Box::new(command))).await;
    match outcome.map_err(|error| call.broken(&error))? {
        Ok(Outcome::Ordered(order)) => {
            if let Some(armed) = call.armed.as_ref().filter(|_| reached(&order, answer)) {
                armed.spend();
            }
            Ok(render(&order))
        }
        Ok(Outcome::Duplicate(order)) if app.finnotech.replay_duplicates && order.request_hash == hash => {
            Ok(reply::replayed(render(&order)))
        }
        Ok(_) => Err(call.fail(&table::DUPLICATE)),
        Err(refusal) => Err(call.fail(&errors::failure(refusal))),
    }
}

/// Whether an order got to the card network, so that the network's answer is the order's.
fn reached(order: &Order, answer: RailAnswer) -> bool {
    match (order.first, answer) {
        (FirstAnswer::Charge(code), RailAnswer::Charge(said, _)) => code == said,
        (FirstAnswer::Charge(code), _) => code.class() == ChargeClass::Unknown,
        _ => true,
    }
}

/// Step 11: the shapes, in the order of the document.
fn command(app: &App, call: &Call, body: &cards::ChargeCard<'_>) -> Result<ChargeCard, Fault> {
    let amount = Value::of(body.amount).amount("amount")?;
    let card = number(Value::of(body.card), app.finnotech.strict_checksums)?;
    let subject = fold(&call.subject);
    let key = OrderKey { client: call.client.clone(), track_id: Text::from(call.track_id.as_str()) };
    let hashed = app.secrets.card(&card);
    let mut hash = Sha256::new();
    hash.update(b"chargeCard");
    hash.update(amount.to_be_bytes());
    hash.update(hashed.0);
    hash.update(subject.as_bytes());
    let mut request_hash = [0; 16];
    request_hash.copy_from_slice(&hash.finalize()[..16]);
    let forced = call.armed.as_ref().and_then(|armed| armed.rail_answer());
    let amount = Rial::new(amount);
    let answer = forced.unwrap_or_else(|| app.rail.hand_over(&Handover { key: &key, amount, destination: "" }));
    Ok(ChargeCard {
        key,
        grant: Arc::clone(call.grant()),
        source: AccountNumber::parse(&subject),
        amount,
        card: NamedCard {
            number: hashed,
            last_four: Text::from(&card[card.len() - 4..]),
            has_bon_prefix: is_bon(&card),
        },
        answer,
        request_hash,
    })
}

/// A fault in a field is told only after a used trackId.
async fn refuse_fields(app: &App, call: &Call, fault: Fault) -> Response {
    let key = OrderKey { client: call.client.clone(), track_id: Text::from(call.track_id.as_str()) };
    match app.engine.reader().order(key).await {
        Ok(Some(_)) => call.fail(&table::DUPLICATE),
        Ok(None) => call.fail(&Failure::from(fault)),
        Err(error) => call.unread(error),
    }
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
