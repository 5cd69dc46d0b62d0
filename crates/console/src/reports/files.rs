//! What the pages of reports share: their links and forms, and the files of whole reports.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Now, PaymentMeans, ReportDialect, Role};

use crate::view::{Cell, Field, Form, Part, Tone};
use crate::visit::Visit;
use admin::App;
use admin::reply::Params;
use admin::reports::{BadPeriod, ExportParams, FileFormat, NoTotals, Period, ReportName, SettlementsPart, exported};
use web::{Lang, Segment, Words};

/// The example of a day in the fields of a range.
const DAY: &str = "1405/08/30";

/// The links to all reports, and to the files of this one. The settlements have files beside each of their tables.
pub fn links(visit: &Visit, report: ReportName, pairs: &[(&str, String)]) -> Part {
    let w = visit.w();
    let mut links: Vec<(String, String)> = ReportName::ALL
        .into_iter()
        .filter(|(other, _)| *other != report)
        .map(|(other, _)| (name_of(other, w).to_owned(), path_of(other)))
        .collect();
    if report != ReportName::Settlements {
        links.extend(file_links(w, report, pairs));
    }
    Part::Links(links)
}

fn file_links(w: &Words, report: ReportName, pairs: &[(&str, String)]) -> [(String, String); 2] {
    let file = |(text, format): (&str, &str)| {
        (text.to_owned(), address(&format!("/console/reports/{}/{format}", report.name()), pairs))
    };
    [(w.report_csv, "csv"), (w.report_ndjson, "ndjson")].map(file)
}

