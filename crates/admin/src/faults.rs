//! Sandbox: faults.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{AuditedRefusal, ClientId, Order, OrderKey, OrderRef, ResolveOrder, ReturnOrder, Text};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator_context::{Decided, OperatorContext};
use super::orders::{OrderBody, decided as shown, return_reason};
use super::reply::{EmptyBody, Id, NOT_FOUND, Problem, broken, json, rows, unread};
use crate::App;
use edge::large::{Asks, Listed};
use edge::reply::large;
use sandbox::{FaultForm, Faults, MAGIC, Parsed, Rule, Times, magic_descriptions, parse};
use std::sync::Arc;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, arm, clear)).routes(routes!(disarm))
}

/// A fault that may still strike.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FaultBody {
    id: u64,
    fault: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    track_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// First six and last four digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    nth: u64,
    always: bool,
    /// How an undecided outcome ends: `done` or `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<String>,
    /// When it ends, or how long a delay lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distribution: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    /// Calls that it was for so far.
    seen: u64,
}

impl From<Rule> for FaultBody {
    fn from(rule: Rule) -> Self {
        let (nth, always) = match rule.times {
            Times::Nth(nth) => (nth, false),
            Times::From(nth) => (nth, true),
        };
        Self {
            id: rule.id,
            fault: rule.name,
            operation: rule.matches.operation,
            client: rule.matches.client,
            track_id: rule.matches.track_id,
            amount: rule.matches.amount,
            card: rule.matches.card.map(|card| edge::secrets::masked(&card)),
            destination: rule.matches.destination,
            nth,
            always,
            then: rule.then,
            after: rule.after,
            distribution: rule.distribution,
            seed: rule.seed,
            seen: rule.seen,
        }
    }
}

/// The faults of this process, and the trackIds and descriptions of invoices that ask for an outcome by themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultList {
    #[schema(value_type = Vec<FaultBody>)]
    faults: Vec<Box<RawValue>>,
    magic: Vec<MagicBody>,
    descriptions: Vec<DescriptionBody>,
}

/// The beginning of an invoice's description, and what it asks of the sandbox's own gateway.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DescriptionBody {
    description: String,
    outcome: String,
}

/// The beginning of a trackId, and what it asks for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MagicBody {
    track_id: &'static str,
    outcome: &'static str,
}

fn faults(app: &App) -> Result<&std::sync::Arc<Faults>, Response> {
    app.faults.as_ref().ok_or_else(|| NOT_FOUND.response())
}

/// The faults that may still strike.
#[utoipa::path(get, path = "/admin/v1/faults", responses((status = 200, body = FaultList)))]
pub async fn list(State(app): State<App>) -> Result<Response, Response> {
    let rules = faults(&app)?.list().into_iter().map(FaultBody::from).collect();
    // At most a thousand rules are armed.
    let Listed { rows: faults, reservation } = rows(app.large.whole(Asks::Operators), rules).await?;
    let magic = MAGIC.iter().map(|(track_id, outcome, _)| MagicBody { track_id, outcome }).collect();
    let described = |(description, outcome)| DescriptionBody { description, outcome };
    let descriptions = magic_descriptions().map(described).collect();
    Ok(large(reservation, &FaultList { faults, magic, descriptions }))
}

/// Arms a fault for calls to come (201), or does at once what it names (200).
#[utoipa::path(post, path = "/admin/v1/faults", request_body = FaultForm, responses((status = 200, body = OrderBody), (status = 201, body = FaultBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn arm(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: FaultForm = json(request).await?;
    let parsed = parse(&form).map_err(|(field, message)| Problem::invalid(field, message).response())?;
    run(&app, parsed, form.client.as_deref()).await
}

