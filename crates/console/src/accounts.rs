//! `/console/accounts`: the ledger's accounts, their statements, and the statements as CSV.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream;
use ledger::{AccountId, AccountKind, AccountStatus};
use payments::{Now, Order, Role, SUSPENSE, full_name, party_of};
use store::{Entry, EntryPage, Page, Side};
use tokio::sync::mpsc;

use super::lists;
use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::Visit;
use admin::App;
use admin::lists::{Asked, period};
use web::{Lang, Segment, Words, notice, private};

/// An example of a date, as a hint.
const DATE: &str = "1405/09/10";
/// Rows per page.
const ROWS: usize = 50;
/// Rows per read while a file is written.
const PIECE: usize = 1_000;
/// Columns of the CSV file.
const COLUMNS: usize = 11;
/// Capacity of the channel to the browser, in pieces of a file.
const PIECES: usize = 4;

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let after = visit.query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let found = visit.app().engine.reader().accounts(Page { after, limit: ROWS }).await;
    let found = found.map_err(|error| visit.unread(error))?;
    let (w, lang) = (visit.w(), visit.lang());
    let mut rows = Vec::new();
    for account in &found {
        let holder = holder(&visit, account.id).await.map_err(|error| visit.unread(error))?;
        rows.push(vec![
            Cell::link(lang.digits(account.id.0), format!("/console/accounts/{}", account.id.0)),
            Cell::text(kind_name(account.kind, w)),
            Cell::text(holder.unwrap_or_default()),
            Cell::number(lang.rial(account.posted())),
            Cell::number(lang.rial(account.available())),
            Cell::text(account_status_name(account.status, w)),
        ]);
    }
    let table = Part::Table {
        title: w.accounts.to_owned(),
        heads: vec![
            w.number.to_owned(),
            w.kind.to_owned(),
            w.holder.to_owned(),
            format!("{} ({})", w.balance, w.rial),
            format!("{} ({})", w.available, w.rial),
            w.gate.to_owned(),
        ],
        rows,
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![table];
    if let Some(last) = found.last().filter(|_| found.len() == ROWS) {
        parts.push(Part::Links(vec![(w.next.to_owned(), format!("/console/accounts?after={}", last.id.0))]));
    }
    Ok(visit.page(w.accounts, parts))
}

pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = parts_of(&visit, id).await?;
    Ok(visit.page(title(&visit, id), parts))
}

/// The holder of an account, if the account's number identifies one.
///
/// # Errors
/// The store cannot be read.
pub async fn holder(visit: &Visit, id: AccountId) -> Result<Option<String>, store::Error> {
    let reader = visit.app().engine.reader();
    if let Some(deposit) = reader.deposit_of(id).await? {
        let (number, bank) = (&deposit.number, visit.lang().bank(deposit.key.bank));
        return Ok(Some(format!("{} · {number} · {bank}", full_name(&deposit.first_name, &deposit.last_name))));
    }
    let Some(party) = party_of(id) else { return Ok(None) };
    Ok(reader.party(party).await?.map(|party| party.name.to_string()))
}

/// The name of a kind of account.
pub fn kind_name(kind: AccountKind, w: &Words) -> &'static str {
    match kind {
        AccountKind::Deposit => w.kind_deposit,
        AccountKind::Nostro => w.kind_nostro,
        AccountKind::Clearing => w.kind_clearing,
        AccountKind::FeeIncome => w.kind_fee,
        AccountKind::Suspense => w.suspense,
        AccountKind::FloatCard => w.kind_float,
        AccountKind::BonCard => w.kind_bon,
        AccountKind::PayerCard => w.kind_payer,
        AccountKind::Merchant => w.kind_merchant,
        AccountKind::Wallet => w.by_wallet_short,
        AccountKind::GuildOpen => w.kind_guild_open,
        AccountKind::GuildFree => w.kind_guild_free,
        AccountKind::Blocked => w.kind_blocked,
        AccountKind::Receivable => w.kind_receivable,
    }
}

