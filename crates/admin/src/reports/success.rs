//! How payments ended, by platform and reason.
//!
//! Done payments are counted from their movements. Declines by telephone are known for a day: a range that begins earlier counts them from then on.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use codes::paystar::code_of;
use payments::{Declined, MovementKind, ReportDialect, TotalSums};
use serde::{Deserialize, Serialize};
use store::{Failure, TotalsBy};
use utoipa::{IntoParams, ToSchema};

use super::days::{DaysQuery, ReportBy};
use super::period::Period;
use super::sums::{dialect_name, rials};
use super::totals::Totals;
use crate::App;
use crate::accounts::instant;
use crate::reply::{Params, Problem, unread};

/// How long declines by telephone are known, in milliseconds.
const DECLINES_KEPT_MS: i64 = payments::PHONE_ORDER_KEPT_MS;

/// How payments ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The money moved.
    Done,
    /// No money moved.
    Failed,
    /// The money moved, and came back.
    Returned,
    /// It is not known yet.
    Undecided,
}

impl Outcome {
    /// Its name in this API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Returned => "returned",
            Self::Undecided => "undecided",
        }
    }
}

/// Payments of a platform that ended in one way, for one reason.
#[derive(Clone, Debug)]
pub struct OutcomeLine {
    /// The platform.
    pub dialect: ReportDialect,
    /// How they ended.
    pub outcome: Outcome,
    /// The code of the reason, as callers got it; empty: none.
    pub code: String,
    /// The reason in words; empty: none.
    pub reason: String,
    /// How many, and what they moved or would have moved.
    pub sums: TotalSums,
}

fn line(dialect: ReportDialect, outcome: Outcome, code: &str, reason: &str, sums: TotalSums) -> OutcomeLine {
    OutcomeLine { dialect, outcome, code: code.to_owned(), reason: reason.to_owned(), sums }
}

fn of_failure(failure: &Failure, sums: TotalSums) -> OutcomeLine {
    use ReportDialect::{Finnotech, Paystar, Pod};
    let declined = |dialect, why: Declined| {
        let code = code_of(why);
        line(dialect, Outcome::Failed, &code.number.to_string(), code.text, sums)
    };
    match failure {
        Failure::OrderRefused(why) => line(Finnotech, Outcome::Failed, why, "", sums),
        Failure::ChargeFailed(code) => line(Finnotech, Outcome::Failed, code, "", sums),
        Failure::OrderFailed => line(Finnotech, Outcome::Failed, "network", "", sums),
        Failure::OrderReturned => line(Finnotech, Outcome::Returned, "", "", sums),
        Failure::OrderUndecided => line(Finnotech, Outcome::Undecided, "", "", sums),
        Failure::PhoneDeclined(why) => declined(Paystar, *why),
        Failure::CardDeclined(why) => declined(Pod, *why),
        Failure::CardNotTaken => line(Pod, Outcome::Failed, "network", "", sums),
        Failure::CardUndecided => line(Pod, Outcome::Undecided, "", "", sums),
    }
}

/// How the payments of a range of time ended.
///
/// # Errors
/// The store cannot be read.
pub async fn outcomes(app: &App, period: Period) -> Result<Vec<OutcomeLine>, store::Error> {
    let query = DaysQuery { period, by: ReportBy::Means, shop: None, bank: None };
    let totals = Totals::default().of(app, query.totals(TotalsBy::Nothing)).await?;
    let done = totals.iter().filter(|(key, _)| key.kind == MovementKind::Payment);
    let mut lines: Vec<OutcomeLine> = done.map(|(key, sums)| line(key.dialect, Outcome::Done, "", "", *sums)).collect();
    let failures = app.engine.reader().failures(period.from_ms, period.to_ms).await?;
    let mut failed: Vec<OutcomeLine> = failures.iter().map(|found| of_failure(&found.failure, found.sums)).collect();
    // Several reasons have one code.
    failed
        .sort_by(|one, other| (one.dialect, one.outcome, &one.code).cmp(&(other.dialect, other.outcome, &other.code)));
    failed.dedup_by(|next, first| {
        let is_same = (next.dialect, next.outcome, &next.code) == (first.dialect, first.outcome, &first.code);
        if is_same {
            first.sums.add(next.sums);
        }
        is_same
    });
    lines.extend(failed);
    lines.sort_by_key(|line| (line.dialect, line.outcome, std::cmp::Reverse(line.sums.count)));
    Ok(lines)
}

