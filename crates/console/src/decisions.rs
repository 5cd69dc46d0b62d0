//! `/console/decisions`: proposals that another operator has to approve, and the release of money in suspense.

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::AccountId;
use payments::{
    Approval, Invoice, OrderRef, PhoneOrder, Proposal, ProposalId, ProposalState, ProposedAction, RefundAmount,
    Resolution, Rial, Role, SUSPENSE, Text, Versioned,
};

use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::{Visit, role_name};
use super::{lists, refusals};
use admin::App;
use admin::lists::PROPOSALS;
use admin::proposals;
use web::{Segment, Words, go_to};

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = parts_of(&visit).await?;
    Ok(visit.page(visit.w().decisions, parts))
}

async fn parts_of(visit: &Visit) -> Result<Vec<Part>, Response> {
    let w = visit.w();
    let mut shown = lists::shown(visit, &PROPOSALS).await?;
    let mut rows = Vec::new();
    for proposal in &std::mem::take(&mut shown.rows) {
        let standing = standing(visit, proposal).await.map_err(|error| visit.unread(error))?;
        let holder = holder(visit, proposal).await.map_err(|error| visit.unread(error))?;
        rows.push(row(visit, proposal, standing, holder));
    }
    let table = Part::Table {
        title: w.decisions.to_owned(),
        heads: [w.number, w.at, w.what, w.by, w.reason, w.state, ""].map(str::to_owned).into(),
        rows,
        empty: shown.empty.clone(),
    };
    let suspense = (w.suspense.to_owned(), format!("/console/accounts/{}", SUSPENSE.0));
    let mut parts = vec![Part::Text(w.two_needed.to_owned()), Part::Links(vec![suspense])];
    parts.extend(shown.around([table]));
    Ok(parts)
}

/// The holder of the account that a release credits.
async fn holder(visit: &Visit, proposal: &Proposal) -> Result<Option<String>, store::Error> {
    let ProposedAction::Release(action) = &proposal.action else { return Ok(None) };
    super::accounts::holder(visit, action.account).await
}

/// Whether an open proposal can still be approved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It can be decided, or is decided already.
    Open,
    /// What it proposes was done or decided in another way meanwhile.
    Moot,
    /// The row that it changes has changed since it was proposed.
    Stale,
}

pub async fn standing(visit: &Visit, proposal: &Proposal) -> Result<Standing, store::Error> {
    if proposal.state != ProposalState::Open {
        return Ok(Standing::Open);
    }
    let reader = visit.app().engine.reader();
    let is_stale = |row: Versioned<'_>| proposal.seen.as_ref().is_some_and(|seen| seen.changed(&row).is_some());
    let (is_moot, is_stale) = match &proposal.action {
        ProposedAction::Resolve(action) => {
            let order = match &action.order {
                OrderRef::Number(id) => reader.order_numbered(*id).await?,
                OrderRef::Key(key) => reader.order(key.clone()).await?,
            };
            let is_undecided = order.as_ref().is_some_and(super::orders::is_undecided);
            (!is_undecided, order.is_some_and(|order| is_stale(Versioned::Order(&order))))
        }
        ProposedAction::ResolveCard(action) => {
            let attempt = reader.card_attempt(action.attempt).await?;
            (!attempt.is_some_and(|attempt| attempt.state.is_undecided()), false)
        }
        ProposedAction::Release(action) => (reader.released(action.transfer).await?.is_some(), false),
        ProposedAction::RefundInvoice(action) => {
            let invoice = reader.invoice(action.invoice).await?;
            let left = invoice.as_ref().and_then(Invoice::refundable).is_some_and(Rial::is_positive);
            (!left, invoice.is_some_and(|invoice| is_stale(Versioned::Invoice(&invoice))))
        }
        ProposedAction::RefundPhone(action) => {
            let order = reader.phone_order_numbered(action.id).await?;
            let left = order.as_ref().and_then(PhoneOrder::payment).is_some_and(|payment| payment.left().is_positive());
            (!left, order.is_some_and(|order| is_stale(Versioned::PhoneOrder(&order))))
        }
        ProposedAction::Operator(action) => {
            let known = reader.operator(Text::clone(&action.operator.name)).await?;
            (known.is_some() != action.replace, known.is_some_and(|known| is_stale(Versioned::Operator(&known))))
        }
        ProposedAction::MakeToken(action) => {
            (reader.operator_tokens().await?.iter().any(|token| token.name == action.name), false)
        }
        ProposedAction::ResetFactor(action) => {
            (reader.second_factor(Text::clone(&action.operator)).await?.is_none(), false)
        }
    };
    Ok(match (is_moot, is_stale) {
        (true, _) => Standing::Moot,
        (false, true) => Standing::Stale,
        (false, false) => Standing::Open,
    })
}

/// A proposed outcome in words.
fn outcome(resolution: Resolution, w: &Words) -> &'static str {
    match resolution {
        Resolution::Done => w.to_done,
        Resolution::Failed => w.to_failed,
    }
}

/// The amount of a refund in words.
fn amount(visit: &Visit, amount: RefundAmount) -> String {
    let w = visit.w();
    match amount {
        RefundAmount::All => w.refund_everything.to_owned(),
        RefundAmount::Part(amount) => format!("{} {}", visit.lang().rial(amount), w.rial),
    }
}

