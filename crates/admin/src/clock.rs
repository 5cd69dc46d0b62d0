//! Sandbox: the clock.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::Response;
use engine::{Clock, Move};
use jiff::{Span, Timestamp};
use payments::{ClockMode, ClockWouldGoBack, Now};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::reply::{Problem, broken, done, json};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read, set))
}

/// How far beyond the instant at which it begins a clock is moved from due job to due job, in milliseconds: 31 days.
const IDLE_WITHIN_MS: i64 = 31 * 86_400_000;
/// The refusal of a move to an earlier instant.
const GOES_BACK: &str = "the clock does not go back; reset first";

/// What the clock shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockBody {
    /// RFC 3339.
    now: String,
    /// Jalali date and wall clock in Tehran: `1405-08-30 11:00:00`.
    jalali: String,
    /// How it stands.
    mode: ModeName,
    /// How many pieces of due work ran before this reply.
    ran: u64,
}

/// How the clock stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModeName {
    /// It shows the machine's time.
    System,
    /// It stands still.
    Frozen,
    /// It runs, ahead of the machine's time or behind it.
    Running,
}

impl From<ClockMode> for ModeName {
    fn from(mode: ClockMode) -> Self {
        match mode {
            ClockMode::System => Self::System,
            ClockMode::Frozen(_) => Self::Frozen,
            ClockMode::Ahead(_) => Self::Running,
        }
    }
}

/// How to move it: exactly one of the four.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockForm {
    /// Freezes it at an instant, RFC 3339.
    set: Option<String>,
    /// `now`: freezes it where it is.
    freeze: Option<FreezeMode>,
    /// Moves it on by an ISO 8601 duration: `PT1H`, `P30D`. A clock that runs goes on from there.
    advance: Option<String>,
    /// `system`: runs with the machine's time. `idle`: a frozen clock moves from due job to due job, until none is due within 31 days.
    run: Option<RunMode>,
}

/// Where it is frozen.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FreezeMode {
    /// Where it is.
    Now,
}

/// How it runs.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunMode {
    /// With the machine's time.
    System,
    /// From due job to due job.
    Idle,
}

/// Reads the clock.
#[utoipa::path(get, path = "/admin/v1/clock", responses((status = 200, body = ClockBody)))]
pub async fn read(State(app): State<App>) -> Json<ClockBody> {
    Json(shown(app.engine.clock(), 0))
}

/// Moves the clock, runs what is due by then, and answers.
#[utoipa::path(post, path = "/admin/v1/clock", request_body = ClockForm, responses((status = 200, body = ClockBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn set(app: OperatorContext, request: Request) -> Result<Json<ClockBody>, Response> {
    let form: ClockForm = json(request).await?;
    // Moves come one after another, and each goes on from where the one before has led.
    let moves = app.engine.clock_moves().await;
    let to = target(&form, app.engine.clock()).map_err(|problem| problem.response())?;
    let field = match (&form.advance, form.run, form.freeze) {
        (_, Some(_), _) => "run",
        (Some(_), None, _) => "advance",
        (None, None, Some(_)) => "freeze",
        (None, None, None) => "set",
    };
    let would_go_back = |_: ClockWouldGoBack| Problem::conflict(field, GOES_BACK);
    let ran = done(moves.move_to(to).await.map(|moved| moved.map_err(would_go_back)))?;
    let shown = shown(app.engine.clock(), ran);
    drop(moves);
    app.write_audit_line("clock", &shown.now, "").await.map_err(|error| broken(&error))?;
    Ok(Json(shown))
}

fn target(form: &ClockForm, clock: &Clock) -> Result<Move, Problem> {
    match (&form.set, &form.advance, form.run, form.freeze) {
        (Some(set), None, None, None) => {
            let at: Timestamp =
                set.parse().map_err(|_| Problem::invalid("set", "an instant like 2026-11-21T11:00:00+03:30"))?;
            representable("set", at).map(Move::Set)
        }
        (None, Some(advance), None, None) => {
            let now_ms = clock.now_ms();
            let to_ms = representable("advance", advanced(now_ms, advance)?)?;
            Ok(match clock.mode().runs_ahead_ms() {
                None => Move::Set(to_ms),
                Some(ahead_ms) => Move::Run(ahead_ms.saturating_add(to_ms - now_ms)),
            })
        }
        (None, None, Some(RunMode::System), None) => Ok(Move::Run(0)),
        (None, None, Some(RunMode::Idle), None) => match clock.mode() {
            ClockMode::Frozen(at_ms) => Ok(Move::ToDueJobs(at_ms.saturating_add(IDLE_WITHIN_MS))),
            ClockMode::System | ClockMode::Ahead(_) => Err(Problem::conflict("run", "the clock runs; freeze it first")),
        },
        (None, None, None, Some(FreezeMode::Now)) => Ok(Move::Freeze),
        _ => Err(Problem::invalid("body", "exactly one of set, freeze, advance and run")),
    }
}

/// The instant that lies this duration after another one.
///
/// # Errors
/// It is not a duration, or a negative one.
fn advanced(from_ms: i64, by: &str) -> Result<Timestamp, Problem> {
    let span: Span = by.parse().map_err(|_| Problem::invalid("advance", "an ISO 8601 duration like PT1H or P30D"))?;
    if span.is_negative() {
        return Err(Problem::conflict("advance", GOES_BACK));
    }
    let wrong = |error: jiff::Error| Problem::invalid("advance", error.to_string());
    // jiff counts days and longer units on a calendar, here Tehran's.
    let tehran = jiff::tz::TimeZone::get("Asia/Tehran").unwrap_or(jiff::tz::TimeZone::UTC);
    let from = Timestamp::from_millisecond(from_ms).map_err(wrong)?.to_zoned(tehran);
    Ok(from.checked_add(span).map_err(wrong)?.timestamp())
}

/// Refuses an instant outside the Jalali years that dates on the wire can show.
fn representable(field: &'static str, at: Timestamp) -> Result<i64, Problem> {
    let at_ms = at.as_millisecond();
    let year = Now::at(at_ms).map(|now| now.date.year);
    match year.is_some_and(|year| payments::PARSE_RANGE.contains(&year)) {
        true => Ok(at_ms),
        false => Err(Problem::invalid(field, "an instant in the Jalali years 1300 to 1499")),
    }
}

fn shown(clock: &Clock, ran: u64) -> ClockBody {
    let now = clock.now();
    let (date, time) = (now.date, now.time());
    let jalali = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year,
        date.month,
        date.day,
        time / 10_000,
        time / 100 % 100,
        time % 100
    );
    ClockBody { now: instant(now.at_ms), jalali, mode: clock.mode().into(), ran }
}
