//! Proposing how an undecided payment ends, from its own page.

use axum::response::Response;
use payments::{ProposedAction, Resolution};

use super::refusals;
use super::view::{Field, Form, Part, Tone};
use super::visit::Visit;
use admin::proposals;
use edge::form::Query;
use web::go_to;

/// The forms that propose an outcome, posted to `action`.
pub fn parts(visit: &Visit, action: &str) -> [Part; 2] {
    let w = visit.w();
    let form = |resolution: &str, button: &str, tone| Form {
        action: action.to_owned(),
        fields: vec![
            Field::Hidden("verdict", resolution.to_owned()),
            Field::Text("reason", w.reason.to_owned(), String::new(), w.reason_hint.to_owned()),
        ],
        button: button.to_owned(),
        tone,
        csrf: visit.csrf(),
    };
    let forms = vec![form("done", w.propose_done, Tone::Good), form("failed", w.propose_failed, Tone::Bad)];
    [Part::Text(w.two_needed.to_owned()), Part::Forms(w.resolve.to_owned(), forms)]
}

/// The outcome that a form proposes.
///
/// # Errors
/// The page for a form without one.
pub fn of_form(visit: &Visit, form: &Query) -> Result<Resolution, Response> {
    match form.get("verdict") {
        Some("done") => Ok(Resolution::Done),
        Some("failed") => Ok(Resolution::Failed),
        _ => Err(visit.missing()),
    }
}

/// Proposes it; `Err` has the text for an operator whose proposal is not accepted.
///
/// # Errors
/// The reply for a failure of the machine.
pub async fn propose(
    visit: &Visit,
    action: ProposedAction,
    form: &Query,
) -> Result<Result<Response, String>, Response> {
    let w = visit.w();
    let Ok(reason) = proposals::reason(form.sent("reason").unwrap_or_default()) else {
        return Ok(Err(w.reason_missing.to_owned()));
    };
    match proposals::propose(&visit.context, action, reason).await {
        Ok(_) => Ok(Ok(go_to("/console/decisions?done=2"))),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(response) => Ok(Err(refusals::explained(&response, w))),
    }
}
