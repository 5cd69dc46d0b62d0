//! Proposals: actions that take two operators. These are resolving an order or a payment by another bank's card, releasing suspense money, refunds,
//! changes of operators, removing a second factor, and new tokens of this API.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::AccountId;
use payments::{
    Approval, DecideProposal, DecideRefusal, IssueOperatorToken, Operator, OrderRef, Proposal, ProposalId,
    ProposalState, Propose, ProposeRefusal, ProposedAction, ProposedActionRefusal, RefundAmount, RefundInvoice,
    RefundPhonePayment, RegisterOperator, ReleaseRefusal, ReleaseSuspense, ResetFactor, Resolution, ResolveCardAttempt,
    ResolveOrder, SUSPENSE, Text,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{EntryPage, Page, Proposals, Side};
use text::fold;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::names;
use super::operator_context::{Author, OperatorContext};
use super::reply::{Id, NOT_FOUND, NewestFirst, Params, Problem, broken, done, json, listed, unread};
use super::roles::{RoleName, admin_needed, console_needed, not_independent};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(release)).routes(routes!(approve)).routes(routes!(reject))
}

/// Maximum length of a reason.
const REASON: usize = 200;
/// Maximum number of open proposals that a new one is compared with.
const LISTED: usize = 1_000;
/// Bytes of a version's hash, enough that no second content with the same version can be found.
const VERSION: usize = 16;

/// Why money leaves suspense, and the account that it belongs to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseForm {
    /// The number of the account in the ledger.
    account: i64,
    /// 1 to 200 characters, for the audit.
    reason: String,
}

/// A proposal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposalBody {
    id: i64,
    /// Names what is proposed, by whom and why: a decision says which content it is about.
    version: String,
    /// `resolve`, `resolveCard`, `release`, `refundInvoice`, `refundPhone`, `operator`, `resetFactor` or `token`.
    kind: &'static str,
    /// Of an order to be resolved: its number, or its client and trackId.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    /// Of a payment by another bank's card that is to be resolved: its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_attempt: Option<i64>,
    /// Of an order or payment to be resolved: `done` or `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    /// Of money in suspense: the transfer that put it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<i64>,
    /// Of an invoice that is to be refunded: its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<i64>,
    /// Of a telephone payment that is to be refunded: the order's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_order: Option<i64>,
    /// Of money in suspense, and of a refund: how much, in rials. A refund without it is of all that is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<i64>,
    /// Of an operator who is to be made or changed: the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<ProposedOperator>,
    /// The operator whose second factor is to be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    factor_of: Option<String>,
    /// Of a token of this API that is to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<ProposedToken>,
    by: String,
    reason: String,
    /// RFC 3339.
    at: String,
    /// `open`, `approved` or `rejected`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
}

/// An operator's record that is proposed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedOperator {
    name: String,
    role: RoleName,
    disabled: bool,
    /// Whether there is such an operator already.
    replaces: bool,
}

/// A token that is proposed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedToken {
    name: String,
    role: RoleName,
    /// The operator that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    /// How long it is good from the approval on.
    days: i64,
}

impl ProposalBody {
    /// Its kind and state, and by whom and when it was decided.
    pub(super) fn decision(&self) -> (&'static str, &'static str, Option<&str>, Option<&str>) {
        (self.kind, self.state, self.decided_by.as_deref(), self.decided_at.as_deref())
    }

    /// What it is about: the payment, the transfer to suspense, the operator or the token.
    pub(super) fn subject(&self) -> Option<String> {
        let number = self.card_attempt.or(self.invoice).or(self.phone_order).or(self.transfer);
        let name = self.order.clone().or_else(|| number.map(|number| number.to_string()));
        let operator = || self.operator.as_ref().map(|operator| operator.name.clone());
        let token = || self.token.as_ref().map(|token| token.name.clone());
        name.or_else(operator).or_else(|| self.factor_of.clone()).or_else(token)
    }

    /// How much it moves, in rials; `None`: no money, or all that is left of a payment, or the amount of an order.
    pub(super) fn amount(&self) -> Option<i64> {
        self.amount
    }
}

