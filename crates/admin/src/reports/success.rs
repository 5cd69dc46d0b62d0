//! How payments ended, by platform and reason.
//!
//! Done payments are counted from their movements, without those whose money came back to its source: these are a line of their own, so that each
//! payment is in one line. Declines by telephone are known for a day: a range that begins earlier counts them from then on, and the share of such
//! payments is that of the whole half hours since then, for done and declined ones alike.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use codes::paystar::code_of;
use payments::{Declined, HALF_HOUR_MS, MovementKind, ReportDialect, TotalSums};
use serde::{Deserialize, Serialize};
use store::{Failure, TotalsBy};
use utoipa::{IntoParams, ToSchema};

use super::days::{DaysQuery, ReportBy};
use super::period::Period;
use super::sums::{dialect_name, rials};
use super::totals::{NoTotals, Totals};
use crate::App;
use crate::accounts::instant;
use crate::reply::{Params, Problem};

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
    /// The reasons for which cards were declined with this code.
    pub declined: Vec<Declined>,
    /// How many, and what they moved or would have moved.
    pub sums: TotalSums,
}

fn line(dialect: ReportDialect, outcome: Outcome, code: &str, reason: &str, sums: TotalSums) -> OutcomeLine {
    OutcomeLine { dialect, outcome, code: code.to_owned(), reason: reason.to_owned(), declined: Vec::new(), sums }
}

/// How the payments of a range ended.
#[derive(Clone, Debug)]
pub struct Outcomes {
    /// The lines of the range, by platform and outcome.
    pub lines: Vec<OutcomeLine>,
    /// The instant from which the share of payments by telephone is counted, in milliseconds of Unix time. It is that of the range, or later.
    pub phone_since_ms: i64,
    /// The lines since then.
    since: Vec<OutcomeLine>,
}

impl Outcomes {
    /// The share of done payments of a platform in thousandths. `None`: there were none.
    pub fn permille(&self, dialect: ReportDialect) -> Option<i64> {
        permille(if dialect == ReportDialect::Paystar { &self.since } else { &self.lines }, dialect)
    }
}

fn of_failure(failure: &Failure, sums: TotalSums) -> OutcomeLine {
    use ReportDialect::{Finnotech, Paystar, Pod};
    let declined = |dialect, why: Declined| {
        let code = code_of(why);
        let line = line(dialect, Outcome::Failed, &code.number.to_string(), code.text, sums);
        OutcomeLine { declined: vec![why], ..line }
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
/// See [`NoTotals`].
pub async fn outcomes(app: &App, period: Period) -> Result<Outcomes, NoTotals> {
    let since_ms = declines_since_ms(period, app.engine.clock().now_ms());
    let phone_since_ms = half_hour_from(since_ms).min(period.to_ms);
    let mut totals = Totals::default();
    let lines = lines_of(app, period, &mut totals).await?;
    let since = match phone_since_ms == period.from_ms {
        true => lines.clone(),
        false => lines_of(app, Period { from_ms: phone_since_ms, ..period }, &mut totals).await?,
    };
    Ok(Outcomes { lines, phone_since_ms, since })
}

/// The beginning of the first half hour that begins at an instant or after it.
fn half_hour_from(at_ms: i64) -> i64 {
    at_ms.saturating_add(at_ms.saturating_neg().rem_euclid(HALF_HOUR_MS))
}

async fn lines_of(app: &App, period: Period, totals: &mut Totals) -> Result<Vec<OutcomeLine>, NoTotals> {
    let query = DaysQuery { period, by: ReportBy::Means, shop: None, bank: None };
    let totals = totals.of(app, query.totals(TotalsBy::Nothing)).await?;
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
            first.declined.append(&mut next.declined);
        }
        is_same
    });
    lines = without_returned(lines, &failed);
    lines.extend(failed);
    lines.sort_by_key(|line| (line.dialect, line.outcome, std::cmp::Reverse(line.sums.count)));
    Ok(lines)
}

