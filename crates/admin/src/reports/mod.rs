//! Reports: days, settlements, success, age, and the trial balance; each as JSON, and whole as CSV or NDJSON.
//!
//! A report counts each movement of money once, so that its sums are those of the ledger. Days are Tehran's.
//! Absent: changes. Viewers may read all reports.

mod ageing;
mod days;
mod export;
mod file;
mod period;
mod settlements;
mod success;
mod sums;
mod totals;
mod trial_balance;

pub use ageing::{AGES, Ageing, AgeingRow, ageing};
pub use days::{DayLine, DayReport, DaysQuery, LinePage, ReportBy, day_report, half_hours, page, shop_name};
pub use export::{ExportParams, ReportName, SettlementsPart, exported};
pub use file::FileFormat;
pub use period::{BadPeriod, Day, Period, instant_of};
pub use settlements::{CardDay, CycleLine, Returns, ShopLine, cards, cycle_lines, held_lines, shop_lines};
pub use success::{Outcome, OutcomeLine, Outcomes, PLATFORMS, declines_since_ms, outcomes};
pub use sums::{OtherSums, Sums, dialect_name, means_name};
pub use totals::{NoTotals, Totals};
pub use trial_balance::{KindLine, TrialBalance, account_lines, held, instant_at, trial_balance};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(days::days))
        .routes(routes!(settlements::settlements))
        .routes(routes!(success::success))
        .routes(routes!(ageing::ages))
        .routes(routes!(trial_balance::balance))
        .routes(routes!(export::csv))
        .routes(routes!(export::ndjson))
}