/// The body for a proposal.
pub fn body(proposal: &Proposal) -> ProposalBody {
    let (state, decided) = match &proposal.state {
        ProposalState::Open => ("open", None),
        ProposalState::Approved(by, at_ms) => ("approved", Some((by.to_string(), instant(*at_ms)))),
        ProposalState::Rejected(by, at_ms) => ("rejected", Some((by.to_string(), instant(*at_ms)))),
    };
    let (decided_by, decided_at) = decided.unzip();
    let factor_of = match &proposal.action {
        ProposedAction::ResetFactor(action) => Some(action.operator.to_string()),
        ProposedAction::Resolve(_)
        | ProposedAction::ResolveCard(_)
        | ProposedAction::Release(_)
        | ProposedAction::RefundInvoice(_)
        | ProposedAction::RefundPhone(_)
        | ProposedAction::Operator(_)
        | ProposedAction::MakeToken(_) => None,
    };
    let card_attempt = match &proposal.action {
        ProposedAction::ResolveCard(action) => Some(action.attempt.0),
        ProposedAction::Resolve(_)
        | ProposedAction::Release(_)
        | ProposedAction::RefundInvoice(_)
        | ProposedAction::RefundPhone(_)
        | ProposedAction::Operator(_)
        | ProposedAction::ResetFactor(_)
        | ProposedAction::MakeToken(_) => None,
    };
    let token = match &proposal.action {
        ProposedAction::MakeToken(action) => Some(ProposedToken {
            name: action.name.to_string(),
            role: action.role.into(),
            operator: action.operator.as_ref().map(Text::to_string),
            days: action.life_ms / 86_400_000,
        }),
        ProposedAction::Resolve(_)
        | ProposedAction::ResolveCard(_)
        | ProposedAction::Release(_)
        | ProposedAction::RefundInvoice(_)
        | ProposedAction::RefundPhone(_)
        | ProposedAction::Operator(_)
        | ProposedAction::ResetFactor(_) => None,
    };
    let refund = refund(&proposal.action);
    let (order, verdict, release, operator) = match &proposal.action {
        ProposedAction::Resolve(action) => {
            let order = match &action.order {
                OrderRef::Number(id) => id.0.to_string(),
                OrderRef::Key(key) => format!("{}/{}", key.client.0, key.track_id),
            };
            (Some(order), Some(resolution_name(action.resolution)), None, None)
        }
        ProposedAction::ResolveCard(action) => (None, Some(resolution_name(action.resolution)), None, None),
        ProposedAction::Release(action) => (None, None, Some(action), None),
        ProposedAction::Operator(RegisterOperator { operator, replace }) => {
            let Operator { name, role, disabled, .. } = operator;
            let (name, role) = (name.to_string(), (*role).into());
            (None, None, None, Some(ProposedOperator { name, role, disabled: *disabled, replaces: *replace }))
        }
        ProposedAction::RefundInvoice(_)
        | ProposedAction::RefundPhone(_)
        | ProposedAction::ResetFactor(_)
        | ProposedAction::MakeToken(_) => (None, None, None, None),
    };
    ProposalBody {
        id: proposal.id.0,
        version: version(proposal),
        kind: match &proposal.action {
            ProposedAction::Resolve(_) => "resolve",
            ProposedAction::ResolveCard(_) => "resolveCard",
            ProposedAction::Release(_) => "release",
            ProposedAction::RefundInvoice(_) => "refundInvoice",
            ProposedAction::RefundPhone(_) => "refundPhone",
            ProposedAction::Operator(_) => "operator",
            ProposedAction::ResetFactor(_) => "resetFactor",
            ProposedAction::MakeToken(_) => "token",
        },
        order,
        card_attempt,
        verdict,
        transfer: release.map(|action| action.transfer.0),
        invoice: refund.invoice,
        phone_order: refund.phone_order,
        amount: release.map(|action| action.amount.get()).or(refund.amount),
        account: release.map(|action| action.account.0),
        operator,
        factor_of,
        token,
        by: proposal.by.to_string(),
        reason: proposal.reason.to_string(),
        at: instant(proposal.at_ms),
        state,
        decided_by,
        decided_at,
    }
}

/// The payment that a refund is about, and its amount; without one: all that is left.
#[derive(Default)]
struct Refund {
    invoice: Option<i64>,
    phone_order: Option<i64>,
    amount: Option<i64>,
}

