//! The endpoints of lists: `GET /admin/v1/lists/{list}`, and `…/export`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Kept, Place};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::asked::{Asked, place_text, read};
use super::columns::{Columns, ListName, with_columns};
use super::export::{NoExport, export as exported};
use super::files::Format;
use super::owner::named_owner;
use crate::App;
use crate::operator_context::OperatorContext;
use crate::problem::problem;
use crate::reply::{NOT_FOUND, Params, Problem, broken, unread};

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export))
}

/// Rows of a page whose call does not say how many.
const ROWS: usize = 100;

/// The rows of a page, and the totals of its filter.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListBody {
    /// The rows, with the columns of the list's files. A column without a value is left out.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Map<String, Value>>,
    /// Where the next page begins: its `after`. None on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Whether the search has stopped after the newest 20,000 rows of the period: `next` goes on behind them.
    cut: bool,
    totals: TotalsBody,
}

/// The totals of a filter, over all pages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TotalsBody {
    /// The number of rows.
    count: i64,
    /// The sum of their amounts, in rials; none if the list's rows have no amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<i64>,
    /// Whether only the newest 50,000 rows of the period were counted: there may be more.
    at_least: bool,
}

/// A list with a filter: `orders`, `phone-orders`, `invoices`, `sms`, `webhooks`, `card-attempts`, `jobs`, `audit`, `proposals` or `parties`.
#[utoipa::path(get, path = "/admin/v1/lists/{list}", params(("list" = String, Path), Asked), responses((status = 200, body = ListBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Path(list): Path<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<ListBody>, Response> {
    let list = ListName::named(&list).ok_or_else(|| NOT_FOUND.response())?;
    with_columns!(list, columns => page(&app, columns, asked).await)
}

async fn page<T: Kept + Send + Sync + 'static>(
    app: &App,
    columns: &'static Columns<T>,
    asked: Asked,
) -> Result<Json<ListBody>, Response> {
    let reader = app.engine.reader();
    let asked = named_owner(reader, columns.list, asked).await.map_err(unread)?;
    let query = read(columns.list, &asked, ROWS).map_err(|why| Problem::from(why).response())?;
    let filter = query.filter.clone();
    let page = reader.listing(columns.list, query).await.map_err(unread)?;
    let counted = reader.counted(columns.list, filter).await.map_err(unread)?;
    Ok(Json(ListBody {
        rows: page.rows.iter().map(|row| columns.object(row)).collect(),
        next: page.next.map(|place: Place| place_text(place)),
        cut: page.is_cut,
        totals: TotalsBody {
            count: counted.count,
            sum: columns.list.has_amounts().then_some(counted.sum),
            at_least: counted.is_cut,
        },
    }))
}

/// Which rows of a list, and in which form.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportParams {
    /// `csv`, `xlsx` (a sheet of at most 1,000,000 rows) or `ndjson`.
    format: String,
    /// As of the list.
    from: Option<String>,
    /// As of the list.
    to: Option<String>,
    /// As of the list.
    state: Option<String>,
    /// As of the list.
    kind: Option<String>,
    /// As of the list.
    of: Option<String>,
    /// As of the list.
    least: Option<String>,
    /// As of the list.
    most: Option<String>,
    /// As of the list.
    text: Option<String>,
    /// `newest` (the default) or `oldest`.
    sort: Option<String>,
}

/// A list with a filter as a file. The export is written to the audit.
#[utoipa::path(get, path = "/admin/v1/lists/{list}/export", params(("list" = String, Path), ExportParams), responses((status = 200, body = Vec<u8>, content_type = "text/csv"), (status = 400, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub async fn export(
    context: OperatorContext,
    Path(list): Path<String>,
    Params(params): Params<ExportParams>,
) -> Result<Response, Response> {
    let list = ListName::named(&list).ok_or_else(|| NOT_FOUND.response())?;
    let format = Format::named(&params.format);
    let format = format.ok_or_else(|| Problem::invalid("format", "csv, xlsx or ndjson").response())?;
    let ExportParams { format: _, from, to, state, kind, of, least, most, text, sort } = params;
    let asked = Asked { from, to, state, kind, of, least, most, text, sort, after: None, rows: None };
    exported(&context, list, &asked, format).await.map_err(|why| match why {
        NoExport::Unreadable(why) => Problem::from(why).response(),
        NoExport::Busy => BUSY.into_response(),
        NoExport::TooManyRows(most) => {
            let wanted = format!("csv or ndjson, or a shorter period: a sheet has at most {most} rows");
            Problem::invalid("format", wanted).response()
        }
        NoExport::NoTemporaryFile => NO_TEMPORARY_FILE.into_response(),
        NoExport::Failed(error) => broken(&error),
    })
}

/// A sheet is written to a temporary file, and no lines are.
const NO_TEMPORARY_FILE: Problem = problem(
    StatusCode::SERVICE_UNAVAILABLE,
    "NO_TEMPORARY_FILE",
    "a sheet needs a temporary file, which the server cannot make or write: export csv or ndjson, or see to its TMPDIR",
);
const BUSY: Problem = problem(StatusCode::SERVICE_UNAVAILABLE, "BUSY", "two exports run already; try again");
