//! `/console/messages`: SMS and calls to businesses with their states, and sending them again. A sandbox shows the texts of SMS, and the attempts of a
//! call with their answers.

use std::collections::HashMap;

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{
    AuditedRefusal, CallbackAttempt, CallbackAttempts, Channel, JobKind, Message, MessageId, MessageState,
    ResendMessage, ResendRefusal, Role, SmsMessage,
};

use super::lists;
use super::view::{Cell, Form, Part, Tone};
use super::visit::Visit;
use admin::App;
use admin::lists::{SMS, WEBHOOKS};
use edge::Mode;
use edge::request_log::address;
use web::{Segment, Words, go_to};

/// Characters of an address that are shown.
const ADDRESS: usize = 80;

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = parts_of(&visit).await?;
    Ok(visit.page(visit.w().messages, parts))
}

async fn parts_of(visit: &Visit) -> Result<Vec<Part>, Response> {
    let w = visit.w();
    let state = visit.query.get("state").map(|state| format!("state={state}")).unwrap_or_default();
    // The state is that of a form, which has names only.
    let state =
        if state.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'=') { state } else { String::new() };
    let tabs = Part::Links(vec![
        (w.sms.to_owned(), lists::address("/console/messages", &state)),
        (w.calls.to_owned(), lists::address("/console/messages?which=calls", &state)),
    ]);
    let mut parts = vec![tabs];
    if visit.query.get("which") == Some("calls") {
        let mut shown = lists::shown(visit, &WEBHOOKS).await?;
        let calls = std::mem::take(&mut shown.rows);
        let table = calls_table(visit, &calls, shown.empty.clone());
        parts.extend(shown.around([table]));
    } else {
        let mut shown = lists::shown(visit, &SMS).await?;
        let sms = std::mem::take(&mut shown.rows);
        let table = sms_table(visit, &sms, shown.empty.clone());
        parts.extend(shown.around([table]));
    }
    Ok(parts)
}

fn badge(state: MessageState, w: &Words) -> Cell {
    let (text, tone) = match state {
        MessageState::Queued => (w.message_queued, Tone::Hint),
        MessageState::Sent => (w.message_sent, Tone::Good),
        MessageState::Dead => (w.message_dead, Tone::Bad),
    };
    Cell::Badge(text.to_owned(), tone)
}

/// The form that sends a message again, where that is possible: a call in any state, an SMS that was given up and has a stored text.
fn again(visit: &Visit, message: &Message) -> Option<Form> {
    let may = match message.channel {
        Channel::Call(..) => true,
        Channel::Sms => message.state == MessageState::Dead && message.text.is_some(),
    };
    (may && visit.may_work()).then(|| Form {
        action: format!("/console/messages/{}/resend", message.id.0),
        fields: Vec::new(),
        button: visit.w().resend.to_owned(),
        tone: Tone::Plain,
        csrf: visit.csrf(),
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(ADDRESS).collect()
}

fn calls_table(visit: &Visit, calls: &[Message], empty: String) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |call: &Message| {
        vec![
            Cell::link(lang.digits(call.id.0), format!("/console/messages/{}", call.id.0)),
            Cell::at(lang.instant(call.at_ms)),
            Cell::Long(shortened(&address(&call.to))),
            badge(call.state, w),
            Cell::number(lang.digits(call.tries)),
            Cell::text(&call.error),
            again(visit, call).map_or_else(|| Cell::text(""), Cell::Form),
        ]
    };
    Part::Table {
        title: w.calls.to_owned(),
        heads: [w.number, w.at, w.receiver, w.state, w.tries, w.note, ""].map(str::to_owned).into(),
        rows: calls.iter().map(row).collect(),
        empty,
    }
}

pub fn sms_table(visit: &Visit, messages: &[Message], empty: String) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let is_sandbox = visit.app().mode == Mode::Sandbox;
    let inbox: HashMap<MessageId, SmsMessage> = match is_sandbox {
        true => visit.app().sms.inbox().into_iter().map(|sms| (sms.id, sms)).collect(),
        false => HashMap::new(),
    };
    let row = |message: &Message| {
        let notes = [Some(w.message_secret).filter(|_| message.text.is_none()), Some(&*message.error)];
        let notes: Vec<&str> = notes.into_iter().flatten().filter(|note| !note.is_empty()).collect();
        let mut cells = vec![
            Cell::code(lang.digits(message.id.0)),
            Cell::at(lang.instant(message.at_ms)),
            Cell::code(&message.to),
            badge(message.state, w),
            Cell::number(lang.digits(message.tries)),
            Cell::text(notes.join(" · ")),
        ];
        if is_sandbox {
            let kept = inbox.get(&message.id);
            let text = message.text.as_ref().or_else(|| kept.map(|sms| &sms.text));
            cells.push(Cell::text(text.map_or("", |text| &**text)));
            cells.push(Cell::code(kept.and_then(|sms| sms.code.as_ref()).map_or("", |code| &**code)));
        }
        cells.push(again(visit, message).map_or_else(|| Cell::text(""), Cell::Form));
        cells
    };
    let shown: &[&str] = if is_sandbox { &[w.message_text, w.message_code] } else { &[] };
    let heads = [&[w.number, w.at, w.receiver, w.state, w.tries, w.note][..], shown, &[""]].concat();
    Part::Table {
        title: w.sms.to_owned(),
        heads: heads.into_iter().map(str::to_owned).collect(),
        rows: messages.iter().map(row).collect(),
        empty,
    }
}

