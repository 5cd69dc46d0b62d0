//! SMS that were sent or wait to be sent, and those that were given up.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{Message, MessageId, MessageState, ResendMessage, ResendRefusal, SmsMessage, Text, WriteMessage};
use serde::{Deserialize, Serialize};
use store::{By, MessagePage};
use text::fold;
use text::number::mobile;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::reply::{EmptyBody, Id, NOT_FOUND, PageLimit, Params, Problem, done, json, listed, unread};
use super::wait::{RECHECK, Wait, found};
use crate::App;
use edge::Mode;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, send)).routes(routes!(resend))
}

/// Maximum length of an SMS: ten parts in Persian.
const TEXT: usize = 670;

/// An SMS.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SmsBody {
    id: i64,
    to: String,
    /// In a sandbox only; of one that carries a code, only while it is in the memory of the process that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Whether it carries a code: such a text is never stored.
    code: bool,
    /// The code. In a sandbox only, and only while it is in the memory of the process that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    otp: Option<String>,
    state: SmsState,
    /// How often it was tried.
    tries: i64,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// When it was written: RFC 3339.
    at: String,
    /// When it was sent or given up: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

/// How an SMS stands.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SmsState {
    /// It waits to be sent.
    Queued,
    /// The provider has taken it.
    Sent,
    /// It was given up.
    Dead,
}

impl From<MessageState> for SmsState {
    fn from(state: MessageState) -> Self {
        match state {
            MessageState::Queued => Self::Queued,
            MessageState::Sent => Self::Sent,
            MessageState::Dead => Self::Dead,
        }
    }
}

impl From<SmsState> for MessageState {
    fn from(state: SmsState) -> Self {
        match state {
            SmsState::Queued => Self::Queued,
            SmsState::Sent => Self::Sent,
            SmsState::Dead => Self::Dead,
        }
    }
}

/// Which SMS.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SmsParams {
    /// Only those to this mobile number.
    to: Option<String>,
    /// Only those that stand so: `queued`, `sent` or `dead`.
    #[param(inline)]
    state: Option<SmsState>,
    /// Only those with a smaller number than this.
    before: Option<i64>,
    /// Only those with a greater number than this.
    since: Option<i64>,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
    /// Answers as soon as one SMS fits, or with an empty list after so many seconds of the machine's time: 1 to 60.
    #[param(inline)]
    wait: Option<Wait>,
}

/// SMS, newest first. A sandbox shows their texts.
#[utoipa::path(get, path = "/admin/v1/sms", params(SmsParams), responses((status = 200, body = [SmsBody]), (status = 400, body = Problem)))]
pub async fn list(State(app): State<App>, Params(params): Params<SmsParams>) -> Result<Response, Response> {
    let refuse = |problem: Problem| problem.response();
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let page = MessagePage {
        by: By::Sms,
        before: params.before.unwrap_or(i64::MAX),
        after: params.since.unwrap_or(0),
        to: params.to.as_deref().map(receiver).transpose().map_err(refuse)?,
        business: None,
        state: params.state.map(MessageState::from),
        limit,
    };
    let is_awaited = params.wait.is_some();
    let look = || {
        let (app, page) = (app.clone(), page.clone());
        async move {
            let messages = app.engine.reader().messages(page).await.map_err(unread)?;
            let inbox = inbox(&app);
            let bodies = messages.into_iter().map(|message| body(&app, message, &inbox));
            // A code that was just written reaches the inbox in a moment, which is announced, too.
            Ok(bodies.filter(|sms| !is_awaited || !sms.is_on_its_way(app.mode)).collect())
        }
    };
    let signal = (app.engine.message_changes(), Some(RECHECK));
    listed(&app, found(&app, params.wait, signal, look).await?).await
}

/// The SMS that a sandbox keeps in the memory of this process.
fn inbox(app: &App) -> HashMap<MessageId, SmsMessage> {
    app.sms.inbox().into_iter().map(|sms| (sms.id, sms)).collect()
}

impl SmsBody {
    /// Whether a sandbox will show its code in a moment.
    fn is_on_its_way(&self, mode: Mode) -> bool {
        mode == Mode::Sandbox && self.code && self.text.is_none() && matches!(self.state, SmsState::Queued)
    }
}

/// What is sent to a mobile number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SmsForm {
    #[schema(pattern = "^09[0-9]{9}$")]
    to: String,
    /// At most 670 characters, and no secret: it is stored.
    #[schema(min_length = 1, max_length = 670)]
    text: String,
}

/// Sends an SMS: to see whether the provider takes them, for one. It is written first, and sent right after.
#[utoipa::path(post, path = "/admin/v1/sms", request_body = SmsForm, responses((status = 202, body = SmsBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn send(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: SmsForm = json(request).await?;
    let refuse = |problem: Problem| problem.response();
    let to = receiver(&form.to).map_err(refuse)?;
    let text = form.text;
    if fold(&text).is_empty() || text.chars().count() > TEXT || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(refuse(Problem::invalid("text", "1 to 670 characters, none but line ends a control character")));
    }
    if !app.sms.is_configured() {
        return Err(refuse(Problem::conflict("to", "no SMS sender is configured")));
    }
    let id = done(app.run_audited(WriteMessage { to, text: Text::from(text) }).await)?;
    accepted(&app, id).await
}

/// Sends an SMS that was given up once more. One that carried a code cannot be: its text is nowhere.
#[utoipa::path(post, path = "/admin/v1/sms/{id}/resend", params(("id" = i64, Path)), responses((status = 202, body = SmsBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resend(app: OperatorContext, Id(id): Id, _: EmptyBody) -> Result<Response, Response> {
    let id = done(app.run_audited(ResendMessage { id: MessageId(id), job: None }).await)?;
    accepted(&app, id).await
}

async fn accepted(app: &OperatorContext, id: MessageId) -> Result<Response, Response> {
    let found = app.engine.reader().message(id).await.map_err(unread)?;
    let message = found.ok_or_else(|| NOT_FOUND.response())?;
    Ok((StatusCode::ACCEPTED, Json(body(app, message, &HashMap::new()))).into_response())
}

impl From<ResendRefusal> for Problem {
    fn from(refusal: ResendRefusal) -> Self {
        match refusal {
            ResendRefusal::MessageUnknown => NOT_FOUND,
            ResendRefusal::NothingToResend => {
                Self::conflict("id", "only an SMS that was given up, and has a text, can be sent again")
            }
        }
    }
}

fn receiver(text: &str) -> Result<Text, Problem> {
    mobile(text).map(Text::from).ok_or_else(|| Problem::invalid("to", "09 and nine digits"))
}

fn body(app: &App, message: Message, inbox: &HashMap<MessageId, SmsMessage>) -> SmsBody {
    let code = message.text.is_none();
    let kept = inbox.get(&message.id).filter(|_| app.mode == Mode::Sandbox);
    let text = message.text.filter(|_| app.mode == Mode::Sandbox).or_else(|| kept.map(|sms| Text::clone(&sms.text)));
    SmsBody {
        id: message.id.0,
        to: message.to.to_string(),
        text: text.map(|text| text.to_string()),
        code,
        otp: kept.and_then(|sms| sms.code.as_ref()).map(|code| code.to_string()),
        state: SmsState::from(message.state),
        tries: message.tries,
        error: Some(message.error.to_string()).filter(|error| !error.is_empty()),
        at: instant(message.at_ms),
        ended_at: message.ended_at_ms.map(instant),
    }
}
