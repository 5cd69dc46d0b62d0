//! Running an order and answering it: what all services that write orders have in common. It chooses the terms of submission to a network, runs
//! the command, and decides whether a repeated trackId gets its first answer again (`replay_duplicates` and the same request) or is refused.

use axum::response::Response;
use ledger::Rial;
use payments::{
    ChargeClass, Command, FirstAnswer, MalformedOrder, NotAccepted, Order, OrderKey, SubmissionTerms, Submitted, Text,
    TransferIntent,
};

use super::call::Call;
use super::{errors, reply};
use crate::App;
use sandbox::Taken;

/// The client and its trackId.
pub fn key(call: &Call) -> OrderKey {
    OrderKey { client: call.client.clone(), track_id: Text::from(call.track_id.as_str()) }
}

/// How an order is submitted to a network, if it is: what a rule of the sandbox asks for, or the network's own terms.
pub fn submission(app: &App, call: &Call, key: &OrderKey, amount: Rial, destination: &str) -> Option<SubmissionTerms> {
    match call.armed.as_ref().and_then(|armed| armed.network_plan()) {
        Some(plan) => Some(app.engine.leased(plan.terms())),
        None => app.engine.submission_terms(&TransferIntent { key, amount, destination }),
    }
}

/// An order on its way to the engine.
pub struct Sent<C> {
    /// The order.
    pub command: C,
    /// Tells a repeated request from another one under its trackId.
    pub request_hash: [u8; 16],
}

/// The replies of a service.
pub struct Replies<F> {
    /// To an order, the first time and every time.
    pub render: fn(&Order) -> Response,
    /// To a trackId that was used before.
    pub repeated: F,
}

/// Runs an order and answers it.
pub async fn run<C: Command<Done = Submitted, Refusal = NotAccepted>>(
    app: &App,
    call: &Call,
    sent: Sent<C>,
    Replies { render, repeated }: Replies<impl FnOnce() -> Response>,
) -> Result<Response, Response> {
    let outcome = app.engine.run_order(&call.token_rights, sent.command).await;
    match outcome.map_err(|error| call.broken(&error))? {
        Ok(Submitted::Ordered(order)) => Ok(reply_to(&order, render)),
        Ok(Submitted::ToNetwork(order, _)) => {
            // The rule that is about the network has done its work.
            if let Some(armed) = call.armed.as_ref() {
                armed.spend();
            }
            Ok(reply_to(&order, render))
        }
        Ok(Submitted::Duplicate(order))
            if app.settings.replay_duplicates && order.request_hash == sent.request_hash =>
        {
            Ok(reply::replayed(render(&order)))
        }
        Ok(Submitted::Duplicate(_)) => Err(repeated()),
        Err(why) => Err(call.fail(&errors::not_accepted(why))),
    }
}

fn reply_to(order: &Order, render: fn(&Order) -> Response) -> Response {
    let mut response = render(order);
    if is_taken(order) {
        response.extensions_mut().insert(Taken);
    }
    response
}

/// Whether an order is done, or undecided.
fn is_taken(order: &Order) -> bool {
    match order.first {
        FirstAnswer::Refused(_) => false,
        FirstAnswer::Charge(code) => code.class() == ChargeClass::Unknown,
        FirstAnswer::Done | FirstAnswer::Pending | FirstAnswer::Unknown => true,
    }
}

/// Answers an order with a field that is not of its shape.
///
/// # Errors
/// What is told instead of the fault.
pub async fn malformed(
    app: &App,
    call: &Call,
    (order, fault): (MalformedOrder, NotAccepted),
    repeated: impl FnOnce() -> Response,
) -> Result<Response, Response> {
    let outcome = app.engine.run_with(&call.token_rights, order).await;
    match outcome.map_err(|error| call.broken(&error))? {
        Ok(_) => Err(repeated()),
        Err(why) if why == fault => Ok(call.fail(&errors::not_accepted(why))),
        Err(why) => Err(call.fail(&errors::not_accepted(why))),
    }
}