fn refund(action: &ProposedAction) -> Refund {
    match action {
        ProposedAction::RefundInvoice(action) => {
            Refund { invoice: Some(action.invoice.0), amount: part(action.amount), ..Refund::default() }
        }
        ProposedAction::RefundPhone(action) => {
            Refund { phone_order: Some(action.id.0), amount: part(action.amount), ..Refund::default() }
        }
        ProposedAction::Resolve(_)
        | ProposedAction::ResolveCard(_)
        | ProposedAction::Release(_)
        | ProposedAction::Operator(_)
        | ProposedAction::ResetFactor(_)
        | ProposedAction::MakeToken(_) => Refund::default(),
    }
}

fn part(amount: RefundAmount) -> Option<i64> {
    match amount {
        RefundAmount::All => None,
        RefundAmount::Part(amount) => Some(amount.get()),
    }
}

fn resolution_name(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Done => "done",
        Resolution::Failed => "failed",
    }
}

/// Which proposal a decision is about: its content, not only its number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionForm {
    /// The `version` of the proposal as it was read.
    version: String,
}

/// A hash of a proposal's content: another proposal under the same number has another version.
pub fn version(proposal: &Proposal) -> String {
    let Proposal { id, action, by, reason, at_ms, state: _, seen } = proposal;
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    };
    part(&format!("{} {at_ms}", id.0));
    match action {
        ProposedAction::Resolve(ResolveOrder { order, resolution }) => {
            part(if *resolution == Resolution::Done { "resolve as done" } else { "resolve as failed" });
            match order {
                OrderRef::Number(id) => part(&id.0.to_string()),
                OrderRef::Key(key) => {
                    part(&key.client.0);
                    part(&key.track_id);
                }
            }
        }
        ProposedAction::ResolveCard(ResolveCardAttempt { attempt, resolution }) => {
            part("resolve card payment");
            part(&format!("{} {}", attempt.0, resolution_name(*resolution)));
        }
        ProposedAction::Release(ReleaseSuspense { transfer, amount, account }) => {
            part("release");
            part(&format!("{} {} {}", transfer.0, amount.get(), account.0));
        }
        ProposedAction::RefundInvoice(RefundInvoice { invoice, amount }) => {
            part("refund invoice");
            part(&format!("{} {:?}", invoice.0, self::part(*amount)));
        }
        ProposedAction::RefundPhone(RefundPhonePayment { order, id, amount }) => {
            part("refund telephone payment");
            part(&order.terminal);
            part(&order.order);
            part(&format!("{} {:?}", id.0, self::part(*amount)));
        }
        // Without the hash of the password, which is kept only while the proposal is open.
        ProposedAction::Operator(RegisterOperator { operator, replace }) => {
            part(if *replace { "change operator" } else { "make operator" });
            part(&operator.name);
            part(&format!("{:?} {}", operator.role, operator.disabled));
        }
        // Without the hash of the token: only its author has the token.
        ProposedAction::MakeToken(IssueOperatorToken { name, hash: _, role, operator, life_ms }) => {
            part("make token");
            part(name);
            part(&format!("{role:?} {life_ms}"));
            part(operator.as_deref().unwrap_or_default());
        }
        ProposedAction::ResetFactor(ResetFactor { operator }) => {
            part("reset second factor");
            part(operator);
        }
    }
    part(by);
    part(reason);
    if let Some(seen) = seen {
        part(seen.as_str());
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..VERSION])
}

/// Checks a reason.
///
/// # Errors
/// It is empty, too long, or has control characters.
pub fn reason(text: &str) -> Result<Text, Problem> {
    let good = text.chars().count() <= REASON && !fold(text).is_empty() && !text.chars().any(char::is_control);
    good.then(|| Text::from(text)).ok_or_else(|| Problem::invalid("reason", "1 to 200 characters"))
}

