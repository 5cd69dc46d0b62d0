//! GET `…/again`: begins another session for the invoice of one that has ended without a payment, with the same way back to the shop. Like a link, it
//! writes nothing.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{GatewayEntry, SESSION_MS};

use super::entries::{Begun, Entry, base};
use super::visit::{Visit, chosen, random};
use crate::App;
use edge::peer::Peer;
use web::{Segment, go_to, with_cookies};

pub async fn show(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, gs, &parts).await?;
    // The session's page shows how the payment stands.
    if !visit.has_ended_unpaid() {
        return Ok(go_to(&visit.base()));
    }
    let app = &visit.app;
    if !app.budgets.admits(Peer::of(&parts.extensions)) {
        return Ok(visit.later());
    }
    let (now, entry_page) = (app.engine.clock().now(), GatewayEntry::Choice);
    if let Err(why) = entry_page.admits(&visit.invoice, visit.issuer.as_deref(), &now) {
        return Ok(visit.refusal(why));
    }
    let session = &visit.session;
    let entry = Entry {
        invoice: &visit.invoice,
        back: session.back.clone(),
        call: session.call.clone(),
        only: session.only,
        entry_page,
        ends_at_ms: now.at_ms.saturating_add(SESSION_MS),
    };
    let begun = app.entries.enter(&app.secrets, app.security, entry);
    let Begun { gs, cookie, .. } = begun.map_err(|error| random(visit.frame.clone(), &error))?;
    Ok(with_cookies(go_to(&base(&gs)), [cookie, chosen(&parts)]))
}