/// A call to a business with its attempts.
pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = call(&visit, MessageId(id)).await?;
    Ok(visit.page(format!("{} {}", visit.w().message_shown, visit.lang().digits(id)), parts))
}

async fn call(visit: &Visit, id: MessageId) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let found = reader.message(id).await.map_err(|error| visit.unread(error))?;
    let call = found.filter(|message| matches!(message.channel, Channel::Call(..))).ok_or_else(|| visit.missing())?;
    let attempts = reader.callback_attempts(vec![id]).await.map_err(|error| visit.unread(error))?;
    let attempts = attempts.into_iter().next();
    let next_ms = attempts.as_ref().and_then(|of| of.next_try_at_ms).filter(|_| call.state == MessageState::Queued);
    let mut facts = vec![
        (w.at.to_owned(), Cell::at(lang.instant(call.at_ms))),
        (w.receiver.to_owned(), Cell::Long(address(&call.to))),
        (w.state.to_owned(), badge(call.state, w)),
        (w.tries.to_owned(), Cell::code(lang.digits(call.tries))),
    ];
    facts.extend(next_ms.map(|at_ms| (w.next_try.to_owned(), Cell::at(lang.instant(at_ms)))));
    let mut parts = vec![Part::Facts(facts), attempts_table(visit, attempts.as_ref())];
    parts.extend(again(visit, &call).map(|form| Part::Forms(w.resend.to_owned(), vec![form])));
    Ok(parts)
}

fn attempts_table(visit: &Visit, attempts: Option<&CallbackAttempts>) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |attempt: &CallbackAttempt| {
        vec![
            Cell::at(lang.instant(attempt.at_ms)),
            Cell::code(attempt.status.map(|status| lang.digits(status)).unwrap_or_default()),
            Cell::code(format!("{} ms", lang.digits(attempt.duration_ms))),
            Cell::text(attempt.error.as_deref().unwrap_or_default()),
            Cell::Long(attempt.answer.as_deref().unwrap_or_default().to_owned()),
        ]
    };
    Part::Table {
        title: w.attempts.to_owned(),
        heads: [w.at, w.state, w.latency, w.note, w.answer].map(str::to_owned).into(),
        rows: attempts.iter().flat_map(|of| &of.attempts).map(row).collect(),
        empty: w.nothing.to_owned(),
    }
}

pub async fn resend(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, request, Role::Operator).await?;
    let id = MessageId(id);
    let jobs = visit.app().engine.reader().jobs_about(id.0).await.map_err(|error| visit.unread(error))?;
    let job = jobs.into_iter().find(|job| job.kind == JobKind::Send(id)).map(|job| job.id);
    match visit.context.run_audited(ResendMessage { id, job }).await {
        Ok(Ok(MessageId(_))) => Ok(go_to("/console/messages?done=1")),
        Ok(Err(
            AuditedRefusal::Refused(ResendRefusal::MessageUnknown | ResendRefusal::NothingToResend)
            | AuditedRefusal::Version(_)
            | AuditedRefusal::MoneyOfDay(_),
        )) => {
            let w = visit.w();
            Ok(visit.refused(w.messages, w.not_to_resend.to_owned(), parts_of(&visit).await?))
        }
        Err(error) => Err(visit.failed(&error)),
    }
}
