//! Cycles of the paya network, and the files that carry their orders.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use ledger::AccountId;
use payments::{Count, Cycle, CycleId, Debtor, FileHead, Iban, Now, OrderId};
use serde::{Deserialize, Serialize};
use store::InCycle;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::accounts::instant;
use super::reply::{Id, NOT_FOUND, Params, Problem, unread};
use crate::App;

/// Rows of a page, unless fewer are asked for.
const PAGE: usize = 100;
/// Rows read at a time while a file is written.
const ROWS: usize = 1_000;
/// Pieces of a file that wait for a slow reader.
const PIECES: usize = 4;

/// A bank's part in a cycle.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CycleBody {
    /// The bank's code, the Jalali day and the cycle's number, as one number.
    id: i64,
    bank: String,
    /// Jalali, `YYYYMMDD`.
    day: i64,
    number: i64,
    /// RFC 3339; orders accepted before it are in the cycle.
    cutoff: String,
    /// RFC 3339.
    settles: String,
    /// `gathering`, `settling` or `settled`.
    state: &'static str,
    /// Orders that it has brought to their destinations.
    settled: i64,
    /// Orders that it has brought back.
    returned: i64,
    /// The account on which its orders' money waits.
    clearing: i64,
}

impl From<&Cycle> for CycleBody {
    fn from(cycle: &Cycle) -> Self {
        Self {
            id: cycle.id.0,
            bank: cycle.id.bank().map(|bank| bank.to_string()).unwrap_or_default(),
            day: cycle.id.day(),
            number: cycle.id.number(),
            cutoff: instant(cycle.cutoff_ms),
            settles: instant(cycle.settle_ms),
            state: match (cycle.is_gathering(), cycle.settled_at_ms) {
                (true, _) => "gathering",
                (false, None) => "settling",
                (false, Some(_)) => "settled",
            },
            settled: cycle.settled,
            returned: cycle.returned,
            clearing: cycle.id.clearing().0,
        }
    }
}

/// Which cycles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CycleParams {
    /// Only cycles that settle before this instant, RFC 3339.
    before: Option<String>,
    /// At most so many; 100 at most.
    #[serde(default = "page")]
    #[param(minimum = 1, maximum = 100)]
    limit: usize,
}

fn page() -> usize {
    PAGE
}

/// Banks' parts in cycles, those that settle last first.
#[utoipa::path(get, path = "/admin/v1/cycles", params(CycleParams), responses((status = 200, body = [CycleBody]), (status = 400, body = Problem)))]
pub async fn cycles(
    State(app): State<App>,
    Params(params): Params<CycleParams>,
) -> Result<Json<Vec<CycleBody>>, Response> {
    if !(1..=PAGE).contains(&params.limit) {
        return Err(Problem::invalid("limit", "1 to 100").response());
    }
    let before_ms = match &params.before {
        None => i64::MAX,
        Some(text) => {
            let at = text.parse::<jiff::Timestamp>();
            let wrong = |_| Problem::invalid("before", "an instant like 2026-11-21T11:00:00+03:30").response();
            at.map_err(wrong)?.as_millisecond()
        }
    };
    let found = app.engine.reader().cycles(before_ms, params.limit).await.map_err(unread)?;
    Ok(Json(found.iter().map(CycleBody::from).collect()))
}

/// One bank's part in a cycle.
#[utoipa::path(get, path = "/admin/v1/cycles/{id}", params(("id" = i64, Path)), responses((status = 200, body = CycleBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn cycle(State(app): State<App>, Id(id): Id) -> Result<Json<CycleBody>, Response> {
    Ok(Json(CycleBody::from(&find(&app, id).await?)))
}

async fn find(app: &App, id: i64) -> Result<Cycle, Response> {
    let id = CycleId::numbered(id).ok_or_else(|| NOT_FOUND.response())?;
    let cycle = app.engine.reader().cycle(id).await.map_err(unread)?;
    cycle.ok_or_else(|| NOT_FOUND.response())
}

/// Which orders a file has.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileParams {
    /// `all`, or `leaving`: only those whose destinations are not here.
    #[serde(default)]
    orders: OrdersName,
}

/// Which orders.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrdersName {
    /// All of the cycle.
    #[default]
    All,
    /// Only those whose destinations are not here: what is to be handed to another network.
    Leaving,
}

