//! Repeats the looks, raises and resolves alerts, and tells of them.
//!
//! Of several processes that see the same condition, the one whose command comes first raises the alert; it is told by the process that claims it.

use std::time::Duration;

use data_encoding::HEXLOWER;
use payments::{Alert, AlertKind, AlertMessage, AlertRefusal, AlertTold, ClaimAlert, Finding, NotToTell, NoteAlert};
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
        if let Err(error) = look_once(&app).await {
            warn!(%error, "alerts could not be looked for");
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(IN_A_MINUTE) {
            refusal_lines::write(&app).await;
        }
    }
}

/// Looks for each condition once, and tells what is due.
///
/// # Errors
/// The store cannot be read or written.
pub(super) async fn look_once(app: &App) -> Result<(), engine::Error> {
    let known = app.engine.reader().alerts().await?;
    for kind in AlertKind::ALL {
        let finding = look(app, &app.alert_limits, kind).await?;
        let alert = known.iter().find(|alert| alert.kind == kind);
        let is_open = alert.is_some_and(Alert::is_open);
        metrics::gauge!("daric_alerts_open", "kind" => kind.name()).set(f64::from(u8::from(finding.is_some())));
        if finding.is_some() != is_open {
            note(app, kind, finding).await?;
        } else if alert.is_some_and(|alert| alert.tell_at_ms.is_some_and(|due_ms| due_ms <= now_ms(app))) {
            tell(app, kind).await?;
        }
    }
    Ok(())
}

fn now_ms(app: &App) -> i64 {
    app.engine.clock().system_ms()
}

/// Raises or resolves an alert, and tells of it.
async fn note(app: &App, kind: AlertKind, finding: Option<Finding>) -> Result<(), engine::Error> {
    // Due at once: this process claims it below, or another one later.
    let tell_at_ms = app.alert_sender.as_ref().map(|_| 0);
    match app.engine.run(NoteAlert { kind, finding, tell_at_ms }).await? {
        Ok(alert) if alert.is_open() => {
            warn!(kind = kind.name(), detail = &*alert.detail, "an alert was raised");
            tell(app, kind).await
        }
        Ok(Alert { .. }) => {
            info!(kind = kind.name(), "an alert was resolved");
            tell(app, kind).await
        }
        // Another process was quicker.
        Err(AlertRefusal) => Ok(()),
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
