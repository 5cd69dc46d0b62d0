//! Cycles of the paya network, and the group files of their orders.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use data_encoding::HEXLOWER;
use futures_util::stream;
use ledger::AccountId;
use payments::{
    Count, Cycle, CycleId, CycleUnknown, Debtor, Digest, FileHead, FileMark, FileOrders, Iban, NoteGroupFile, Now,
    OrderId, full_name,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::InCycle;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::reply::{Id, NOT_FOUND, PageLimit, Params, Problem, done, listed, unread};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(cycles)).routes(routes!(cycle)).routes(routes!(file))
}

/// Rows per read while a file is written.
const ROWS: usize = 1_000;
/// Capacity of the channel to the client, in pieces of a file.
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
    /// `gathering`, `closed`, `settling` or `settled`.
    state: &'static str,
    /// Since when it takes no orders, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<String>,
    /// Orders that it has brought to their destinations.
    settled: i64,
    /// Orders that it has brought back.
    returned: i64,
    /// The account on which its orders' money waits.
    clearing: i64,
    /// The file of all its orders, once it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<FileBody>,
    /// The file of those whose destinations are not here, once it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaving: Option<FileBody>,
}

/// What a group file is known by.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileBody {
    /// The SHA-256 of its bytes, in hexadecimal digits.
    sha256: String,
    orders: i64,
    /// In rials.
    sum: i64,
}

impl From<FileMark> for FileBody {
    fn from(FileMark { digest, orders, sum }: FileMark) -> Self {
        Self { sha256: HEXLOWER.encode(&digest.0), orders, sum }
    }
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
            state: match (cycle.closed_at_ms, cycle.settled_at_ms) {
                (_, Some(_)) => "settled",
                (Some(_), None) if cycle.is_begun() => "settling",
                (Some(_), None) => "closed",
                (None, None) => "gathering",
            },
            closed: cycle.closed_at_ms.map(instant),
            settled: cycle.settled,
            returned: cycle.returned,
            clearing: cycle.id.clearing().0,
            file: cycle.file.map(FileBody::from),
            leaving: cycle.leaving.map(FileBody::from),
        }
    }
}

/// Which cycles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CycleParams {
    /// Only rows behind this one, by its number, as on a page; or only cycles that settle before an instant, RFC 3339.
    before: Option<String>,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

/// Banks' parts in cycles, those that settle last first; of those that settle at one instant the ones with greater numbers.
#[utoipa::path(get, path = "/admin/v1/cycles", params(CycleParams), responses((status = 200, body = [CycleBody]), (status = 400, body = Problem)))]
pub async fn cycles(State(app): State<App>, Params(params): Params<CycleParams>) -> Result<Response, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let before = match &params.before {
        None => LAST,
        Some(text) => {
            let wanted = "the number of a cycle, or an instant like 2026-11-21T11:00:00+03:30";
            page_start(&app, text).await?.ok_or_else(|| Problem::invalid("before", wanted).response())?
        }
    };
    let found = app.engine.reader().cycles(before, limit).await.map_err(unread)?;
    listed(&app, found.iter().map(CycleBody::from).collect()).await
}

/// The position behind all cycles.
pub const LAST: (i64, CycleId) = (i64::MAX, CycleId(i64::MAX));

/// The position in the list of a cycle or an instant; `None`: the text is neither.
async fn page_start(app: &App, text: &str) -> Result<Option<(i64, CycleId)>, Response> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Some((at.as_millisecond(), CycleId(i64::MIN))));
    }
    match text.parse().ok().and_then(CycleId::numbered) {
        Some(id) => behind(app, id).await.map_err(unread),
        None => Ok(None),
    }
}

