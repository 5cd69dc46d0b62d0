//! `/console/messages`: SMS and calls to businesses with their states, and repeating those that were given up.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{AuditedRefusal, Channel, Message, MessageId, MessageState, ResendMessage, ResendRefusal, Role};
use store::{By, MessagePage};

use super::view::{Cell, Form, Part, Tone};
use super::visit::Visit;
use admin::App;
use edge::request_log::address;
use web::{Segment, Words, go_to};

/// Rows per page.
const ROWS: usize = 50;
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
    let number = |name: &str| visit.query.get(name).and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
    let state = (visit.query.get("state") == Some("dead")).then_some(MessageState::Dead);
    let page = |by, before| MessagePage { by, before, to: None, state, limit: ROWS };
    let reader = visit.app().engine.reader();
    let calls = reader.messages(page(By::Call, number("calls"))).await.map_err(|error| visit.unread(error))?;
    let sms = reader.messages(page(By::Sms, number("sms"))).await.map_err(|error| visit.unread(error))?;
    let mut links = vec![
        (w.all.to_owned(), "/console/messages".to_owned()),
        (w.dead_messages.to_owned(), "/console/messages?state=dead".to_owned()),
    ];
    let dead = if state.is_some() { "&state=dead" } else { "" };
    for (found, name, label) in [(&calls, "calls", w.calls), (&sms, "sms", w.sms)] {
        if let Some(last) = found.last().filter(|_| found.len() == ROWS) {
            links.push((format!("{}: {}", w.older, label), format!("/console/messages?{name}={}{dead}", last.id.0)));
        }
    }
    Ok(vec![Part::Links(links), table(visit, w.calls, &calls), table(visit, w.sms, &sms)])
}

fn badge(state: MessageState, w: &Words) -> Cell {
    let (text, tone) = match state {
        MessageState::Queued => (w.message_queued, Tone::Hint),
        MessageState::Sent => (w.message_sent, Tone::Good),
        MessageState::Dead => (w.message_dead, Tone::Bad),
    };
    Cell::Badge(text.to_owned(), tone)
}

fn table(visit: &Visit, title: &str, messages: &[Message]) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |message: &Message| {
        let to = match message.channel {
            Channel::Call(..) => address(&message.to),
            Channel::Sms => message.to.to_string(),
        };
        let to: String = to.chars().take(ADDRESS).collect();
        let again = message.state == MessageState::Dead && message.text.is_some() && visit.may_work();
        let form = || Form {
            action: format!("/console/messages/{}/resend", message.id.0),
            fields: Vec::new(),
            button: w.resend.to_owned(),
            tone: Tone::Plain,
            csrf: visit.csrf(),
        };
        let what = match (message.channel, &message.text) {
            (Channel::Sms, None) => w.message_secret.to_owned(),
            _ => message.error.to_string(),
        };
        vec![
            Cell::code(lang.digits(message.id.0)),
            Cell::code(lang.instant(message.at_ms)),
            Cell::Long(to),
            badge(message.state, w),
            Cell::code(lang.digits(message.tries)),
            Cell::text(what),
            if again { Cell::Form(form()) } else { Cell::text("") },
        ]
    };
    Part::Table {
        title: title.to_owned(),
        heads: [w.number, w.at, w.receiver, w.state, w.tries, w.note, ""].map(str::to_owned).into(),
        rows: messages.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    }
}

pub async fn resend(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, request, Role::Operator).await?;
    let command = ResendMessage { id: MessageId(id) };
    match visit.context.run_audited(command).await {
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
