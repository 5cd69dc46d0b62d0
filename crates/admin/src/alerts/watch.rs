//! Repeats the looks, raises and resolves alerts, and tells of them.
//!
//! Of several processes that see the same condition, the one whose command comes first raises the alert; it is told by the process that claims it. What
//! a process may resolve is decided by `NoteAlert`.
//! Each condition is looked for by itself: a look that fails does not end the others.

use std::time::Duration;

use data_encoding::HEXLOWER;
use payments::{
    Alert, AlertChange, AlertKind, AlertMessage, AlertRefusal, AlertTold, ClaimAlert, NotToTell, NoteAlert, Observation,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::time::MissedTickBehavior;
use tracing::{info, warn};

use super::look::look;
use crate::App;
use crate::accounts::instant;
use crate::refusal_lines;

/// The interval between two looks.
const EVERY: Duration = Duration::from_secs(30);
/// How many looks there are in a minute, at whose end refusals that were only counted are written.
const IN_A_MINUTE: u32 = 2;

/// Looks for alerts until the engine ends.
pub async fn watch(app: App) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks: u32 = 0;
    loop {
        tokio::select! {
            _ = every.tick() => {}
            () = app.engine.ended() => return,
        }
        if let Err(LookFailed { kind, error }) = look_once(&app).await {
            warn!(%error, kind, "alerts could not be looked for");
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(IN_A_MINUTE) {
            refusal_lines::write(&app).await;
        }
    }
}

/// A look that failed.
#[derive(Debug)]
pub(super) struct LookFailed {
    /// The kind of alert; empty: no alert could be read.
    pub(super) kind: &'static str,
    pub(super) error: engine::Error,
}

/// Looks for each condition once, and tells what is due.
///
/// # Errors
/// The first look that failed; further ones are in the log. The other conditions were looked for.
pub(super) async fn look_once(app: &App) -> Result<(), LookFailed> {
    let known = app.engine.reader().alerts().await.map_err(|error| LookFailed { kind: "", error: error.into() })?;
    let mut first = None;
    for kind in AlertKind::ALL {
        let last = known.iter().find(|alert| alert.kind == kind);
        let Err(error) = look_for(app, kind, last).await else { continue };
        if first.is_none() {
            first = Some(LookFailed { kind: kind.name(), error });
        } else {
            warn!(%error, kind = kind.name(), "alerts could not be looked for");
        }
    }
    first.map_or(Ok(()), Err)
}

/// Looks for one condition, and raises, confirms or resolves its alert. `last` is the last alert of the kind.
async fn look_for(app: &App, kind: AlertKind, last: Option<&Alert>) -> Result<(), engine::Error> {
    let observed = look(app, &app.alert_limits, kind).await?;
    let is_found = matches!(observed, Some(Observation::Found { .. }));
    show(kind, is_found || last.is_some_and(Alert::is_open));
    // Due at once: this process claims it below, or another one later.
    let tell_at_ms = app.alert_sender.as_ref().map(|_| 0);
    let note = observed.map(|observed| NoteAlert { kind, observed, tell_at_ms });
    match note.filter(|note| note.change(last, now_ms(app)).is_some()) {
        Some(note) => noted(app, note).await,
        None => tell_if_due(app, last).await,
    }
}

fn now_ms(app: &App) -> i64 {
    app.engine.clock().system_ms()
}

/// Shows in the metrics whether an alert is open.
fn show(kind: AlertKind, is_open: bool) {
    metrics::gauge!("daric_alerts_open", "kind" => kind.name()).set(f64::from(u8::from(is_open)));
}

/// Raises, confirms or resolves an alert, and tells of it.
async fn noted(app: &App, note: NoteAlert) -> Result<(), engine::Error> {
    let kind = note.kind;
    match app.engine.run(note).await? {
        Ok((AlertChange::Raised, alert)) => {
            warn!(kind = kind.name(), detail = &*alert.detail, "an alert was raised");
            tell(app, kind).await
        }
        Ok((AlertChange::Confirmed, alert)) => tell_if_due(app, Some(&alert)).await,
        Ok((AlertChange::Resolved, Alert { .. })) => {
            info!(kind = kind.name(), "an alert was resolved");
            show(kind, false);
            tell(app, kind).await
        }
        // Another process was quicker.
        Err(AlertRefusal) => Ok(()),
    }
}

/// Tells the last change of an alert again that could not be told.
async fn tell_if_due(app: &App, last: Option<&Alert>) -> Result<(), engine::Error> {
    let is_due = |alert: &&Alert| alert.tell_at_ms.is_some_and(|due_ms| due_ms <= now_ms(app));
    match last.filter(is_due) {
        Some(alert) => tell(app, alert.kind).await,
        None => Ok(()),
    }
}

/// Tells the last change of an alert, if it is due and this process gets the claim.
async fn tell(app: &App, kind: AlertKind) -> Result<(), engine::Error> {
    let Some(sender) = &app.alert_sender else { return Ok(()) };
    let alert = match app.engine.run(ClaimAlert { kind }).await? {
        Ok(alert) => alert,
        Err(NotToTell) => return Ok(()),
    };
    if let Err(error) = sender.tell(message(app, &alert)).await {
        warn!(%error, kind = kind.name(), "an alert could not be told");
        return Ok(());
    }
    let told = AlertTold { kind, raised_at_ms: alert.raised_at_ms, resolved_at_ms: alert.resolved_at_ms };
    match app.engine.run(told).await? {
        // It has changed meanwhile: the change is told by itself.
        Ok(()) | Err(NotToTell) => Ok(()),
    }
}

/// What is told of an alert. The number of the message is the same for every try of the same change.
fn message(app: &App, alert: &Alert) -> AlertMessage {
    let (limit, unit) = app.alert_limits.of(alert.kind);
    let change = format!("{}\n{}\n{:?}", alert.kind.name(), alert.raised_at_ms, alert.resolved_at_ms);
    let digest: [u8; 32] = Sha256::digest(change.as_bytes()).into();
    let body = json!({
        "type": if alert.is_open() { "alert.raised" } else { "alert.resolved" },
        "timestamp": instant(alert.resolved_at_ms.unwrap_or(alert.raised_at_ms)),
        "data": {
            "kind": alert.kind.name(),
            "value": alert.value,
            "limit": limit,
            "unit": unit,
            "detail": &*alert.detail,
            "raisedAt": instant(alert.raised_at_ms),
            "resolvedAt": alert.resolved_at_ms.map(instant),
        },
    });
    AlertMessage { id: HEXLOWER.encode(digest.first_chunk::<16>().unwrap_or(&[0; 16])), body: body.to_string() }
}
