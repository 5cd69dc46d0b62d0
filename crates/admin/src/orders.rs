//! Orders: reading them, resolving undecided ones, and booking returns.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{
    ClientId, FirstAnswer, Order, OrderId, OrderRef, OrderState, ProposedAction, Resolution, ResolveOrder,
    ResolveRefusal, ReturnOrder, ReturnRefusal, Route, Status, Text,
};
use serde::{Deserialize, Serialize};
use store::OrderPage;
use text::fold;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::proposals::{self, ProposalBody};
use super::reply::{Id, NOT_FOUND, PageLimit, Params, Problem, done, json, listed, unread};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(orders))
        .routes(routes!(order))
        .routes(routes!(resolve))
        .routes(routes!(give_back))
}

/// Maximum length of a return's reason.
const REASON: usize = 140;

/// An order of the Finnotech dialect.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderBody {
    id: i64,
    client: String,
    track_id: String,
    /// `internal`, `paya`, `satna` or `card`.
    route: &'static str,
    /// What callers are told: `DONE`, `PENDING`, `UNKNOWN` or `FAILED`.
    status: &'static str,
    /// `refused`, `pending`, `unknown`, `onFloat`, `booked`, `queued`, `settled` or `returned`.
    state: &'static str,
    /// The source account in the ledger.
    source: i64,
    source_number: String,
    /// The destination account in the ledger, if it is here.
    destination: Option<i64>,
    /// As the caller wrote it; of a card the last four digits.
    destination_number: String,
    amount: i64,
    fee: i64,
    /// The cycle that it goes with.
    cycle: Option<i64>,
    ref_code: String,
    /// The code of a charge that was not done at once.
    code: Option<&'static str>,
    /// Why money came back.
    return_reason: Option<String>,
    /// RFC 3339.
    at: String,
}

impl From<&Order> for OrderBody {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id.0,
            client: order.key.client.to_string(),
            track_id: order.key.track_id.to_string(),
            route: match order.route {
                Route::Internal => "internal",
                Route::Paya => "paya",
                Route::Satna => "satna",
                Route::Card => "card",
            },
            status: match order.state.status() {
                Status::Done => "DONE",
                Status::Pending => "PENDING",
                Status::Unknown => "UNKNOWN",
                Status::Failed => "FAILED",
            },
            state: order.state.name(),
            source: order.source.0,
            source_number: order.source_number.to_string(),
            destination: order.destination.map(|account| account.0),
            destination_number: order.destination_number.to_string(),
            amount: order.amount.get(),
            fee: order.fee.get(),
            cycle: order.cycle.map(|cycle| cycle.0),
            ref_code: format!("{:016}", order.ref_code),
            code: match order.first {
                FirstAnswer::Charge(code) => Some(code.as_str()),
                _ => None,
            },
            return_reason: match &order.state {
                OrderState::Returned(back) => Some(back.reason.to_string()),
                OrderState::Stuck(_, why) => Some(why.to_string()),
                _ => None,
            },
            at: instant(order.at_ms),
        }
    }
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrderParams {
    /// Whose.
    client: String,
    /// Only orders with this status, as callers see it: `DONE`, `PENDING`, `UNKNOWN` or `FAILED`.
    status: Option<StatusName>,
    /// So many are left out, from the newest on.
    #[serde(default)]
    offset: usize,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

/// What callers are told.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum StatusName {
    /// The money moved, or is on its way.
    Done,
    /// Accepted; the network has not answered.
    Pending,
    /// No answer in time.
    Unknown,
    /// Nothing moved, or it came back.
    Failed,
}

/// A client's orders, newest first.
#[utoipa::path(get, path = "/admin/v1/orders", params(OrderParams), responses((status = 200, body = [OrderBody]), (status = 400, body = Problem)))]
pub async fn orders(State(app): State<App>, Params(params): Params<OrderParams>) -> Result<Response, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let status = params.status.map(|status| match status {
        StatusName::Done => Status::Done,
        StatusName::Pending => Status::Pending,
        StatusName::Unknown => Status::Unknown,
        StatusName::Failed => Status::Failed,
    });
    let page = OrderPage { from_ms: i64::MIN, to_ms: i64::MAX, status, offset: params.offset, limit };
    let found = app.engine.reader().orders(ClientId::from(params.client.as_str()), page).await.map_err(unread)?;
    listed(&app, found.rows.iter().map(|(order, _)| OrderBody::from(order)).collect()).await
}

