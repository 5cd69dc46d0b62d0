//! `/console/card-attempts`: payments by other banks' cards, single ones, and the proposal of an outcome.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{CardAttempt, CardAttemptId, CardAttemptState, ProposedAction, ResolveCardAttempt, Role};

use super::view::{Cell, Moment, Part, Tone};
use super::visit::Visit;
use super::{actions, decided, lists, resolution, timeline};
use ::codes::pod::UNSOUND_INVOICE;
use admin::App;
use admin::lists::CARD_ATTEMPTS;
use web::{Segment, Words};

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let mut shown = lists::shown(&visit, &CARD_ATTEMPTS).await?;
    let rows = std::mem::take(&mut shown.rows);
    let table = table_or(&visit, &rows, shown.empty.clone());
    Ok(visit.page(visit.w().list_card_attempts, shown.around([table])))
}

pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let attempt = find(&visit, id).await?;
    let parts = parts_of(&visit, &attempt).await?;
    Ok(visit.page(title(&visit, &attempt), parts))
}

fn title(visit: &Visit, attempt: &CardAttempt) -> String {
    format!("{} {}", visit.w().card_attempt, visit.lang().digits(attempt.id.0))
}

async fn find(visit: &Visit, id: i64) -> Result<CardAttempt, Response> {
    let found = visit.app().engine.reader().card_attempt(CardAttemptId(id)).await;
    found.map_err(|error| visit.unread(error))?.ok_or_else(|| visit.missing())
}

/// The state of a payment as a badge.
pub fn badge(attempt: &CardAttempt, w: &Words) -> Cell {
    let (text, tone) = match attempt.state {
        CardAttemptState::Asked => (w.status_pending, Tone::Hint),
        CardAttemptState::Unknown => (w.status_unknown, Tone::Bad),
        CardAttemptState::Approved(_) => (w.status_done, Tone::Good),
        CardAttemptState::Declined(_) | CardAttemptState::NotTaken => (w.status_failed, Tone::Plain),
    };
    Cell::Badge(text.to_owned(), tone)
}

/// A table of payments.
pub fn table(visit: &Visit, attempts: &[CardAttempt]) -> Part {
    table_or(visit, attempts, String::new())
}

/// The same, with what it says if it is empty.
fn table_or(visit: &Visit, attempts: &[CardAttempt], empty: String) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |attempt: &CardAttempt| {
        vec![
            Cell::link(lang.digits(attempt.id.0), format!("/console/card-attempts/{}", attempt.id.0)),
            Cell::at(lang.instant(attempt.asked_at_ms)),
            Cell::code(&attempt.slip.mask),
            Cell::number(lang.rial(attempt.rest)),
            badge(attempt, w),
        ]
    };
    Part::Table {
        title: w.card_attempt.to_owned(),
        heads: [w.number, w.at, w.card, w.list_amount_rial, w.state].map(str::to_owned).into(),
        rows: attempts.iter().map(row).collect(),
        empty,
    }
}

async fn parts_of(visit: &Visit, attempt: &CardAttempt) -> Result<Vec<Part>, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let rials = |amount| format!("{} {}", lang.rial(amount), w.rial);
    let held = attempt.held().ok_or_else(|| visit.failed(&engine::Error::Contradiction(UNSOUND_INVOICE)))?;
    let invoice = attempt.invoice.0;
    let mut facts = vec![
        (w.state.to_owned(), badge(attempt, w)),
        (w.invoice.to_owned(), Cell::link(lang.digits(invoice), format!("/console/invoices/{invoice}"))),
        (w.card.to_owned(), Cell::code(&attempt.slip.mask)),
        (w.amount.to_owned(), Cell::text(rials(attempt.rest))),
        (w.from_wallets.to_owned(), Cell::text(rials(held))),
        (w.voucher.to_owned(), Cell::text(rials(attempt.voucher_amount))),
        (w.network_knows_as.to_owned(), Cell::code(&attempt.reference)),
        (w.inquiries.to_owned(), Cell::code(lang.digits(attempt.inquiries))),
    ];
    match &attempt.state {
        CardAttemptState::Approved(reference) => facts.push((w.rrn.to_owned(), Cell::code(reference))),
        CardAttemptState::Declined(why) => {
            facts.push((w.refused_with.to_owned(), Cell::text(web::declined(lang, *why))));
        }
        CardAttemptState::NotTaken => {
            facts.push((w.refused_with.to_owned(), Cell::text(w.reason_not_taken)));
        }
        CardAttemptState::Asked | CardAttemptState::Unknown => {}
    }
    let jobs = timeline::jobs(visit, attempt.id.0).await?;
    let mut known = vec![Moment::plain(attempt.asked_at_ms, w.accepted)];
    known.extend(decided::decisions(visit, &[attempt.id.0.to_string()]).await?);
    let mut parts = vec![Part::Facts(facts), timeline::part_of(visit, invoice, known, &jobs).await?];
    if attempt.state.is_undecided() && visit.may_work() {
        parts.extend(resolution::parts(visit, &format!("/console/card-attempts/{}/resolve", attempt.id.0)));
    }
    parts.extend(actions::of_jobs(visit, &jobs));
    Ok(parts)
}

/// Proposes the outcome of an undecided payment, which another operator has to approve.
pub async fn resolve(
    State(app): State<App>,
    Segment(id): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let attempt = find(&visit, id).await?;
    let resolution = resolution::of_form(&visit, &form)?;
    let action = ProposedAction::ResolveCard(ResolveCardAttempt { attempt: attempt.id, resolution });
    let proposed = match attempt.state.is_undecided() {
        true => resolution::propose(&visit, action, &form).await?,
        false => Err(visit.w().already_decided.to_owned()),
    };
    match proposed {
        Ok(response) => Ok(response),
        Err(why) => Ok(visit.refused(title(&visit, &attempt), why, parts_of(&visit, &attempt).await?)),
    }
}
