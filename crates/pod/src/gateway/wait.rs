//! GET `…/card/wait?attempt=`: the page that waits for the network's answer about a card payment. It reloads without scripts. Once the outcome is
//! known, it leads to the receipt, or back to the card page with the reason.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{CardAttemptId, SessionState};

use super::card;
use super::state;
use super::visit::{Visit, chosen};
use crate::App;
use edge::form::Query;
use web::{Segment, go_to, with_cookies};

pub async fn show(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, gs, &parts).await?;
    let response = match &visit.session.state {
        SessionState::Paying(_) if visit.is_foreign() => go_to(&visit.log_in()),
        SessionState::Paying(attempt) => waiting(&visit, *attempt),
        SessionState::Open | SessionState::Canceled | SessionState::Took(_) => {
            let attempt = Query::of(&parts.uri).get("attempt").and_then(|id| id.parse().ok()).map(CardAttemptId);
            known(&visit, attempt).await?
        }
    };
    Ok(with_cookies(response, [chosen(&parts)]))
}

fn waiting(visit: &Visit, attempt: CardAttemptId) -> Response {
    let invoice = state::Brief::of(&visit.invoice, visit.issuer.as_deref(), &visit.frame);
    visit.page(&state::State::waiting(visit.frame.clone(), invoice, visit.waits_for(attempt)))
}

/// The redirect or page of a session that does not wait for a network.
async fn known(visit: &Visit, attempt: Option<CardAttemptId>) -> Result<Response, Response> {
    if let Some(response) = card::not_here(visit) {
        return Ok(response);
    }
    let Some(attempt) = attempt else { return Ok(go_to(&format!("{}/card", visit.base()))) };
    let attempt = visit.app.engine.reader().card_attempt(attempt).await;
    let attempt = attempt.map_err(|error| visit.failed(&error.into()))?;
    let attempt = attempt.filter(|attempt| attempt.session == visit.session.hash);
    match attempt.and_then(|attempt| attempt.state.declined()) {
        Some(why) => card::after_decline(visit, why).await,
        None => Ok(go_to(&format!("{}/card", visit.base()))),
    }
}