/// The name of a status.
pub fn account_status_name(status: AccountStatus, w: &Words) -> &'static str {
    match status {
        AccountStatus::Open => w.gate_open,
        AccountStatus::NoDebits => w.gate_no_debits,
        AccountStatus::NoCredits => w.gate_no_credits,
        AccountStatus::Closed => w.gate_closed,
    }
}

pub fn title(visit: &Visit, id: i64) -> String {
    format!("{} {}", visit.w().account, visit.lang().digits(id))
}

/// The page of an account.
pub async fn parts_of(visit: &Visit, id: i64) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let before_seq = visit.query.get("before").and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
    let asked = Asked::of_query(|name| visit.query.sent(name).map(str::to_owned));
    let (period, unreadable) = match period(&asked) {
        Ok(period) => (period, None),
        Err(why) => ((None, None), Some(Part::Notice(lists::wrong(&why, w), Tone::Bad))),
    };
    let (from_ms, to_ms) = (period.0.unwrap_or(i64::MIN), period.1.unwrap_or(i64::MAX));
    let page = EntryPage { before_seq, from_ms, to_ms, limit: ROWS };
    let found = reader.entries(AccountId(id), page).await.map_err(|error| visit.unread(error))?;
    let history = found.ok_or_else(|| visit.missing())?;
    let account = history.account;
    let mut facts = vec![
        (w.kind.to_owned(), Cell::text(kind_name(account.kind, w))),
        (w.balance.to_owned(), Cell::text(format!("{} {}", lang.rial(account.posted()), w.rial))),
        (w.available.to_owned(), Cell::code(lang.rial(account.available()))),
        (w.gate.to_owned(), Cell::text(account_status_name(account.status, w))),
        (w.entries.to_owned(), Cell::code(lang.digits(account.balances.entries))),
    ];
    if let Some(holder) = holder(visit, account.id).await.map_err(|error| visit.unread(error))? {
        facts.push((w.holder.to_owned(), Cell::text(holder)));
    }
    let releases = account.id == SUSPENSE && visit.may_work();
    let mut rows = Vec::new();
    for (entry, order) in &history.entries {
        let mut row = vec![
            Cell::code(lang.digits(entry.seq)),
            Cell::at(lang.instant(entry.at_ms)),
            side(visit, entry.side),
            Cell::number(lang.rial(entry.amount)),
            Cell::number(lang.rial(entry.after.posted(account.kind.normal_side()))),
            cause(entry, order.as_ref(), lang),
        ];
        if releases {
            row.push(release(visit, entry).await?);
        }
        rows.push(row);
    }
    let mut heads: Vec<String> =
        [w.entry, w.at, w.side, w.list_amount_rial, w.balance_after, w.cause].map(str::to_owned).into();
    if releases {
        heads.push(w.release.to_owned());
    }
    let table = Part::Table { title: w.statement.to_owned(), heads, rows, empty: w.nothing.to_owned() };
    let window = Asked { from: asked.from.clone(), to: asked.to.clone(), ..Asked::default() };
    let path = format!("/console/accounts/{id}");
    let csv = lists::address(&format!("{path}/statement.csv"), &window.query());
    let mut links = vec![(w.csv.to_owned(), csv)];
    links.extend(set_up_at(account.kind, id).map(|page| (w.setup.to_owned(), page)));
    if let Some((last, _)) = history.entries.last().filter(|_| history.entries.len() == ROWS) {
        let older = lists::address(&format!("{path}?before={}", last.seq), &window.query());
        links.push((w.older.to_owned(), older));
    }
    let date = |name, label: &str, value: Option<String>| {
        Field::Text(name, label.to_owned(), value.unwrap_or_default(), DATE.to_owned())
    };
    let form = Form {
        action: path,
        fields: vec![date("from", w.list_from, window.from), date("to", w.list_to, window.to)],
        button: w.list_show.to_owned(),
        tone: Tone::Plain,
        // A filter changes nothing, and its address can be visited again: it needs no token.
        csrf: String::new(),
    };
    let mut parts = vec![Part::Facts(facts), Part::Links(links)];
    parts.extend(unreadable);
    parts.extend([Part::Forms(w.list_period.to_owned(), vec![form]), table]);
    Ok(parts)
}