/// The release of the money of an entry on the suspense account to an account.
///
/// # Errors
/// There is no such entry, or it is not a credit.
pub async fn of_entry(app: &App, entry: i64, account: AccountId) -> Result<ReleaseSuspense, Response> {
    let before_seq = entry.saturating_add(1);
    let page = EntryPage { before_seq, from_ms: i64::MIN, to_ms: i64::MAX, limit: 1 };
    let found = app.engine.reader().entries(SUSPENSE, page).await.map_err(unread)?;
    let found = found.and_then(|history| history.entries.into_iter().next()).map(|(entry, _)| entry);
    let found = found.filter(|found| found.seq == entry).ok_or_else(|| NOT_FOUND.response())?;
    if found.side != Side::Credit {
        return Err(Problem::conflict("entry", "this entry took money out of suspense").response());
    }
    Ok(ReleaseSuspense { transfer: found.transfer, amount: found.amount, account })
}

/// Moves money from suspense to the account that it belongs to. In production, and with a named token, this is proposed, and an operator of the console approves it.
#[utoipa::path(post, path = "/admin/v1/suspense/{entry}/release", params(("entry" = i64, Path)), request_body = ReleaseForm, responses((status = 204), (status = 202, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn release(app: OperatorContext, Id(entry): Id, request: Request) -> Result<Response, Response> {
    let form: ReleaseForm = json(request).await?;
    let reason = reason(&form.reason).map_err(|problem| problem.response())?;
    let action = of_entry(&app, entry, AccountId(form.account)).await?;
    if !app.does_alone_what_takes_two() {
        let proposal = propose(&app, ProposedAction::Release(action), reason).await?;
        return Ok((StatusCode::ACCEPTED, Json(body(&proposal))).into_response());
    }
    done(app.run_audited(action).await)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl From<ReleaseRefusal> for Problem {
    fn from(refusal: ReleaseRefusal) -> Self {
        match refusal {
            ReleaseRefusal::ReleasedBefore => Self::conflict("entry", "this money was released before"),
            ReleaseRefusal::DestinationNotUsable => {
                Self::conflict("account", "no customer's account, or it takes no credits")
            }
            ReleaseRefusal::NotBooked(why) => why.into(),
        }
    }
}

/// Proposes an action, which another operator has to approve.
///
/// # Errors
/// The action is refused, an open proposal is about the same subject, or the store failed.
pub async fn propose(app: &OperatorContext, action: ProposedAction, reason: Text) -> Result<Arc<Proposal>, Response> {
    let newest = Page { after: i64::MAX, limit: LISTED };
    let open = app.engine.reader().proposals(Proposals::Open, newest).await.map_err(unread)?;
    if open.iter().any(|known| known.action.is_about_the_same(&action)) {
        return Err(Problem::conflict("id", "an open proposal is about the same: decide it first").response());
    }
    let id = done(app.run_audited(Propose { action, by: Text::clone(app.by()), reason }).await)?;
    find(app, id).await
}

impl From<ProposeRefusal> for Problem {
    fn from(refusal: ProposeRefusal) -> Self {
        match refusal {
            ProposeRefusal::AdminNeeded => admin_needed(),
            ProposeRefusal::ProposedAction(why) => why.into(),
        }
    }
}

impl From<ProposedActionRefusal> for Problem {
    fn from(refusal: ProposedActionRefusal) -> Self {
        match refusal {
            ProposedActionRefusal::Resolve(why) => why.into(),
            ProposedActionRefusal::ResolveCard(why) => why.into(),
            ProposedActionRefusal::Release(why) => why.into(),
            ProposedActionRefusal::RefundInvoice(why) => why.into(),
            ProposedActionRefusal::RefundPhone(why) => why.into(),
            ProposedActionRefusal::Operator(why) => why.into(),
            ProposedActionRefusal::ResetFactor(why) => why.into(),
            ProposedActionRefusal::MakeToken(why) => why.into(),
        }
    }
}

async fn find(app: &App, id: ProposalId) -> Result<Arc<Proposal>, Response> {
    let found = app.engine.reader().proposal(id).await.map_err(unread)?;
    found.map(Arc::new).ok_or_else(|| NOT_FOUND.response())
}