/// One order.
#[utoipa::path(get, path = "/admin/v1/orders/{id}", params(("id" = i64, Path)), responses((status = 200, body = OrderBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn order(State(app): State<App>, Id(id): Id) -> Result<Json<OrderBody>, Response> {
    let order = app.engine.reader().order_numbered(OrderId(id)).await.map_err(unread)?;
    order.map(|order| Json(OrderBody::from(&order))).ok_or_else(|| NOT_FOUND.response())
}

/// How an undecided order, or an undecided payment by another bank's card, ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictForm {
    pub(super) verdict: VerdictName,
    /// Why, where an operator of the console has to approve it: 1 to 200 characters.
    #[serde(default)]
    pub(super) reason: String,
}

/// Where the money goes.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum VerdictName {
    /// To its destination.
    Done,
    /// Back to its source.
    Failed,
}

impl From<VerdictName> for Resolution {
    fn from(name: VerdictName) -> Self {
        match name {
            VerdictName::Done => Self::Done,
            VerdictName::Failed => Self::Failed,
        }
    }
}

/// Decides an order that is pending or unknown, as the network or the bank has reported it. In production, and with a named token, this is
/// proposed, and an operator of the console approves it.
#[utoipa::path(post, path = "/admin/v1/orders/{id}/resolve", params(("id" = i64, Path)), request_body = VerdictForm, responses((status = 200, body = OrderBody), (status = 202, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resolve(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let form: VerdictForm = json(request).await?;
    let resolve = ResolveOrder { order: OrderRef::Number(OrderId(id)), resolution: form.verdict.into() };
    if !app.does_alone_what_takes_two() {
        let reason = proposals::reason(&form.reason).map_err(|problem| problem.response())?;
        let proposal = proposals::propose(&app, ProposedAction::Resolve(resolve), reason).await?;
        return Ok((StatusCode::ACCEPTED, Json(proposals::body(&proposal))).into_response());
    }
    Ok(decided(&*done(app.run_audited(resolve).await)?))
}

impl From<ResolveRefusal> for Problem {
    fn from(refusal: ResolveRefusal) -> Self {
        match refusal {
            ResolveRefusal::OrderUnknown => NOT_FOUND,
            ResolveRefusal::OrderDecided => Self::conflict("order", "it is decided already"),
            ResolveRefusal::TakenByCycle => Self::conflict(
                "order",
                "its cycle is closed and has it: the network took it, payas lists it from the settlement on, and it cannot fail any more",
            ),
            ResolveRefusal::LeftOutOfCycle => Self::conflict(
                "order",
                "its cycle is closed and does not have it: payas shows that the network did not take it, and it cannot be done any more",
            ),
            ResolveRefusal::ServiceClosed => Self::conflict("order", "no paya cycle takes orders at this hour"),
            ResolveRefusal::CycleClosed => Self::conflict("order", "its paya cycle has closed meanwhile: try again"),
            ResolveRefusal::NotBooked(why) => why.into(),
        }
    }
}

/// Why the network brings money back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnForm {
    /// In the network's words.
    #[schema(min_length = 1, max_length = 140)]
    reason: String,
}

/// Books a return: the money of a settled paya or a satna order comes back to its source, by new transfers.
#[utoipa::path(post, path = "/admin/v1/orders/{id}/return", params(("id" = i64, Path)), request_body = ReturnForm, responses((status = 200, body = OrderBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn give_back(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let form: ReturnForm = json(request).await?;
    let reason = return_reason(&form.reason).map_err(|problem| problem.response())?;
    let command = ReturnOrder { order: OrderRef::Number(OrderId(id)), reason };
    Ok(decided(&*done(app.run_audited(command).await)?))
}

impl From<ReturnRefusal> for Problem {
    fn from(refusal: ReturnRefusal) -> Self {
        match refusal {
            ReturnRefusal::OrderUnknown => NOT_FOUND,
            ReturnRefusal::NothingToReturn => {
                Self::conflict("order", "only a settled paya or a satna order can come back")
            }
            ReturnRefusal::DestinationDoesNotCover => {
                Self::conflict("order", "its destination does not have the money, or takes no debits")
            }
            ReturnRefusal::AmountDoesNotFit => Self::invalid("amount", "the bank's accounts cannot hold this much"),
        }
    }
}

/// Checks the reason of a return.
///
/// # Errors
/// It is empty, too long, or has control characters.
pub fn return_reason(text: &str) -> Result<Text, Problem> {
    let good = text.chars().count() <= REASON && !fold(text).is_empty() && !text.chars().any(char::is_control);
    let form = "1 to 140 characters, none of them a control character";
    good.then(|| Text::from(text)).ok_or_else(|| Problem::invalid("reason", form))
}

/// The reply with an order's current state.
pub(super) fn decided(order: &Order) -> Response {
    Json(OrderBody::from(order)).into_response()
}