/// The done payments without the returned ones, whose money moved, too. A payment may have moved before the range in which it was requested was over,
/// so there may be fewer done ones than returned ones.
fn without_returned(done: Vec<OutcomeLine>, failed: &[OutcomeLine]) -> Vec<OutcomeLine> {
    let rest = |line: OutcomeLine| {
        let of = |other: &&OutcomeLine| other.dialect == line.dialect && other.outcome == Outcome::Returned;
        let mut sums = line.sums;
        for returned in failed.iter().filter(of) {
            sums.count = sums.count.saturating_sub(returned.sums.count).max(0);
            sums.amount = sums.amount.saturating_sub(returned.sums.amount).max(0);
        }
        OutcomeLine { sums, ..line }
    };
    done.into_iter().map(rest).filter(|line| line.sums.count > 0).collect()
}

/// The share of done payments of a platform in thousandths; returned ones count as not done. `None`: there were none.
fn permille(lines: &[OutcomeLine], dialect: ReportDialect) -> Option<i64> {
    let count = |outcomes: &[Outcome]| -> i64 {
        let of = lines.iter().filter(|line| line.dialect == dialect && outcomes.contains(&line.outcome));
        of.map(|line| line.sums.count).sum()
    };
    let all = count(&[Outcome::Done, Outcome::Failed, Outcome::Returned, Outcome::Undecided]);
    count(&[Outcome::Done]).saturating_mul(1_000).checked_div(all)
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
    /// The share of done payments in thousandths; returned ones count as not done.
    permille: i64,
    /// The instant from which they are counted, RFC 3339, if that is later than the beginning of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
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

/// How payments ended in a range of time, by platform and reason. A payment is counted as done when its money moves, and as failed or returned when it
/// was requested. Failures of invoices are those of other banks' cards.
#[utoipa::path(get, path = "/admin/v1/reports/success", params(SuccessParams), responses((status = 200, body = SuccessBody), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub async fn success(
    State(app): State<App>,
    Params(params): Params<SuccessParams>,
) -> Result<Json<SuccessBody>, Response> {
    let now_ms = app.engine.clock().now_ms();
    let period = Period::of(params.from.as_deref(), params.to.as_deref(), now_ms);
    let period = period.map_err(|problem| problem.response())?;
    let outcomes = outcomes(&app, period).await.map_err(NoTotals::response)?;
    let is_cut = outcomes.phone_since_ms != period.from_ms;
    let rate = |dialect| {
        let since = (is_cut && dialect == ReportDialect::Paystar).then(|| instant(outcomes.phone_since_ms));
        Some(SuccessRate { dialect: dialect_name(dialect), permille: outcomes.permille(dialect)?, since })
    };
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
        rows: outcomes.lines.iter().map(row).collect(),
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
            (vec![of(Outcome::Done, 5), of(Outcome::Returned, 4), of(Outcome::Undecided, 1)], Some(500)),
            (vec![of(Outcome::Returned, 1)], Some(0)),
            (vec![of(Outcome::Failed, 1)], Some(0)),
        ] {
            assert_eq!(permille(&lines, ReportDialect::Finnotech), share, "{lines:?}");
        }
        assert_eq!(permille(&[other], ReportDialect::Pod), Some(0));
    }

    #[test]
    fn a_returned_payment_is_in_one_line() {
        let sums = |count| TotalSums { count, amount: i128::from(count) * 10 };
        let of = |dialect, outcome, count| line(dialect, outcome, "", "", sums(count));
        let (finnotech, pod) = (ReportDialect::Finnotech, ReportDialect::Pod);
        for (done, returned, left) in [(13, 1, vec![12, 4]), (13, 0, vec![13, 4]), (2, 2, vec![4]), (1, 3, vec![4])] {
            let failed = [of(finnotech, Outcome::Returned, returned), of(finnotech, Outcome::Failed, 7)];
            let lines = vec![of(finnotech, Outcome::Done, done), of(pod, Outcome::Done, 4)];
            let found = without_returned(lines, &failed);
            assert_eq!(
                found.iter().map(|line| line.sums).collect::<Vec<_>>(),
                left.into_iter().map(sums).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_share_is_counted_from_a_half_hour_on() {
        for (at_ms, begins_ms) in
            [(0, 0), (1, HALF_HOUR_MS), (HALF_HOUR_MS, HALF_HOUR_MS), (HALF_HOUR_MS + 1, 2 * HALF_HOUR_MS)]
        {
            assert_eq!(half_hour_from(at_ms), begins_ms, "{at_ms}");
        }
    }
}