/// Checks that a proposed name does not look like a name that was taken meanwhile.
async fn check_name(app: &App, action: &ProposedAction) -> Result<(), Response> {
    let reader = app.engine.reader();
    let (name, taken): (&Text, Vec<Text>) = match action {
        ProposedAction::Operator(RegisterOperator { operator, replace: false }) => {
            let known = reader.operators().await.map_err(unread)?;
            (&operator.name, known.into_iter().map(|known| known.name).collect())
        }
        ProposedAction::MakeToken(action) => {
            let known = reader.operator_tokens().await.map_err(unread)?;
            (&action.name, known.into_iter().map(|known| known.name).collect())
        }
        ProposedAction::Operator(_)
        | ProposedAction::Resolve(_)
        | ProposedAction::ResolveCard(_)
        | ProposedAction::Release(_)
        | ProposedAction::RefundInvoice(_)
        | ProposedAction::RefundPhone(_)
        | ProposedAction::ResetFactor(_) => return Ok(()),
    };
    names::differs(name, &taken).map_err(|problem| problem.response())
}

/// Approves or rejects a proposal of this version.
///
/// # Errors
/// There is no such proposal, its content is another one by now, it was decided, its author approves it, or its action is refused.
pub async fn decide(
    app: &OperatorContext,
    id: ProposalId,
    seen: &str,
    approval: Approval,
) -> Result<Arc<Proposal>, Response> {
    let proposal = find(app, id).await?;
    if version(&proposal) != seen {
        return Err(Problem::conflict("version", "this number has another content: read the proposal again").response());
    }
    if approval == Approval::Yes {
        check_name(app, &proposal.action).await?;
    }
    // The settings' token does not approve outside a sandbox: one of the two must be a person at the console.
    if app.author() == Author::SettingsToken && approval == Approval::Yes && !app.does_alone_what_takes_two() {
        app.write_audit_line("refused approve", &id.0.to_string(), "by a token")
            .await
            .map_err(|error| broken(&error))?;
        return Err(console_needed().response());
    }
    let decision = DecideProposal { proposal, by: Text::clone(app.by()), approval };
    done(app.run_audited(decision).await)?;
    find(app, id).await
}

impl From<DecideRefusal> for Problem {
    fn from(refusal: DecideRefusal) -> Self {
        match refusal {
            DecideRefusal::ProposalUnknown => NOT_FOUND,
            DecideRefusal::ProposalDecided => Self::conflict("id", "it is decided already"),
            DecideRefusal::ConsoleNeeded => console_needed(),
            DecideRefusal::AdminNeeded => admin_needed(),
            DecideRefusal::OwnProposal => Self::conflict("id", "another operator has to agree"),
            DecideRefusal::AuthorGone => Self::conflict("id", "its author may not act any more: reject it"),
            DecideRefusal::NotIndependent => not_independent(),
            DecideRefusal::Stale(changed) => Self::stale(changed),
            DecideRefusal::ProposedAction(why) => why.into(),
        }
    }
}

/// Proposals, newest first.
#[utoipa::path(get, path = "/admin/v1/proposals", params(NewestFirst), responses((status = 200, body = [ProposalBody]), (status = 400, body = Problem)))]
pub async fn list(State(app): State<App>, Params(params): Params<NewestFirst>) -> Result<Response, Response> {
    let page = params.page().map_err(|problem| problem.response())?;
    let found = app.engine.reader().proposals(Proposals::All, page).await.map_err(unread)?;
    listed(&app, found.iter().map(body).collect()).await
}

/// Agrees to another operator's proposal: it is done at once.
#[utoipa::path(post, path = "/admin/v1/proposals/{id}/approve", params(("id" = i64, Path)), request_body = DecisionForm, responses((status = 200, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn approve(app: OperatorContext, Id(id): Id, request: Request) -> Result<Json<ProposalBody>, Response> {
    let form: DecisionForm = json(request).await?;
    Ok(Json(body(&*decide(&app, ProposalId(id), &form.version, Approval::Yes).await?)))
}

/// Turns a proposal down.
#[utoipa::path(post, path = "/admin/v1/proposals/{id}/reject", params(("id" = i64, Path)), request_body = DecisionForm, responses((status = 200, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn reject(app: OperatorContext, Id(id): Id, request: Request) -> Result<Json<ProposalBody>, Response> {
    let form: DecisionForm = json(request).await?;
    Ok(Json(body(&*decide(&app, ProposalId(id), &form.version, Approval::No).await?)))
}
