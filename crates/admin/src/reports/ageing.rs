//! Undecided payments and dead jobs, by age.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use payments::{AttemptCode, OrderStateCode};
use serde::Serialize;
use store::{AGES_MS, Page, Undecided};
use utoipa::ToSchema;

use super::sums::rials;
use crate::App;
use crate::accounts::instant;
use crate::jobs;
use crate::reply::unread;

/// Dead jobs that are read at a time, and how many at most: each waits for an operator.
const JOBS: (usize, usize) = (1_000, 10_000);

/// The names of the ages, youngest first.
pub const AGES: [&str; AGES_MS.len() + 1] = ["under5m", "under1h", "under1d", "under3d", "older"];

/// What waits, of one state and age.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgeingRow {
    /// `order`, `card` for a payment by another bank's card, or `job` for a job that is not tried any more.
    pub what: &'static str,
    /// The state of an order or payment: `pending`, `unknown`, `onFloat`, `stuck` or `asked`; or the kind of a job.
    pub state: &'static str,
    /// The source bank of orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// `under5m`, `under1h`, `under1d`, `under3d` or `older`.
    pub age: &'static str,
    /// How many.
    pub count: i64,
    /// The sum of the payments in rials.
    pub amount: i64,
    /// Since when the oldest waits, RFC 3339.
    pub oldest: String,
}

/// What waits, and how long.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ageing {
    /// The instant of the report, RFC 3339.
    pub at: String,
    /// The rows, by what they are, state and age.
    pub rows: Vec<AgeingRow>,
}

fn order_state(state: OrderStateCode) -> &'static str {
    match state {
        OrderStateCode::Booked => "booked",
        OrderStateCode::Refused => "refused",
        OrderStateCode::Pending => "pending",
        OrderStateCode::Unknown => "unknown",
        OrderStateCode::HeldOnFloat => "onFloat",
        OrderStateCode::Queued => "queued",
        OrderStateCode::Settled => "settled",
        OrderStateCode::Returned => "returned",
        OrderStateCode::Stuck => "stuck",
    }
}

fn attempt_state(state: AttemptCode) -> &'static str {
    match state {
        AttemptCode::Asked => "asked",
        AttemptCode::Unknown => "unknown",
        AttemptCode::Approved => "approved",
        AttemptCode::Declined => "declined",
        AttemptCode::NotTaken => "notTaken",
    }
}

fn age(age: usize) -> &'static str {
    AGES.get(age).or(AGES.last()).copied().unwrap_or_default()
}

/// What waits at this instant, and how long.
///
/// # Errors
/// The store cannot be read.
pub async fn ageing(app: &App) -> Result<Ageing, store::Error> {
    let now_ms = app.engine.clock().now_ms();
    let undecided = app.engine.reader().undecided(now_ms).await?;
    let mut rows: Vec<AgeingRow> = undecided
        .into_iter()
        .map(|found| {
            let (what, state, bank) = match found.what {
                Undecided::Order(state, bank) => ("order", order_state(state), Some(bank.to_string())),
                Undecided::Card(state) => ("card", attempt_state(state), None),
            };
            let (count, amount) = (found.sums.count, rials(found.sums.amount));
            AgeingRow { what, state, bank, age: age(found.age), count, amount, oldest: instant(found.oldest_ms) }
        })
        .collect();
    rows.extend(dead_jobs(app, now_ms).await?);
    Ok(Ageing { at: instant(now_ms), rows })
}

/// Jobs that are not tried any more, by kind and age.
async fn dead_jobs(app: &App, now_ms: i64) -> Result<Vec<AgeingRow>, store::Error> {
    let (limit, most) = JOBS;
    // Kind, age, count, and the instant of the oldest.
    let mut counted: Vec<(&'static str, usize, i64, i64)> = Vec::new();
    let (mut after, mut seen) = (0, 0);
    loop {
        let page = app.engine.reader().dead_jobs(Page { after, limit }).await?;
        for job in &page {
            let (kind, dead_at_ms) = (jobs::what(job.kind).0, job.dead_at_ms.unwrap_or(now_ms));
            let age = AGES_MS.iter().filter(|age_ms| dead_at_ms <= now_ms.saturating_sub(**age_ms)).count();
            match counted.iter_mut().find(|known| (known.0, known.1) == (kind, age)) {
                Some(known) => (known.2, known.3) = (known.2 + 1, known.3.min(dead_at_ms)),
                None => counted.push((kind, age, 1, dead_at_ms)),
            }
            after = job.id.0;
        }
        seen += page.len();
        if page.len() < limit || seen >= most {
            break;
        }
    }
    counted.sort_unstable();
    let row = |(state, of, count, oldest_ms): (&'static str, usize, i64, i64)| AgeingRow {
        what: "job",
        state,
        bank: None,
        age: age(of),
        count,
        amount: 0,
        oldest: instant(oldest_ms),
    };
    Ok(counted.into_iter().map(row).collect())
}

/// Undecided orders and payments, and jobs that are not tried any more, by state and age.
#[utoipa::path(get, path = "/admin/v1/reports/ageing", responses((status = 200, body = Ageing)))]
pub async fn ages(State(app): State<App>) -> Result<Json<Ageing>, Response> {
    ageing(&app).await.map(Json).map_err(unread)
}