fn row(visit: &Visit, proposal: &Proposal, standing: Standing, holder: Option<String>) -> Vec<Cell> {
    let (w, lang) = (visit.w(), visit.lang());
    let what = match &proposal.action {
        ProposedAction::Resolve(action) => {
            let resolution = outcome(action.resolution, w);
            match &action.order {
                OrderRef::Number(id) => Cell::link(
                    format!("{} {} {resolution}", w.order, lang.digits(id.0)),
                    format!("/console/orders/{}", id.0),
                ),
                OrderRef::Key(key) => Cell::text(format!("{} {} {resolution}", w.order, key.track_id)),
            }
        }
        ProposedAction::ResolveCard(action) => Cell::link(
            format!("{} {} {}", w.card_attempt, lang.digits(action.attempt.0), outcome(action.resolution, w)),
            format!("/console/card-attempts/{}", action.attempt.0),
        ),
        ProposedAction::Release(action) => {
            let holder = holder.map(|holder| format!(" · {holder}")).unwrap_or_default();
            Cell::link(
                format!(
                    "{} {} {} (#{}) → {}{holder}",
                    w.release,
                    lang.rial(action.amount),
                    w.rial,
                    lang.digits(action.transfer.0),
                    lang.digits(action.account.0)
                ),
                format!("/console/accounts/{}", action.account.0),
            )
        }
        ProposedAction::RefundInvoice(action) => Cell::link(
            format!("{}: {} {} · {}", w.refund, w.invoice, lang.digits(action.invoice.0), amount(visit, action.amount)),
            format!("/console/invoices/{}", action.invoice.0),
        ),
        ProposedAction::RefundPhone(action) => Cell::link(
            format!("{}: {} {} · {}", w.refund, w.phone_order, lang.digits(action.id.0), amount(visit, action.amount)),
            format!("/console/phone/{}", action.id.0),
        ),
        ProposedAction::Operator(action) => {
            let operator = &action.operator;
            let change = if action.replace { w.operator_change } else { w.operator_new };
            let state = if operator.disabled { w.disabled } else { w.enabled };
            let password = if operator.password.is_empty() { String::new() } else { format!(" · {}", w.password) };
            let role = role_name(operator.role, w);
            Cell::text(format!("{change}: {} · {role} · {state}{password}", operator.name))
        }
        ProposedAction::MakeToken(action) => {
            let owner = action.operator.as_ref().map(|name| format!(" · {name}")).unwrap_or_default();
            let days = lang.digits(action.life_ms / 86_400_000);
            let role = role_name(action.role, w);
            Cell::text(format!("{}: {} · {role}{owner} · {}: {days}", w.token_new, action.name, w.token_days))
        }
        ProposedAction::ResetFactor(action) => Cell::text(format!("{}: {}", w.factor_reset, action.operator)),
    };
    let (state, tone) = match &proposal.state {
        ProposalState::Open => match standing {
            Standing::Open => (w.proposal_open.to_owned(), Tone::Hint),
            Standing::Moot => (w.proposal_moot.to_owned(), Tone::Plain),
            Standing::Stale => (w.proposal_stale.to_owned(), Tone::Plain),
        },
        ProposalState::Approved(by, _) => (format!("{}: {by}", w.proposal_approved), Tone::Good),
        ProposalState::Rejected(by, _) => (format!("{}: {by}", w.proposal_rejected), Tone::Bad),
    };
    let own = proposal.by == *visit.context.by();
    let form = |approval: &str, button: &str, tone| Form {
        action: format!("/console/decisions/{}", proposal.id.0),
        fields: vec![Field::Hidden("say", approval.to_owned()), Field::Hidden("version", proposals::version(proposal))],
        button: button.to_owned(),
        tone,
        csrf: visit.csrf(),
    };
    let forms = match (own, standing) {
        (true, _) => vec![form("no", w.withdraw, Tone::Plain)],
        (false, Standing::Moot | Standing::Stale) => vec![form("no", w.reject, Tone::Plain)],
        (false, Standing::Open) => vec![form("yes", w.approve, Tone::Good), form("no", w.reject, Tone::Bad)],
    };
    let may = if proposal.action.needs_admin() { visit.role == Role::Admin } else { visit.may_work() };
    let open = proposal.state == ProposalState::Open && may;
    vec![
        Cell::code(lang.digits(proposal.id.0)),
        Cell::at(lang.instant(proposal.at_ms)),
        what,
        Cell::text(&proposal.by),
        Cell::text(&proposal.reason),
        Cell::Badge(state, tone),
        Cell::Forms(if open { forms } else { Vec::new() }),
    ]
}

pub async fn decide(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let approval = match form.get("say") {
        Some("yes") => Approval::Yes,
        Some("no") => Approval::No,
        _ => return Err(visit.missing()),
    };
    let seen = form.get("version").unwrap_or_default();
    match proposals::decide(&visit.context, ProposalId(id), seen, approval).await {
        Ok(_) => Ok(go_to("/console/decisions?done=1")),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(response) => {
            let w = visit.w();
            Ok(visit.refused(w.decisions, refusals::explained(&response, w), parts_of(&visit).await?))
        }
    }
}

/// Proposes to release money in suspense to an account.
pub async fn release(
    State(app): State<App>,
    Segment(entry): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let account = form.get("account").and_then(|text| text.parse().ok());
    let (Some(account), Ok(reason)) = (account, proposals::reason(form.sent("reason").unwrap_or_default())) else {
        let parts = super::accounts::parts_of(&visit, SUSPENSE.0).await?;
        return Ok(visit.refused(super::accounts::title(&visit, SUSPENSE.0), w.reason_missing.to_owned(), parts));
    };
    let action = proposals::of_entry(visit.app(), entry, AccountId(account)).await.map_err(|_| visit.missing())?;
    match proposals::propose(&visit.context, ProposedAction::Release(action), reason).await {
        Ok(_) => Ok(go_to("/console/decisions?done=2")),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(response) => {
            let parts = super::accounts::parts_of(&visit, SUSPENSE.0).await?;
            let why = refusals::explained(&response, w);
            Ok(visit.refused(super::accounts::title(&visit, SUSPENSE.0), why, parts))
        }
    }
}
