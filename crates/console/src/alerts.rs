//! Open alerts, for the overview.

use axum::response::Response;
use payments::{Alert, AlertKind};

use super::view::{Part, Tone};
use super::visit::Visit;
use web::{Lang, Words};

/// A notice for each open alert.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn open(visit: &Visit) -> Result<Vec<Part>, Response> {
    let found = visit.app().engine.reader().alerts().await.map_err(|error| visit.unread(error))?;
    let open = found.iter().filter(|alert| alert.is_open());
    Ok(open.map(|alert| Part::Notice(text(alert, visit.w(), visit.lang()), Tone::Bad)).collect())
}

fn text(alert: &Alert, w: &Words, lang: Lang) -> String {
    let name = name(alert.kind, w);
    let since = format!("{} {}", w.since, lang.instant(alert.raised_at_ms));
    match lang {
        Lang::En => format!("{name}: {} · {since}", alert.detail),
        // What was found is in English; the name says what it is, and the value how much.
        Lang::Fa => format!("{name}: {} · {since}", lang.digits(alert.value)),
    }
}

/// The name of a kind of alert.
fn name(kind: AlertKind, w: &Words) -> &'static str {
    match kind {
        AlertKind::UndecidedPayments => w.alert_undecided,
        AlertKind::StuckJobs => w.alert_jobs,
        AlertKind::FailedCallbacks => w.alert_callbacks,
        AlertKind::Disk => w.alert_disk,
        AlertKind::Clock => w.alert_clock,
        AlertKind::Verification => w.alert_verification,
        AlertKind::OpenCycle => w.alert_cycle,
    }
}
