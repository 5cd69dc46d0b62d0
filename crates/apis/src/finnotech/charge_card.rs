//! POST `/oak/v2/clients/{clientId}/deposits/{deposit}/chargeCard?trackId=` (finnotech.md 3.6, 000_0c9124fd1c332114.txt).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::Rial;
use payments::{AccountNumber, ChargeCard, ChargeClass, ChargeCode, Command, FirstAnswer, NamedCard, Order, Text};
use sha2::{Digest as _, Sha256};
use text::number::account;
use wire::field::{Fault, Value};
use wire::finnotech::cards::{self, CHARGED, Charged, NotCharged};
use wire::finnotech::charge_codes;
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Rights, Service};
use super::cards::{is_bon, number};
use super::ordering::{self, Sent};
use super::reply;
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
        Err(fault) => return Err(ordering::refuse_fields(&app, &call, fault).await),
    };
    let (request_hash, answer) = (command.request_hash, command.answer);
    let command = Command::ChargeCard(Box::new(command));
    ordering::run(&app, &call, Sent { command, request_hash, answer }, render).await
}

/// Step 11: the shapes, in the order of the document.
fn command(app: &App, call: &Call, body: &cards::ChargeCard<'_>) -> Result<ChargeCard, Fault> {
    let amount = Value::of(body.amount).amount("amount")?;
    let card = number(Value::of(body.card), app.strict)?;
    let subject = account(&call.subject);
    let key = ordering::key(call);
    let hashed = app.secrets.card(&card);
    let mut hash = Sha256::new();
    hash.update(b"chargeCard");
    hash.update(amount.to_be_bytes());
    hash.update(hashed.0);
    hash.update(subject.as_bytes());
    let mut request_hash = [0; 16];
    request_hash.copy_from_slice(&hash.finalize()[..16]);
    let amount = Rial::new(amount);
    let answer = ordering::answer(app, call, &key, amount, "");
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
