//! `/console/jobs`: dead jobs, to be run again or closed with a reason. Network reports that contradict the decision on an order are among them, and
//! are listed first.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{
    AuditedRefusal, CloseRefusal, InvoiceJob, Job, JobId, JobKind, Resolution, RetryJob, RetryRefusal, Role,
};

use super::actions::job_forms;
use super::view::{Cell, Part};
use super::visit::Visit;
use super::{card_attempts, lists, orders};
use admin::App;
use admin::lists::JOBS;
use admin::{jobs as api, proposals};
use web::{Segment, Words, go_to};

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = parts_of(&visit).await?;
    Ok(visit.page(visit.w().dead_jobs, parts))
}

async fn parts_of(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, reader) = (visit.w(), visit.app().engine.reader());
    let mut shown = lists::shown(visit, &JOBS).await?;
    let found = std::mem::take(&mut shown.rows);
    let (mut reports, mut others) = (Vec::new(), Vec::new());
    for job in &found {
        let failure = reader.job_failure(job.id).await.map_err(|error| visit.unread(error))?;
        let why = failure.map(|failure| failure.error.to_string()).unwrap_or_default();
        match job.kind {
            JobKind::SubmitOrder(id) | JobKind::InquireOrder(id) => {
                let order = reader.order_numbered(id).await.map_err(|error| visit.unread(error))?;
                let stands = order.map_or_else(|| Cell::text(""), |order| orders::badge(&order, w));
                let submission = reader.submission(id).await.map_err(|error| visit.unread(error))?;
                let reported = submission.and_then(|submission| submission.reported);
                let subject = Cell::link(visit.lang().digits(id.0), format!("/console/orders/{}", id.0));
                reports.push(report_row(visit, job, Report { subject, reported, stands }, why));
            }
            JobKind::CardAttempt(id) => {
                let attempt = reader.card_attempt(id).await.map_err(|error| visit.unread(error))?;
                let stands = attempt.map_or_else(|| Cell::text(""), |attempt| card_attempts::badge(&attempt, w));
                let number = format!("{} {}", w.card_attempt, visit.lang().digits(id.0));
                let subject = Cell::link(number, format!("/console/card-attempts/{}", id.0));
                reports.push(report_row(visit, job, Report { subject, reported: None, stands }, why));
            }
            kind => others.push(row(visit, job, kind, why)),
        }
    }
    let heads =
        |second: &str, third: &str| [w.number, second, third, w.dead_since, w.why, ""].map(str::to_owned).to_vec();
    let empty = if shown.is_filtered { shown.empty.clone() } else { w.nothing.to_owned() };
    let table = |title: &str, heads, rows| Part::Table { title: title.to_owned(), heads, rows, empty: empty.clone() };
    Ok(shown.around([
        Part::Text(w.reports_help.to_owned()),
        table(w.reports, heads(w.report, w.order_stands), reports),
        Part::Text(w.dead_jobs_help.to_owned()),
        table(w.dead_jobs, heads(w.what, w.subject), others),
    ]))
}

/// What a network has reported about an order, or a payment by another bank's card.
struct Report {
    /// The link to its page.
    subject: Cell,
    reported: Option<Resolution>,
    /// Its state.
    stands: Cell,
}

fn report_row(visit: &Visit, job: &Job, report: Report, why: String) -> Vec<Cell> {
    let (w, lang) = (visit.w(), visit.lang());
    let reported = match report.reported {
        Some(Resolution::Done) => w.status_done,
        Some(Resolution::Failed) => w.status_failed,
        None => w.status_unknown,
    };
    vec![
        report.subject,
        Cell::text(reported),
        report.stands,
        Cell::code(job.dead_at_ms.map(|at_ms| lang.instant(at_ms)).unwrap_or_default()),
        Cell::Long(why),
        Cell::Forms(job_forms(visit, job)),
    ]
}