/// The share of done payments of a platform in thousandths; returned ones count as not done. `None`: there were none.
pub fn permille(lines: &[OutcomeLine], dialect: ReportDialect) -> Option<i64> {
    let count = |outcomes: &[Outcome]| -> i64 {
        let of = lines.iter().filter(|line| line.dialect == dialect && outcomes.contains(&line.outcome));
        of.map(|line| line.sums.count).sum()
    };
    // A returned order is among the done ones, too: its money moved.
    let done = count(&[Outcome::Done]).saturating_sub(count(&[Outcome::Returned]));
    let all = count(&[Outcome::Done, Outcome::Failed, Outcome::Undecided]);
    (done.max(0) * 1_000).checked_div(all)
}

/// The instant from which declines by telephone are known.
pub fn declines_since_ms(period: Period, now_ms: i64) -> i64 {
    period.from_ms.max(now_ms.saturating_sub(DECLINES_KEPT_MS))
}

/// Payments that ended in one way, for one reason.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeRow {
    /// `finnotech`, `paystar` or `pod`.
    dialect: &'static str,
    outcome: Outcome,
    /// The code that callers got, the name of the refusal, or `network`.
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    /// The reason in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    count: i64,
    /// What they moved or would have moved, in rials.
    amount: i64,
}

/// The success of a platform.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuccessRate {
    /// `finnotech`, `paystar` or `pod`.
    dialect: &'static str,
    /// The share of done payments in thousandths.
    permille: i64,
}

/// How payments ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuccessBody {
    /// The first instant, RFC 3339.
    from: String,
    /// The first instant that is too late, RFC 3339.
    to: String,
    rates: Vec<SuccessRate>,
    rows: Vec<OutcomeRow>,
    /// Declines of telephone payments are known since this instant, RFC 3339: they are kept for a day.
    declines_since: String,
}

/// The range of time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuccessParams {
    /// The beginning: an instant (RFC 3339), or a day or time in Tehran (`1405/08/30`); the beginning of a half hour. Without it, today.
    from: Option<String>,
    /// The end, in the same forms: an instant is excluded, a day is included. Without it, the end of today.
    to: Option<String>,
}

/// How payments ended in a range of time, by platform and reason. A payment is counted as done when its money moves, and as failed when it was
/// requested. Failures of invoices are those of other banks' cards.
#[utoipa::path(get, path = "/admin/v1/reports/success", params(SuccessParams), responses((status = 200, body = SuccessBody), (status = 400, body = Problem)))]
pub async fn success(
    State(app): State<App>,
    Params(params): Params<SuccessParams>,
) -> Result<Json<SuccessBody>, Response> {
    let now_ms = app.engine.clock().now_ms();
    let period = Period::of(params.from.as_deref(), params.to.as_deref(), now_ms);
    let period = period.map_err(|problem| problem.response())?;
    let lines = outcomes(&app, period).await.map_err(unread)?;
    let rate = |dialect| Some(SuccessRate { dialect: dialect_name(dialect), permille: permille(&lines, dialect)? });
    let rates = PLATFORMS.into_iter().filter_map(rate).collect();
    let row = |line: &OutcomeLine| OutcomeRow {
        dialect: dialect_name(line.dialect),
        outcome: line.outcome,
        code: line.code.clone(),
        reason: line.reason.clone(),
        count: line.sums.count,
        amount: rials(line.sums.amount),
    };
    Ok(Json(SuccessBody {
        from: instant(period.from_ms),
        to: instant(period.to_ms),
        rates,
        rows: lines.iter().map(row).collect(),
        declines_since: instant(declines_since_ms(period, now_ms)),
    }))
}

/// The platforms that make payments.
pub const PLATFORMS: [ReportDialect; 3] = [ReportDialect::Finnotech, ReportDialect::Paystar, ReportDialect::Pod];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_a_platform_counts_returned_payments_as_not_done() {
        let sums = |count| TotalSums { count, amount: 0 };
        let of = |outcome, count| line(ReportDialect::Finnotech, outcome, "", "", sums(count));
        let other = line(ReportDialect::Pod, Outcome::Failed, "61", "", sums(5));
        for (lines, share) in [
            (vec![], None),
            (vec![of(Outcome::Done, 9), of(Outcome::Failed, 1), other.clone()], Some(900)),
            (vec![of(Outcome::Done, 9), of(Outcome::Returned, 4), of(Outcome::Undecided, 1)], Some(500)),
            (vec![of(Outcome::Returned, 1)], None),
            (vec![of(Outcome::Failed, 1)], Some(0)),
        ] {
            assert_eq!(permille(&lines, ReportDialect::Finnotech), share, "{lines:?}");
        }
        assert_eq!(permille(&[other], ReportDialect::Pod), Some(0));
    }
}
