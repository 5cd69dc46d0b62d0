//! The hash chains over the audit and the ledger: their heads, their links, and sealing at once.

use axum::extract::{Path, State};
use axum::response::Response;
use data_encoding::HEXLOWER;
use engine::ChainHead;
use payments::{Chain, Seal};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::reply::{EmptyBody, NOT_FOUND, Paging, Params, Problem, broken, listed, unread, whole_list};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(chains)).routes(routes!(links)).routes(routes!(seal))
}

/// A hash chain and its head. Kept elsewhere, a head shows later whether the past was rewritten: `daric verify --heads FILE`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainBody {
    /// `audit` or `ledger`.
    id: &'static str,
    /// The place of the last link; 0: nothing is sealed yet.
    link: i64,
    /// The number of the last row that it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<i64>,
    /// When it was made: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// Its hash, SHA-256 in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    /// Rows that no link covers yet; at most 100,000 are counted.
    unsealed: i64,
}

impl From<&ChainHead> for ChainBody {
    fn from(ChainHead { chain, head, unsealed }: &ChainHead) -> Self {
        Self {
            id: chain.name(),
            link: head.map_or(0, |head| head.key.number),
            last: head.map(|head| head.last),
            at: head.map(|head| instant(head.at_ms)),
            hash: head.map(|head| HEXLOWER.encode(&head.hash)),
            unsealed: *unsealed,
        }
    }
}

/// The hash chains and their heads.
#[utoipa::path(get, path = "/admin/v1/chains", responses((status = 200, body = [ChainBody])))]
pub async fn chains(State(app): State<App>) -> Result<Response, Response> {
    heads(&app).await
}

async fn heads(app: &App) -> Result<Response, Response> {
    let found = app.engine.chain_heads().await.map_err(unread)?;
    whole_list(app, found.iter().map(ChainBody::from).collect()).await
}

/// Seals what is not sealed yet, and shows the heads. The server does it once a minute.
#[utoipa::path(post, path = "/admin/v1/chains/seal", responses((status = 200, body = [ChainBody]), (status = 400, body = Problem)))]
pub async fn seal(app: OperatorContext, _: EmptyBody) -> Result<Response, Response> {
    app.engine.seal().await.map_err(|error| broken(&error))?;
    heads(&app).await
}

/// A link of a hash chain.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkBody {
    /// Its place in the chain, from 1.
    number: i64,
    /// The number of the first row that it covers.
    first: i64,
    /// The number of the last row that it covers.
    last: i64,
    rows: i64,
    /// RFC 3339.
    at: String,
    /// SHA-256 in hexadecimal digits, over the link before it, these numbers and the content of the rows.
    hash: String,
}

impl From<&Seal> for LinkBody {
    fn from(Seal { key, first, last, rows, at_ms, hash }: &Seal) -> Self {
        let (at, hash) = (instant(*at_ms), HEXLOWER.encode(hash));
        Self { number: key.number, first: *first, last: *last, rows: *rows, at, hash }
    }
}

/// The links of a hash chain, in order.
#[utoipa::path(get, path = "/admin/v1/chains/{id}/links", params(("id" = String, Path), Paging), responses((status = 200, body = [LinkBody]), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn links(
    State(app): State<App>,
    Path(id): Path<String>,
    Params(paging): Params<Paging>,
) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let chain = Chain::ALL.into_iter().find(|chain| chain.name() == id).ok_or_else(|| NOT_FOUND.response())?;
    let found = app.engine.reader().seals(chain, page.after, page.limit).await.map_err(unread)?;
    listed(&app, found.iter().map(LinkBody::from).collect()).await
}