fn row(visit: &Visit, job: &Job, kind: JobKind, why: String) -> Vec<Cell> {
    let lang = visit.lang();
    let (what, subject) = described(kind, visit.w());
    let subject = match subject {
        (Some(path), id) => Cell::link(lang.digits(id), format!("{path}{id}")),
        (None, id) => Cell::code(lang.digits(id)),
    };
    vec![
        Cell::code(lang.digits(job.id.0)),
        Cell::text(what),
        subject,
        Cell::code(job.dead_at_ms.map(|at_ms| lang.instant(at_ms)).unwrap_or_default()),
        Cell::Long(why),
        Cell::Forms(job_forms(visit, job)),
    ]
}

/// What a job does, and its subject: the path of the page that shows it, if there is one, and its number.
fn described(kind: JobKind, w: &Words) -> (&'static str, (Option<&'static str>, i64)) {
    match kind {
        JobKind::ExpireHold(hold) => (w.hold_ends, (None, hold.0)),
        JobKind::CloseCycle(cycle) => (w.cycle_closes, (Some("/console/cycles/"), cycle.0)),
        JobKind::SettleCycle(cycle) => (w.cycle_settles, (Some("/console/cycles/"), cycle.0)),
        JobKind::SubmitOrder(order) => (w.will_be_submitted, (Some("/console/orders/"), order.0)),
        JobKind::InquireOrder(order) => (w.will_be_inquired, (Some("/console/orders/"), order.0)),
        JobKind::CardAttempt(attempt) => (w.card_network_asked, (Some("/console/card-attempts/"), attempt.0)),
        JobKind::Send(message) => (w.message_leaves, (None, message.0)),
        JobKind::Invoice(job, invoice) => {
            let what = match job {
                InvoiceJob::VerificationTimeOut => w.will_time_out,
                InvoiceJob::FutureDue => w.will_be_paid,
                InvoiceJob::SetOffDue => w.will_set_off,
                InvoiceJob::CloseTimeOut => w.will_close,
            };
            (what, (Some("/console/invoices/"), invoice.0))
        }
        JobKind::SettleCardReceivable(receivable) => (w.card_money_settles, (None, receivable.0)),
    }
}

async fn refused(visit: &Visit, why: &str) -> Result<Response, Response> {
    Ok(visit.refused(visit.w().dead_jobs, why.to_owned(), parts_of(visit).await?))
}

/// Runs a dead job again.
pub async fn retry(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, request, Role::Operator).await?;
    match visit.context.run_audited(RetryJob { id: JobId(id) }).await.map_err(|error| visit.failed(&error))? {
        Ok(()) => Ok(go_to("/console/jobs?done=1")),
        Err(
            AuditedRefusal::Refused(RetryRefusal::JobUnknown | RetryRefusal::JobNotDead)
            | AuditedRefusal::Version(_)
            | AuditedRefusal::MoneyOfDay(_),
        ) => refused(&visit, visit.w().job_gone).await,
    }
}

/// Closes a dead job.
pub async fn close(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let Ok(reason) = proposals::reason(form.sent("reason").unwrap_or_default()) else {
        return refused(&visit, w.reason_missing).await;
    };
    let seen = form.get("version").unwrap_or_default();
    let closed = match api::close_as(visit.context.clone(), JobId(id), reason, seen).await {
        Ok(closed) => closed,
        Err(response) if response.status().is_server_error() => return Err(response),
        Err(_) => return refused(&visit, w.job_gone).await,
    };
    match closed.map_err(|error| visit.failed(&error))? {
        Ok(()) => Ok(go_to("/console/jobs?done=1")),
        Err(AuditedRefusal::Refused(CloseRefusal::JobNeeded)) => refused(&visit, w.job_needed).await,
        Err(
            AuditedRefusal::Refused(CloseRefusal::JobUnknown | CloseRefusal::JobNotDead)
            | AuditedRefusal::Version(_)
            | AuditedRefusal::MoneyOfDay(_),
        ) => refused(&visit, w.job_gone).await,
    }
}
