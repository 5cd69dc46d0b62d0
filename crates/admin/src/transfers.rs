//! Transfers of the ledger.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use ledger::{TransferId, TransferKind};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::reply::{Id, NOT_FOUND, Problem, unread};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(transfer))
}

/// A transfer: one debit and one credit of the same amount.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransferBody {
    id: i64,
    /// `posted`, `pending`, `postPending`, `voidPending` or `expirePending`.
    kind: &'static str,
    /// The pending transfer that it ends.
    pending: Option<i64>,
    debit: i64,
    credit: i64,
    amount: i64,
    /// The number of the order that caused it.
    order: Option<i64>,
    /// RFC 3339.
    at: String,
    expires_at: Option<String>,
}

/// One transfer.
#[utoipa::path(get, path = "/admin/v1/transfers/{id}", params(("id" = i64, Path)), responses((status = 200, body = TransferBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn transfer(State(app): State<App>, Id(id): Id) -> Result<Json<TransferBody>, Response> {
    let transfer = app.engine.reader().transfer(TransferId(id)).await.map_err(unread)?;
    let transfer = transfer.ok_or_else(|| NOT_FOUND.response())?;
    let (kind, pending) = match transfer.kind {
        TransferKind::Posted => ("posted", None),
        TransferKind::Pending => ("pending", None),
        TransferKind::PostPending(pending) => ("postPending", Some(pending.0)),
        TransferKind::VoidPending(pending) => ("voidPending", Some(pending.0)),
        TransferKind::ExpirePending(pending) => ("expirePending", Some(pending.0)),
    };
    Ok(Json(TransferBody {
        id: transfer.id.0,
        kind,
        pending,
        debit: transfer.debit.0,
        credit: transfer.credit.0,
        amount: transfer.amount.get(),
        order: (transfer.cause != 0).then_some(transfer.cause),
        at: instant(transfer.at_ms),
        expires_at: transfer.expires_at_ms.map(instant),
    }))
}
