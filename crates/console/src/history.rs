//! What is known of a payment besides its entries, due work and decisions: what was sent to whom, what networks said, and the calls about it.
//!
//! Shape: each function gives the moments of one kind; `decided.rs` those of decisions. `timeline.rs` puts all of them in order.
//! Absent: texts of SMS with codes in production, which no row has. Calls are there as long as the request log has them, and only in a sandbox with
//! their bodies.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use payments::{
    CallbackAttempt, CallbackAttempts, CardAttempt, CardAttemptState, Channel, InvoiceId, Message, MessageId,
    MessageState, OrderId, Resolution, SmsMessage, Submission,
};

use super::card_attempts::badge;
use super::decided::decisions;
use super::view::{Cell, Moment, Part, Tone};
use super::visit::Visit;
use edge::Mode;
use edge::request_log::{Logged, RequestFilter, Window};
use edge::struck::StruckBy;
use web::Words;

/// Calls about one payment at most.
const CALLS: usize = 20;
/// The dialect of the operator API in the request log.
const OPERATORS: &str = "admin";
/// Services that begin a payment, as the request log names them.
const BEGINNINGS: [&str; 9] = [
    "transferTo",
    "internalTransfer",
    "payaTransfer",
    "satnaTransfer",
    "chargeCard",
    "otp-v2",
    "pay",
    "issueInvoice",
    "transferByInvoice",
];

/// The SMS and callbacks about a payment, each callback with its attempts.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn messages(visit: &Visit, subject: i64) -> Result<Vec<Moment>, Response> {
    let reader = visit.app().engine.reader();
    let found = reader.messages_about(subject).await.map_err(|error| visit.unread(error))?;
    let calls = found.iter().filter(|message| matches!(message.channel, Channel::Call(..)));
    let attempts = reader.callback_attempts(calls.map(|message| message.id).collect()).await;
    let attempts = attempts.map_err(|error| visit.unread(error))?;
    // A sandbox shows texts and codes, as its page of messages does.
    let inbox: HashMap<MessageId, SmsMessage> = match visit.app().mode {
        Mode::Sandbox => visit.app().sms.inbox().into_iter().map(|sms| (sms.id, sms)).collect(),
        Mode::Production => HashMap::new(),
    };
    let mut moments: Vec<Moment> =
        found.iter().map(|message| message_moment(visit, message, inbox.get(&message.id))).collect();
    for CallbackAttempts { message, attempts, .. } in &attempts {
        moments.extend(attempts.iter().map(|attempt| attempt_moment(visit, *message, attempt)));
    }
    Ok(moments)
}

fn message_moment(visit: &Visit, message: &Message, kept: Option<&SmsMessage>) -> Moment {
    let (w, lang) = (visit.w(), visit.lang());
    let (state, tone) = match message.state {
        MessageState::Queued => (w.message_queued, Tone::Hint),
        MessageState::Sent => (w.message_sent, Tone::Good),
        MessageState::Dead => (w.message_dead, Tone::Bad),
    };
    let mut cells = vec![Cell::Badge(state.to_owned(), tone)];
    let title = match message.channel {
        Channel::Sms => {
            cells.push(Cell::code(&message.to));
            let text = message.text.as_ref().or_else(|| kept.map(|sms| &sms.text));
            cells.push(Cell::text(text.map_or(w.message_secret, |text| &**text)));
            w.sms_sent
        }
        Channel::Call(..) => {
            let page = format!("/console/messages/{}", message.id.0);
            cells.push(Cell::link(format!("#{}", lang.digits(message.id.0)), page));
            cells.push(Cell::Long(message.to.split('?').next().unwrap_or_default().to_owned()));
            w.call_written
        }
    };
    if !message.error.is_empty() {
        cells.push(Cell::text(&message.error));
    }
    Moment { at_ms: message.at_ms, title: title.to_owned(), cells, tone }
}

fn attempt_moment(visit: &Visit, message: MessageId, attempt: &CallbackAttempt) -> Moment {
    let (w, lang) = (visit.w(), visit.lang());
    let page = format!("/console/messages/{}", message.0);
    let mut cells = vec![Cell::link(format!("#{}", lang.digits(message.0)), page)];
    cells.extend(attempt.status.map(|status| Cell::code(lang.digits(status))));
    cells.push(Cell::code(format!("{} ms", lang.digits(attempt.duration_ms))));
    cells.extend(attempt.error.as_ref().map(Cell::text));
    let tone = if attempt.error.is_some() { Tone::Bad } else { Tone::Good };
    Moment { at_ms: attempt.at_ms, title: w.call_tried.to_owned(), cells, tone }
}

/// What the network of an order was asked and has said.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn submission(visit: &Visit, order: OrderId) -> Result<Vec<Moment>, Response> {
    let found = visit.app().engine.reader().submission(order).await.map_err(|error| visit.unread(error))?;
    Ok(found.map_or_else(Vec::new, |submission| submission_moments(visit, &submission)))
}

