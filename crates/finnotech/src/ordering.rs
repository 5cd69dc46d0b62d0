//! What all services that write orders have in common: what the network will say, running the command, and its reply.

use axum::response::Response;
use ledger::Rial;
use payments::{
    ChargeClass, Command, FirstAnswer, Handover, NotAccepted, Order, OrderKey, RailAnswer, Submitted, Text,
};
use wire::field::Fault;
use wire::finnotech::errors::Failure;

use super::call::Call;
use super::{errors, reply};
use crate::App;
use sandbox::Taken;

/// The client and its trackId.
pub fn key(call: &Call) -> OrderKey {
    OrderKey { client: call.client.clone(), track_id: Text::from(call.track_id.as_str()) }
}

/// What the network says, should the order get there: the sandbox's fault, or the network's own answer.
pub fn answer(app: &App, call: &Call, key: &OrderKey, amount: Rial, destination: &str) -> RailAnswer {
    let forced = call.armed.as_ref().and_then(|armed| armed.rail_answer());
    forced.unwrap_or_else(|| app.rail.hand_over(&Handover { key, amount, destination }))
}

/// An order on its way to the engine.
pub struct Sent<C> {
    /// The order.
    pub command: C,
    /// Tells a repeated request from another one under its trackId.
    pub request_hash: [u8; 16],
    /// What its network says.
    pub answer: RailAnswer,
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
    let outcome = app.engine.run_with(&call.session, sent.command).await;
    match outcome.map_err(|error| call.broken(&error))? {
        Ok(Submitted::Ordered(order)) => {
            if let Some(armed) = call.armed.as_ref().filter(|_| reached(&order, sent.answer)) {
                armed.spend();
            }
            let mut response = render(&order);
            // Done, or undecided: what no network has refused.
            if reached(&order, RailAnswer::Done) {
                response.extensions_mut().insert(Taken);
            }
            Ok(response)
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

/// Whether an order got to its network, so that the network's answer is the order's.
fn reached(order: &Order, answer: RailAnswer) -> bool {
    match (order.first, answer) {
        (FirstAnswer::Refused(refusal), RailAnswer::Refused(said)) => refusal == said,
        (FirstAnswer::Refused(_), _) => false,
        (FirstAnswer::Charge(code), RailAnswer::Charge(said, _)) => code == said,
        (FirstAnswer::Charge(code), _) => code.class() == ChargeClass::Unknown,
        (FirstAnswer::Done | FirstAnswer::Pending | FirstAnswer::Unknown, _) => true,
    }
}

/// A fault in a field is told only after a used trackId.
///
/// # Errors
/// What is told instead of it.
pub async fn refuse_fields(
    app: &App,
    call: &Call,
    fault: Fault,
    repeated: impl FnOnce() -> Response,
) -> Result<Response, Response> {
    match app.engine.reader().order(key(call)).await {
        Ok(Some(_)) => Err(repeated()),
        Ok(None) => Ok(call.fail(&Failure::from(fault))),
        Err(error) => Err(call.unread(error)),
    }
}