/// The group file (`.ccti`) of a cycle that is cut off: the same bytes whenever it is asked for.
#[utoipa::path(get, path = "/admin/v1/cycles/{id}/file", params(("id" = i64, Path), FileParams), responses((status = 200, content_type = "application/xml"), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn file(
    State(app): State<App>,
    Id(id): Id,
    Params(params): Params<FileParams>,
) -> Result<Response, Response> {
    let cycle = find(&app, id).await?;
    if app.engine.clock().now_ms() < cycle.cutoff_ms {
        let until = format!("the cycle takes orders until {}", instant(cycle.cutoff_ms));
        return Err(Problem::conflict("id", until).response());
    }
    let (which, suffix) = match params.orders {
        OrdersName::All => (InCycle::All, ""),
        OrdersName::Leaving => (InCycle::Leaving, "-leaving"),
    };
    let name = app.files.name(cycle.id);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let disposition = format!("attachment; filename=\"{stem}{suffix}.{extension}\"");
    let (pieces, received) = mpsc::channel(PIECES);
    tokio::spawn(async move {
        let written = write(&app, &cycle, which, &pieces).await;
        if let Err(error) = written {
            tracing::error!(%error, cycle = cycle.id.0, "a group file could not be written to its end");
            let _ = pieces.send(Err(error)).await;
        }
    });
    let body = stream::unfold(received, async |mut received| Some((received.recv().await?, received)));
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml; charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

type Pieces = mpsc::Sender<Result<Bytes, store::Error>>;

/// Writes a file piece by piece: however many orders there are, a page of them is in memory.
async fn write(app: &App, cycle: &Cycle, which: InCycle, to: &Pieces) -> Result<(), store::Error> {
    let (reader, form) = (app.engine.reader(), &app.files);
    let mut count = Count::default();
    let mut after = AccountId(0);
    loop {
        let page = reader.debtors(cycle.id, which, after, ROWS).await?;
        for debtor in &page {
            count.orders += debtor.orders.unsigned_abs();
            count.sum += debtor.sum;
            after = debtor.source;
        }
        if page.len() < ROWS {
            break;
        }
    }
    let cut_off = Now::at(cycle.cutoff_ms).unwrap_or_else(Now::epoch);
    let head = FileHead { cycle: cycle.id, cut_off, count };
    let mut piece = Vec::new();
    form.head(&head, &mut piece);
    let (mut number, mut after) = (0, AccountId(0));
    loop {
        let page = reader.debtors(cycle.id, which, after, ROWS).await?;
        for debtor in &page {
            number += 1;
            after = debtor.source;
            let deposit = reader.deposit_of(debtor.source).await?;
            let (iban, name) = deposit.map_or_else(Default::default, |deposit| {
                let name = format!("{} {}", deposit.first_name, deposit.last_name);
                (Iban::of(deposit.key.bank, &deposit.key.digits).as_str().to_owned(), name.trim().to_owned())
            });
            let count = Count { orders: debtor.orders.unsigned_abs(), sum: debtor.sum };
            form.debtor(&head, &Debtor { number, iban, name, count }, &mut piece);
            write_orders(app, cycle.id, which, debtor.source, &mut piece, to).await?;
            form.debtor_end(&mut piece);
        }
        if page.len() < ROWS {
            break;
        }
    }
    form.end(&mut piece);
    let _ = to.send(Ok(piece.into())).await;
    Ok(())
}

async fn write_orders(
    app: &App,
    cycle: CycleId,
    which: InCycle,
    source: AccountId,
    piece: &mut Vec<u8>,
    to: &Pieces,
) -> Result<(), store::Error> {
    let mut after = (source, OrderId(0));
    loop {
        let page = app.engine.reader().cycle_orders(cycle, which, after, ROWS).await?;
        for order in page.iter().take_while(|order| order.source == source) {
            app.files.order(order, piece);
        }
        // A reader that went away needs no more; the rest is written into nothing.
        let _ = to.send(Ok(std::mem::take(piece).into())).await;
        match page.last() {
            Some(last) if page.len() == ROWS && last.source == source => after = (source, last.id),
            _ => return Ok(()),
        }
    }
}