fn submission_moments(visit: &Visit, submission: &Submission) -> Vec<Moment> {
    let (w, lang) = (visit.w(), visit.lang());
    // A network that knows no order gives none.
    let cells = match submission.reference.is_empty() {
        true => Vec::new(),
        false => vec![Cell::text(w.network_reference), Cell::Long(submission.reference.to_string())],
    };
    let asked = Moment { cells, ..Moment::plain(submission.at_ms, w.network_asked) };
    let Some(answered_at_ms) = submission.answered_at_ms else { return vec![asked] };
    let (said, tone) = match submission.reported {
        None => (w.network_undecided, Tone::Hint),
        Some(Resolution::Done) => (w.network_done, Tone::Good),
        Some(Resolution::Failed) => (w.network_failed, Tone::Bad),
    };
    let mut cells = vec![Cell::Badge(said.to_owned(), tone)];
    cells.extend(submission.network_reference.as_ref().map(Cell::code));
    cells.push(Cell::text(format!("{}: {}", w.inquiries, lang.digits(submission.inquiries))));
    vec![asked, Moment { at_ms: answered_at_ms, title: w.network_answered.to_owned(), cells, tone }]
}

/// The payments of an invoice by cards of other banks, and what operators decided about them.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn card_attempts(visit: &Visit, invoice: InvoiceId) -> Result<Vec<Moment>, Response> {
    let found = visit.app().engine.reader().card_attempts_of(invoice).await.map_err(|error| visit.unread(error))?;
    let mut moments: Vec<Moment> = found.iter().map(|attempt| card_attempt(visit, attempt)).collect();
    let numbers: Vec<String> = found.iter().map(|attempt| attempt.id.0.to_string()).collect();
    moments.extend(decisions(visit, &numbers).await?);
    Ok(moments)
}

fn card_attempt(visit: &Visit, attempt: &CardAttempt) -> Moment {
    let (w, lang) = (visit.w(), visit.lang());
    let page = format!("/console/card-attempts/{}", attempt.id.0);
    let mut cells =
        vec![Cell::link(lang.digits(attempt.id.0), page), badge(attempt, w), Cell::code(&attempt.slip.mask)];
    match &attempt.state {
        CardAttemptState::Approved(reference) => cells.push(Cell::code(reference)),
        CardAttemptState::Declined(why) => cells.push(Cell::text(web::declined(lang, *why))),
        CardAttemptState::Asked | CardAttemptState::Unknown | CardAttemptState::NotTaken => {}
    }
    cells.push(Cell::text(format!("{}: {}", w.inquiries, lang.digits(attempt.inquiries))));
    Moment { cells, ..Moment::plain(attempt.asked_at_ms, w.card_attempt) }
}

/// The calls about a payment that the request log still has, oldest first: the oldest one, and the newest of the others. Reads of the operator API are
/// none of its events.
pub fn calls(visit: &Visit, about: RequestFilter) -> Vec<Arc<Logged>> {
    let mut found = visit.app().requests.newest(&about, Window::default(), usize::MAX);
    found.retain(|call| !is_read_of_operator(call));
    let oldest = found.pop();
    found.truncate(CALLS - 1);
    found.extend(oldest);
    found.reverse();
    found
}

fn is_read_of_operator(call: &Logged) -> bool {
    call.dialect == OPERATORS && (call.method == Method::GET || call.method == Method::HEAD)
}

/// The moments of calls, each with what struck it.
pub fn call_moments(visit: &Visit, calls: &[Arc<Logged>]) -> Vec<Moment> {
    calls.iter().map(|call| call_moment(visit, call)).collect()
}

fn call_moment(visit: &Visit, call: &Logged) -> Moment {
    let (w, lang) = (visit.w(), visit.lang());
    let mut cells = vec![
        Cell::code(call.method.as_str()),
        Cell::link(call.facts().service.clone(), format!("/console/requests/{}", call.id)),
        Cell::code(lang.digits(call.status)),
    ];
    for struck in &call.struck {
        let label = match struck.by {
            StruckBy::Strict => w.strict_rule,
            StruckBy::Fault | StruckBy::Magic => w.struck,
        };
        cells.extend([Cell::text(label), Cell::code(&*struck.name)]);
    }
    let tone = match (call.struck.is_empty(), call.status) {
        (false, _) | (true, 500..) => Tone::Bad,
        (true, 400..500) => Tone::Hint,
        (true, _) => Tone::Plain,
    };
    Moment { at_ms: call.at_ms, title: w.request.to_owned(), cells, tone }
}

/// Request and response of the call that began a payment.
pub fn first_call(visit: &Visit, calls: &[Arc<Logged>]) -> Vec<Part> {
    let w = visit.w();
    // If the log has lost it, the oldest call may be an inquiry or a read of the platform.
    let begun = calls.first().filter(|call| BEGINNINGS.contains(&&*call.facts().service));
    let Some(call) = begun else { return vec![Part::Text(missing(visit, w).to_owned())] };
    let target = call.target().map(|target| format!("{} {target}\n", call.method)).unwrap_or_default();
    let parts = [(w.call_begun, format!("{target}{}", call.body())), (w.call_answer, call.answer())];
    parts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(title, text)| Part::Code(title.to_owned(), text))
        .collect()
}

/// Why there is no call to show.
fn missing(visit: &Visit, w: &Words) -> &'static str {
    match visit.app().mode {
        Mode::Sandbox => w.call_gone,
        Mode::Production => w.call_unkept,
    }
}