/// Arms a rule (201), or does at once what is asked for (200).
///
/// # Errors
/// There are too many rules, the order is unknown or in another state, or the machine failed.
pub(super) async fn run(app: &OperatorContext, parsed: Parsed, client: Option<&str>) -> Result<Response, Response> {
    match parsed {
        Parsed::Rule(rule) => {
            let name = rule.name.clone();
            let mut armed = armed(app, "fault", &name, vec![*rule]).await?;
            let rule = armed.pop().ok_or_else(|| NOT_FOUND.response())?;
            Ok((StatusCode::CREATED, Json(rule)).into_response())
        }
        Parsed::Resolve(track_id, resolution) => {
            let order = OrderRef::Key(order(app, client, &track_id).await?.key.clone());
            ended(app.run_audited(ResolveOrder { order, resolution }).await)
        }
        Parsed::Return(route, track_id, reason) => {
            let reason = return_reason(&reason).map_err(|problem| problem.response())?;
            let order = order(app, client, &track_id).await?;
            if order.route != route {
                let message = format!("the order {track_id:?} went by another network");
                return Err(Problem::invalid("fault", message).response());
            }
            let order = OrderRef::Key(order.key.clone());
            ended(app.run_audited(ReturnOrder { order, reason }).await)
        }
    }
}

/// Arms rules, all or none, with one audit line about what was asked for.
///
/// # Errors
/// There are too many, or the machine failed.
pub(super) async fn armed(
    app: &OperatorContext,
    action: &'static str,
    subject: &str,
    rules: Vec<Rule>,
) -> Result<Vec<FaultBody>, Response> {
    let added = faults(app)?.add_all(rules);
    let added = added.map_err(|_| Problem::conflict(action, "there are 1000 already: delete some").response())?;
    app.write_audit_line(action, subject, "armed").await.map_err(|error| broken(&error))?;
    Ok(added.into_iter().map(FaultBody::from).collect())
}

/// The order after its command. If it is in another state, the refusal is an invalid value of this call, not a conflict.
fn ended<R: Into<Problem>>(decided: Decided<Arc<Order>, R>) -> Result<Response, Response> {
    let wrong = |refusal: AuditedRefusal<R>| Problem::from(refusal).into_invalid("fault").response();
    Ok(shown(&*decided.map_err(|error| broken(&error))?.map_err(wrong)?))
}

/// The order with a trackId, of the named client or of the only client that has it.
async fn order(app: &App, client: Option<&str>, track_id: &str) -> Result<Order, Response> {
    let reader = app.engine.reader();
    let clients = match client {
        Some(client) => vec![ClientId::from(client)],
        None => reader.clients().await.map_err(unread)?.into_iter().map(|client| client.id).collect(),
    };
    let mut found = Vec::new();
    for client in clients {
        let key = OrderKey { client, track_id: Text::from(track_id) };
        found.extend(reader.order(key).await.map_err(unread)?);
    }
    match found.len() {
        0 => Err(Problem::invalid("fault", format!("no order has the trackId {track_id:?}")).response()),
        1 => Ok(found.remove(0)),
        _ => Err(Problem::invalid("client", "several clients have an order with this trackId").response()),
    }
}

/// Disarms all faults.
#[utoipa::path(delete, path = "/admin/v1/faults", responses((status = 204)))]
pub async fn clear(app: OperatorContext, _: EmptyBody) -> Result<StatusCode, Response> {
    faults(&app)?.remove(None);
    app.write_audit_line("fault", "all", "disarmed").await.map_err(|error| broken(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disarms a fault.
#[utoipa::path(delete, path = "/admin/v1/faults/{id}", params(("id" = i64, Path)), responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn disarm(app: OperatorContext, Id(id): Id, _: EmptyBody) -> Result<StatusCode, Response> {
    let removed = u64::try_from(id).is_ok_and(|id| faults(&app).is_ok_and(|faults| faults.remove(Some(id))));
    if !removed {
        return Err(NOT_FOUND.response());
    }
    app.write_audit_line("fault", &id.to_string(), "disarmed").await.map_err(|error| broken(&error))?;
    Ok(StatusCode::NO_CONTENT)
}