/// The page on which an account's status is changed, if it has one.
fn set_up_at(kind: AccountKind, id: i64) -> Option<String> {
    match kind {
        AccountKind::Deposit => Some(format!("/console/setup/deposits/{id}")),
        AccountKind::PayerCard => Some(format!("/console/setup/payer-cards/{id}")),
        AccountKind::Wallet | AccountKind::Blocked | AccountKind::GuildOpen | AccountKind::GuildFree => {
            party_of(AccountId(id)).map(|party| format!("/console/setup/parties/{}", party.0))
        }
        AccountKind::Nostro
        | AccountKind::Clearing
        | AccountKind::FeeIncome
        | AccountKind::Suspense
        | AccountKind::FloatCard
        | AccountKind::BonCard
        | AccountKind::Merchant
        | AccountKind::Receivable => None,
    }
}

fn side(visit: &Visit, side: Side) -> Cell {
    let w = visit.w();
    match side {
        Side::Debit => Cell::Badge(w.debit.to_owned(), Tone::Hint),
        Side::Credit => Cell::Badge(w.credit_side.to_owned(), Tone::Good),
    }
}

/// The order or payment that caused an entry.
fn cause(entry: &Entry, order: Option<&Order>, lang: Lang) -> Cell {
    match (entry.cause, order) {
        (0, _) => Cell::text("—"),
        (id, Some(_)) => Cell::link(lang.digits(id), format!("/console/orders/{id}")),
        (id, None) => Cell::link(lang.digits(id), format!("/console/search?q={id}")),
    }
}

/// The release form for an entry on the suspense account, or its state.
async fn release(visit: &Visit, entry: &Entry) -> Result<Cell, Response> {
    let w = visit.w();
    if entry.side == Side::Debit {
        return Ok(Cell::text("—"));
    }
    let released = visit.app().engine.reader().released(entry.transfer).await;
    if released.map_err(|error| visit.unread(error))?.is_some() {
        return Ok(Cell::Badge(w.released.to_owned(), Tone::Plain));
    }
    let field = |name, label: &str| Field::Text(name, label.to_owned(), String::new(), String::new());
    Ok(Cell::Form(Form {
        action: format!("/console/suspense/{}/release", entry.seq),
        fields: vec![field("account", w.account), field("reason", w.reason)],
        button: w.propose.to_owned(),
        tone: Tone::Plain,
        csrf: visit.csrf(),
    }))
}

/// The whole statement as CSV, newest first: UTF-8 with a byte order mark, by which spreadsheets recognise it.
pub async fn csv(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app.clone(), &parts, Role::Viewer).await?;
    let found = app.engine.reader().account(AccountId(id)).await.map_err(|error| visit.unread(error))?;
    let account = found.ok_or_else(|| visit.missing())?;
    let asked = Asked::of_query(|name| visit.query.sent(name).map(str::to_owned));
    let period = period(&asked).map_err(|why| {
        let (w, frame) = (visit.w(), visit.frame.clone());
        notice(frame, StatusCode::BAD_REQUEST, w.unreadable, &lists::wrong(&why, w))
    })?;
    let (pieces, received) = mpsc::channel(PIECES);
    tokio::spawn(async move {
        if let Err(error) = write(&app, account.id, account.kind, period, &pieces).await {
            tracing::error!(%error, account = id, "a statement could not be written to its end");
            let _ = pieces.send(Err(error)).await;
        }
    });
    let body =
        stream::unfold(received, async |mut received: mpsc::Receiver<_>| Some((received.recv().await?, received)));
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let disposition = format!("attachment; filename=\"account-{id}.csv\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    private(headers);
    Ok(response)
}