/// The links to the files of a table of the settlements.
pub fn of_part(visit: &Visit, part: SettlementsPart, pairs: &[(&'static str, String)]) -> Part {
    let pairs = [pairs, &[("part", part.name().to_owned())]].concat();
    Part::Links(file_links(visit.w(), ReportName::Settlements, &pairs).into())
}

/// Periods to choose, as links. Other parameters of the page stay.
pub fn quick(visit: &Visit, report: ReportName, others: &[(&'static str, String)]) -> Option<Part> {
    let today = Now::at(visit.app().engine.clock().now_ms())?.date;
    let links = crate::lists::periods(today, visit.w()).into_iter().map(|period| {
        let range = [("from", period.from.unwrap_or_default()), ("to", period.to.unwrap_or_default())];
        (period.name.to_owned(), address(&path_of(report), &[range.as_slice(), others].concat()))
    });
    Some(Part::Links(links.collect()))
}

/// The page of a report whose totals are not there.
pub fn no_totals(visit: &Visit, report: ReportName, why: NoTotals) -> Response {
    let (w, lang) = (visit.w(), visit.lang());
    let text = match why {
        NoTotals::Behind { percent } => format!("{} {}{}", w.report_behind, lang.digits(percent), w.percent),
        NoTotals::Busy => w.report_busy.to_owned(),
        NoTotals::Store(error) => return visit.unread(error),
    };
    visit.not_yet(name_of(report, w), text, vec![links(visit, report, &[])])
}

/// The name of a report.
fn name_of(report: ReportName, w: &Words) -> &'static str {
    match report {
        ReportName::Days => w.report_days,
        ReportName::Settlements => w.report_settlements,
        ReportName::Success => w.report_success,
        ReportName::Ageing => w.report_ageing,
        ReportName::TrialBalance => w.report_trial_balance,
    }
}

/// The page of a report.
pub fn path_of(report: ReportName) -> String {
    match report {
        ReportName::Days => "/console/reports".to_owned(),
        other => format!("/console/reports/{}", other.name()),
    }
}

/// A path with parameters; empty ones are left out.
pub fn address(path: &str, pairs: &[(&str, String)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    given.for_each(|(name, value)| {
        query.append_pair(name, value);
    });
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The range that the page's address names. If it cannot be read, today, and a notice that names the field.
pub fn period(visit: &Visit) -> (Period, Option<Part>) {
    let now_ms = visit.app().engine.clock().now_ms();
    let (from, to) = (visit.query.get("from"), visit.query.get("to"));
    match Period::read(from, to, now_ms) {
        Ok(period) => (period, None),
        Err(why) => {
            let (from_ms, to_ms) = (payments::day_begin_ms(now_ms), payments::next_day_ms(now_ms));
            (Period { from_ms, to_ms }, Some(Part::Notice(unreadable(why, visit.w()), Tone::Bad)))
        }
    }
}

/// Why a range cannot be read, and what is shown instead.
fn unreadable(why: BadPeriod, w: &Words) -> String {
    let field = if why.field() == "from" { w.report_from } else { w.report_to };
    let wanted = match why {
        BadPeriod::Unreadable(_) => w.report_want_instant,
        BadPeriod::NoHalfHour(_) => w.report_want_half_hour,
        BadPeriod::EndsBefore => w.report_want_after,
        BadPeriod::TooLong => w.report_want_shorter,
    };
    format!("{} {field}: {wanted} {}", w.report_range_unread, w.report_range_today)
}

/// The parameters of the page's range, as they were sent.
pub fn range(visit: &Visit) -> Vec<(&'static str, String)> {
    ["from", "to"].map(|name| (name, visit.query.get(name).unwrap_or_default().to_owned())).into()
}

/// The form of a range, with further fields.
pub fn form(visit: &Visit, report: ReportName, more: Vec<Field>) -> Part {
    let w = visit.w();
    let value = |name| visit.query.get(name).unwrap_or_default().to_owned();
    let mut fields = vec![
        Field::Text("from", w.report_from.to_owned(), value("from"), DAY.to_owned()),
        Field::Text("to", w.report_to.to_owned(), value("to"), DAY.to_owned()),
    ];
    fields.extend(more);
    form_of(visit, report, w.report_range, fields)
}

/// A form that shows a report for other values.
pub fn form_of(visit: &Visit, report: ReportName, title: &str, fields: Vec<Field>) -> Part {
    let w = visit.w();
    let form = Form {
        action: path_of(report),
        fields,
        button: w.report_show.to_owned(),
        tone: Tone::Plain,
        // It changes nothing, and is sent as a query.
        csrf: String::new(),
    };
    Part::Forms(title.to_owned(), vec![form])
}

/// The range in words.
pub fn range_text(visit: &Visit, period: Period) -> Part {
    let lang = visit.lang();
    Part::Text(format!("{} – {}", lang.instant(period.from_ms), lang.instant(period.to_ms)))
}

/// An amount, or a number, in a cell.
pub fn number(lang: Lang, number: i64) -> Cell {
    Cell::code(lang.number(number))
}

/// A day in the Jalali calendar.
pub fn day(lang: Lang, at_ms: i64) -> String {
    let date = Now::at(at_ms).map(|now| now.date);
    date.map(|date| lang.digits(format!("{}/{:02}/{:02}", date.year, date.month, date.day))).unwrap_or_default()
}

/// The name of a platform.
pub fn platform(dialect: ReportDialect, w: &Words) -> &'static str {
    match dialect {
        ReportDialect::Finnotech => w.report_finnotech,
        ReportDialect::Paystar => w.report_paystar,
        ReportDialect::Pod => w.report_pod,
        ReportDialect::House => w.report_house,
    }
}

/// The name of a means of payment.
pub fn means(means: PaymentMeans, w: &Words) -> &'static str {
    match means {
        PaymentMeans::None => "—",
        PaymentMeans::Internal => w.route_internal,
        PaymentMeans::Paya => w.route_paya,
        PaymentMeans::Satna => w.route_satna,
        PaymentMeans::BonCard => w.route_card,
        PaymentMeans::Wallet => w.by_wallet_short,
        PaymentMeans::HostedCard => w.report_hosted_card,
        PaymentMeans::OtherCard => w.report_other_card,
        PaymentMeans::Reserved => w.kind_blocked,
        PaymentMeans::Suspense => w.suspense,
    }
}

async fn file(
    app: App,
    report: &str,
    params: ExportParams,
    request: Request,
    format: FileFormat,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app.clone(), &parts, Role::Viewer).await?;
    let report = ReportName::named(report).ok_or_else(|| visit.missing())?;
    let mut response = exported(&app, report, params, format).await?;
    web::private(response.headers_mut());
    Ok(response)
}

pub async fn csv(
    State(app): State<App>,
    Segment(report): Segment<String>,
    Params(params): Params<ExportParams>,
    request: Request,
) -> Result<Response, Response> {
    file(app, &report, params, request, FileFormat::Csv).await
}

pub async fn ndjson(
    State(app): State<App>,
    Segment(report): Segment<String>,
    Params(params): Params<ExportParams>,
    request: Request,
) -> Result<Response, Response> {
    file(app, &report, params, request, FileFormat::Ndjson).await
}