/// The position in the list of a cycle; `None`: there is no such cycle.
///
/// # Errors
/// The store cannot be read.
pub async fn behind(app: &App, id: CycleId) -> Result<Option<(i64, CycleId)>, store::Error> {
    Ok(app.engine.reader().cycle(id).await?.map(|cycle| (cycle.settle_ms, id)))
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

/// The group file (`.ccti`) of a closed cycle: the same bytes whenever it is asked for. Its digest is kept when it is made first; a file that would
/// differ is an error.
#[utoipa::path(get, path = "/admin/v1/cycles/{id}/file", params(("id" = i64, Path), FileParams), responses((status = 200, body = Vec<u8>, content_type = "application/xml"), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 503, body = Problem)))]
pub async fn file(
    State(app): State<App>,
    Id(id): Id,
    Params(params): Params<FileParams>,
) -> Result<Response, Response> {
    let cycle = find(&app, id).await?;
    if cycle.is_gathering() {
        let cutoff = instant(cycle.cutoff_ms);
        let open = match app.engine.clock().now_ms() < cycle.cutoff_ms {
            true => format!("the cycle takes orders until {cutoff}"),
            false => {
                format!("the cycle was cut off at {cutoff} and is being closed: its file is there in some seconds")
            }
        };
        return Err(Problem::conflict("id", open).response());
    }
    let (which, suffix) = match params.orders {
        OrdersName::All => (FileOrders::All, ""),
        OrdersName::Leaving => (FileOrders::Leaving, "-leaving"),
    };
    // The file is written twice: for its digest, which must equal the stored one, and to be sent.
    let mut seen = Written::default();
    write(&app, &cycle, which, &mut seen).await.map_err(unread)?;
    let mark = seen.mark().map_err(unread)?;
    if kept(&app, &cycle, which, mark).await? != mark {
        differs(&cycle);
        let what = "the file would not be the one that was made first: compare the cycle's orders with that file";
        return Err(Problem::conflict("id", what).response());
    }
    let name = app.files.name(cycle.id);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let disposition = format!("attachment; filename=\"{stem}{suffix}.{extension}\"");
    let (pieces, received) = mpsc::channel(PIECES);
    tokio::spawn(async move {
        let mut sent = Written { to: Some(pieces.clone()), ..Written::default() };
        let written = write(&app, &cycle, which, &mut sent).await;
        let end = match written.and_then(|end| Ok((end, sent.mark()?))) {
            Ok((end, again)) if again == mark => Ok(end),
            Ok(_) => {
                differs(&cycle);
                Err(store::Error::Failed)
            }
            Err(error) => {
                tracing::error!(%error, cycle = cycle.id.0, "a group file could not be written to its end");
                Err(error)
            }
        };
        // A client that has disconnected needs no end.
        let _ = pieces.send(end).await;
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

/// The digest of the first file of these orders; stores this one if there is none yet.
async fn kept(app: &App, cycle: &Cycle, which: FileOrders, mark: FileMark) -> Result<FileMark, Response> {
    if let Some(kept) = cycle.mark(which) {
        return Ok(kept);
    }
    done(app.engine.run(NoteGroupFile { cycle: cycle.id, which, mark }).await)
}

impl From<CycleUnknown> for Problem {
    fn from(_: CycleUnknown) -> Self {
        NOT_FOUND
    }
}

fn differs(cycle: &Cycle) {
    metrics::counter!("daric_alarms_total", "kind" => "group file differs").increment(1);
    tracing::error!(cycle = cycle.id.0, "a group file differs from the one that was made first: it was not handed out");
}

type Pieces = mpsc::Sender<Result<Bytes, store::Error>>;

/// A file that is being written: its digest and counts, and the channel to its client, if it has one.
#[derive(Default)]
struct Written {
    hash: Sha256,
    /// The totals in the file's head.
    head: Count,
    /// The totals of the orders written so far.
    orders: Count,
    to: Option<Pieces>,
}

impl Written {
    async fn piece(&mut self, piece: &mut Vec<u8>) {
        let piece = std::mem::take(piece);
        self.hash.update(&piece);
        if let Some(to) = &self.to {
            // When the client has disconnected, the rest is written for the digest only.
            let _ = to.send(Ok(piece.into())).await;
        }
    }

    fn mark(&self) -> Result<FileMark, store::Error> {
        let broken = |what: &str| store::Error::Corrupt { table: "transfer_order", what: what.to_owned() };
        if self.head != self.orders {
            return Err(broken("a cycle's orders do not add up to its totals"));
        }
        let digest = Digest(self.hash.clone().finalize().into());
        let orders = i64::try_from(self.head.orders).map_err(|_| broken("too many orders"))?;
        let sum = i64::try_from(self.head.sum).map_err(|_| broken("a cycle's sum is beyond all amounts"))?;
        Ok(FileMark { digest, orders, sum })
    }
}

/// Writes a file in pieces and returns the last one. Memory holds one page of orders at a time, however many there are.
async fn write(app: &App, cycle: &Cycle, which: FileOrders, to: &mut Written) -> Result<Bytes, store::Error> {
    let (reader, form) = (app.engine.reader(), &app.files);
    let rows = match which {
        FileOrders::All => InCycle::All,
        FileOrders::Leaving => InCycle::Leaving,
    };
    let mut count = Count::default();
    let mut after = AccountId(0);
    loop {
        let page = reader.debtors(cycle.id, rows, after, ROWS).await?;
        for debtor in &page {
            count.orders += debtor.orders.unsigned_abs();
            count.sum += debtor.sum;
            after = debtor.source;
        }
        if page.len() < ROWS {
            break;
        }
    }
    to.head = count;
    let cut_off = Now::at(cycle.cutoff_ms).unwrap_or_else(Now::epoch);
    let head = FileHead { cycle: cycle.id, cut_off, count };
    let mut piece = Vec::new();
    form.head(&head, &mut piece);
    let (mut number, mut after) = (0, AccountId(0));
    loop {
        let page = reader.debtors(cycle.id, rows, after, ROWS).await?;
        for debtor in &page {
            number += 1;
            after = debtor.source;
            let deposit = reader.deposit_of(debtor.source).await?;
            let (iban, name) = deposit.map_or_else(Default::default, |deposit| {
                let name = full_name(&deposit.first_name, &deposit.last_name);
                (Iban::of(deposit.key.bank, &deposit.key.digits).as_str().to_owned(), name)
            });
            let count = Count { orders: debtor.orders.unsigned_abs(), sum: debtor.sum };
            form.debtor(&head, &Debtor { number, iban, name, count }, &mut piece);
            write_orders(app, cycle.id, rows, debtor.source, &mut piece, to).await?;
            form.debtor_end(&mut piece);
        }
        if page.len() < ROWS {
            break;
        }
    }
    form.end(&mut piece);
    to.hash.update(&piece);
    Ok(piece.into())
}

async fn write_orders(
    app: &App,
    cycle: CycleId,
    which: InCycle,
    source: AccountId,
    piece: &mut Vec<u8>,
    to: &mut Written,
) -> Result<(), store::Error> {
    let mut after = (source, OrderId(0));
    loop {
        let page = app.engine.reader().cycle_orders(cycle, which, after, ROWS).await?;
        for order in page.iter().take_while(|order| order.source == source) {
            to.orders.orders += 1;
            to.orders.sum += i128::from(order.amount.get());
            app.files.order(order, piece);
        }
        to.piece(piece).await;
        match page.last() {
            Some(last) if page.len() == ROWS && last.source == source => after = (source, last.id),
            _ => return Ok(()),
        }
    }
}