type Pieces = mpsc::Sender<Result<Bytes, store::Error>>;

async fn write(
    app: &App,
    id: AccountId,
    kind: AccountKind,
    (from_ms, to_ms): (Option<i64>, Option<i64>),
    to: &Pieces,
) -> Result<(), store::Error> {
    const HEAD: [&str; COLUMNS] = [
        "entry",
        "at",
        "jalali",
        "side",
        "amount",
        "balance_after",
        "transfer",
        "cause",
        "track_id",
        "description",
        "counterparty",
    ];
    let mut rows: Vec<[String; COLUMNS]> = vec![HEAD.map(str::to_owned)];
    let (mut mark, mut before_seq) = ("\u{feff}", i64::MAX);
    loop {
        let (from_ms, to_ms) = (from_ms.unwrap_or(i64::MIN), to_ms.unwrap_or(i64::MAX));
        let page = EntryPage { before_seq, from_ms, to_ms, limit: PIECE };
        let Some(history) = app.engine.reader().entries(id, page).await? else { return Ok(()) };
        for (entry, order) in &history.entries {
            rows.push(row(entry, order.as_ref(), id, kind));
            before_seq = entry.seq;
        }
        let ended = history.entries.len() < PIECE;
        let piece = [mark.as_bytes(), &packed(&rows)].concat();
        // A browser that has disconnected needs no more.
        if to.send(Ok(piece.into())).await.is_err() || ended {
            return Ok(());
        }
        rows.clear();
        mark = "";
    }
}

/// Rows in CSV form.
fn packed(rows: &[[String; COLUMNS]]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail, and all rows have the same number of fields.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

/// The number of the other account of an order. An entry on the source or the destination is about the other one of the two, whichever way the money
/// went: a return goes back.
fn counterparty(order: &Order, account: AccountId, side: Side) -> &str {
    let is_of_source = if account == order.source {
        true
    } else if order.destination == Some(account) {
        false
    } else {
        side == Side::Debit
    };
    if is_of_source { &order.destination_number } else { &order.source_number }
}

fn row(entry: &Entry, order: Option<&Order>, account: AccountId, kind: AccountKind) -> [String; COLUMNS] {
    let at = jiff::Timestamp::from_millisecond(entry.at_ms).map(|at| at.to_string()).unwrap_or_default();
    let jalali = Now::at(entry.at_ms).map(|now| {
        let (date, second) = (now.date, now.second_of_day);
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        format!("{}/{:02}/{:02} {hour:02}:{minute:02}:{:02}", date.year, date.month, date.day, second % 60)
    });
    [
        entry.seq.to_string(),
        at,
        jalali.unwrap_or_default(),
        if entry.side == Side::Debit { "debit" } else { "credit" }.to_owned(),
        entry.amount.get().to_string(),
        entry.after.posted(kind.normal_side()).get().to_string(),
        entry.transfer.0.to_string(),
        if entry.cause == 0 { String::new() } else { entry.cause.to_string() },
        order.map(|order| no_formula(&order.key.track_id)).unwrap_or_default(),
        order.map(|order| no_formula(&order.description)).unwrap_or_default(),
        order.map(|order| no_formula(counterparty(order, account, entry.side))).unwrap_or_default(),
    ]
}

/// A text that spreadsheets do not evaluate as a formula.
pub fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_file_are_neither_formulas_nor_more_than_one_field() {
        for (text, expected) in [("abc", "abc"), ("=1+1", "'=1+1"), ("@x", "'@x"), ("a,b", "a,b")] {
            assert_eq!(no_formula(text), expected);
        }
        let mut row: [String; COLUMNS] = std::array::from_fn(|at| at.to_string());
        row[8] = "a,\"b\"".to_owned();
        assert_eq!(packed(&[row]), b"0,1,2,3,4,5,6,7,\"a,\"\"b\"\"\",9,10\r\n");
    }
}
