//! `/console/decisions`: what one operator proposes and another agrees to; money out of suspense.

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::AccountId;
use payments::{Act, Proposal, ProposalId, ProposalState, Role, SUSPENSE, Say, Verdict, Wanted};
use store::Proposals;

use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::Visit;
use crate::App;
use crate::admin::proposals;
use crate::pages::Segment;
use crate::pages::go_to;

/// Rows of a page.
const ROWS: usize = 100;

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = parts_of(&visit).await?;
    Ok(visit.page(visit.w().decisions, parts))
}

async fn parts_of(visit: &Visit) -> Result<Vec<Part>, Response> {
    let w = visit.w();
    let found = visit.app().engine.reader().proposals(Proposals::All, ROWS).await;
    let found = found.map_err(|error| visit.unread(error))?;
    let table = Part::Table {
        title: w.decisions.to_owned(),
        heads: [w.number, w.at, w.what, w.by, w.reason, w.state, ""].map(str::to_owned).into(),
        rows: found.iter().map(|proposal| row(visit, proposal)).collect(),
        empty: w.nothing.to_owned(),
    };
    let suspense = (w.suspense.to_owned(), format!("/console/accounts/{}", SUSPENSE.0));
    Ok(vec![Part::Text(w.two_needed.to_owned()), Part::Links(vec![suspense]), table])
}

fn row(visit: &Visit, proposal: &Proposal) -> Vec<Cell> {
    let (w, lang) = (visit.w(), visit.lang());
    let what = match &proposal.act {
        Act::Resolve(act) => {
            let verdict = if act.verdict == Verdict::Done { w.to_done } else { w.to_failed };
            match &act.order {
                Wanted::Number(id) => {
                    Cell::link(format!("{} {} {verdict}", w.order, id.0), format!("/console/orders/{}", id.0))
                }
                Wanted::Key(key) => Cell::text(format!("{} {} {verdict}", w.order, key.track_id)),
            }
        }
        Act::Release(act) => Cell::link(
            format!("{} {} {} → {}", w.release, lang.rial(act.amount), w.rial, act.account.0),
            format!("/console/accounts/{}", act.account.0),
        ),
    };
    let (state, tone) = match &proposal.state {
        ProposalState::Open => (w.proposal_open.to_owned(), Tone::Hint),
        ProposalState::Approved(by, _) => (format!("{}: {by}", w.proposal_approved), Tone::Good),
        ProposalState::Rejected(by, _) => (format!("{}: {by}", w.proposal_rejected), Tone::Bad),
    };
    let own = proposal.by == *visit.desk.by();
    let choice = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let choices = match own {
        true => vec![choice("no", w.withdraw)],
        false => vec![choice("yes", w.approve), choice("no", w.reject)],
    };
    let form = Form {
        action: format!("/console/decisions/{}", proposal.id.0),
        fields: vec![Field::Choice("say", w.say.to_owned(), choices, String::new())],
        button: w.send.to_owned(),
        tone: Tone::Plain,
        csrf: visit.csrf(),
    };
    let open = proposal.state == ProposalState::Open && visit.may_work();
    vec![
        Cell::code(lang.digits(proposal.id.0)),
        Cell::code(lang.instant(proposal.at_ms)),
        what,
        Cell::text(&proposal.by),
        Cell::text(&proposal.reason),
        Cell::Badge(state, tone),
        if open { Cell::Form(form) } else { Cell::text("") },
    ]
}

pub async fn decide(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let say = match form.get("say") {
        Some("yes") => Say::Yes,
        Some("no") => Say::No,
        _ => return Err(visit.missing()),
    };
    match proposals::decide(&visit.desk, ProposalId(id), say).await {
        Ok(_) => Ok(go_to("/console/decisions?done=1")),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(_) => {
            let w = visit.w();
            Ok(visit.refused(w.decisions, w.not_decided.to_owned(), parts_of(&visit).await?))
        }
    }
}

/// Proposes that money in suspense goes to whose it is.
pub async fn release(
    State(app): State<App>,
    Segment(entry): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let account = form.get("account").and_then(|text| text.parse().ok());
    let (Some(account), Ok(reason)) = (account, proposals::reason(form.get("reason").unwrap_or_default())) else {
        let parts = super::accounts::parts_of(&visit, SUSPENSE.0).await?;
        return Ok(visit.refused(super::accounts::title(&visit, SUSPENSE.0), w.reason_missing.to_owned(), parts));
    };
    let act = proposals::of_entry(visit.app(), entry, AccountId(account)).await.map_err(|_| visit.missing())?;
    proposals::propose(&visit.desk, Act::Release(act), reason).await?;
    Ok(go_to("/console/decisions?done=2"))
}
