//! The last requests, kept in the memory of this process, to show what a client really sent.
//!
//! Shape: [`RequestLog::begin`] and [`RequestLog::end`] copy a request as it arrived and what it was answered, and nothing is looked for in it before
//! it is listed. [`Logged`] is such a request; [`CallFacts`] says what it was about. Calls that wait for a request listen to
//! [`RequestLog::changes`].
//! A sandbox shows requests to the platforms as they were sent, secrets included, so that they can be sent again; those to the operators' API it shows
//! without secrets. A production server keeps no bodies and no queries, only what its log has as well.

mod facts;
mod logged;
mod redact;

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, header};
use axum::response::Response;
use engine::ChangeSignal;
use http_body_util::BodyExt;
use parking_lot::Mutex;

pub use facts::CallFacts;
pub use logged::Logged;
use logged::{Answer, BYTES, Sent, text};
pub use redact::{address, without_cards};

use crate::struck::Struck;

/// Number of requests that are kept.
const KEPT: usize = 500;
/// Path prefixes that are not recorded: operators' pages, and paths that machines poll.
const SKIPPED: [&str; 7] = ["/console", "/docs/", "/assets/", "/metrics", "/livez", "/healthz", "/readyz"];
/// Path prefixes whose reads are not recorded: they would push out what they look for.
const SKIPPED_READS: [&str; 3] = ["/admin/v1/requests", "/admin/v1/sms", "/admin/v1/webhooks"];

/// How much of each request is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeps {
    /// Method, route, status, time.
    Outlines,
    /// Queries, headers and bodies as well.
    All,
    /// Nothing.
    Nothing,
}

/// See the module.
#[derive(Debug)]
pub struct RequestLog {
    keeps: Keeps,
    /// In the order in which they were answered.
    requests: Mutex<VecDeque<Arc<Logged>>>,
    changes: ChangeSignal,
}

/// The recorded request, before its response is known.
pub struct Begun {
    at_ms: i64,
    dialect: &'static str,
    method: Method,
    sent: Option<Sent>,
}

/// Which requests are listed: all conditions that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    /// The dialect's name.
    pub dialect: Option<String>,
    /// The service, as faults name it.
    pub service: Option<String>,
    /// A part of the route's pattern.
    pub route: Option<String>,
    /// The client, or the terminal.
    pub client: Option<String>,
    /// A trackId, of the request itself or of an order that it asks about.
    pub track_id: Option<String>,
    /// The order's id of PayStar.
    pub order_id: Option<String>,
    /// The invoice's number.
    pub invoice: Option<String>,
    /// The status.
    pub status: Option<StatusFilter>,
    /// The name of what struck, or its part before the colon.
    pub fault: Option<String>,
}

/// A status, or all statuses of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatusFilter {
    /// As `200`.
    One(u16),
    /// As `4xx`: the first digit.
    Class(u16),
}

impl StatusFilter {
    /// Reads a status or a class; `None`: it is neither.
    pub fn of(text: &str) -> Option<Self> {
        let status = |text: &str| text.parse::<u16>().ok();
        match text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")) {
            Some(class) => status(class).filter(|class| (1..=5).contains(class)).map(Self::Class),
            None => status(text).filter(|status| (100..=599).contains(status)).map(Self::One),
        }
    }

    fn fits(self, status: u16) -> bool {
        match self {
            Self::One(one) => status == one,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl RequestFilter {
    fn fits(&self, logged: &Logged) -> bool {
        fn same(wanted: Option<&str>, is: Option<&str>) -> bool {
            wanted.is_none_or(|wanted| is == Some(wanted))
        }
        let plain = same(self.dialect.as_deref(), Some(logged.dialect))
            && self.status.is_none_or(|wanted| wanted.fits(logged.status))
            && self.route.as_deref().is_none_or(|part| logged.route().contains(part))
            && self.fault.as_deref().is_none_or(|wanted| logged.struck.iter().any(|struck| is_named(struck, wanted)));
        if !plain {
            return false;
        }
        let Self { service, client, track_id, order_id, invoice, .. } = self;
        if [service, client, track_id, order_id, invoice].iter().all(|wanted| wanted.is_none()) {
            return true;
        }
        let facts = logged.facts();
        same(service.as_deref(), Some(&facts.service))
            && same(client.as_deref(), facts.client.as_deref())
            && same(order_id.as_deref(), facts.order_id.as_deref())
            && same(invoice.as_deref(), facts.invoice.as_deref())
            && track_id.as_ref().is_none_or(|wanted| facts.track_ids.contains(wanted))
    }
}

/// Whether a fault has this name, with or without its argument.
fn is_named(struck: &Struck, wanted: &str) -> bool {
    struck.name == wanted || struck.name.split_once(':').is_some_and(|(name, _)| name == wanted)
}

/// Which part of the log is listed, by numbers of requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    /// Only requests that were recorded after this one.
    pub since: Option<u64>,
    /// Only requests that were recorded before this one.
    pub before: Option<u64>,
}

impl RequestLog {
    /// An empty log.
    pub fn new(keeps: Keeps) -> Self {
        Self { keeps, requests: Mutex::default(), changes: ChangeSignal::default() }
    }

    /// Announces each recorded request.
    pub fn changes(&self) -> &ChangeSignal {
        &self.changes
    }

    /// The newest requests that fit, at most `limit` of them, newest first.
    pub fn newest(&self, filter: &RequestFilter, window: Window, limit: usize) -> Vec<Arc<Logged>> {
        let all: Vec<Arc<Logged>> = self.requests.lock().iter().cloned().collect();
        // Requests are numbered as they begin and recorded as they end. One that is not in the log any more was recorded before all others.
        let place = |id: u64| all.iter().position(|logged| logged.id == id);
        let after = window.since.map(|id| (place(id), id));
        let before = window.before.map(|id| (place(id), id));
        let is_inside = |at: usize, logged: &Logged| {
            after.is_none_or(|(place, id)| place.map_or(logged.id > id, |place| at > place))
                && before.is_none_or(|(place, id)| place.map_or(logged.id < id, |place| at < place))
        };
        let newest = all.iter().enumerate().rev();
        let found = newest.filter(|(at, logged)| is_inside(*at, logged) && filter.fits(logged));
        found.take(limit).map(|(_, logged)| Arc::clone(logged)).collect()
    }

    /// The request with this number.
    pub fn find(&self, id: u64) -> Option<Arc<Logged>> {
        self.requests.lock().iter().rev().find(|logged| logged.id == id).cloned()
    }

    /// Removes all requests.
    pub fn clear(&self) {
        self.requests.lock().clear();
    }

    /// Begins to record a request; the returned request copies its body into the record as the body is read.
    pub fn begin(&self, request: Request, at_ms: i64, dialect: &'static str) -> (Request, Option<Begun>) {
        let path = request.uri().path();
        let begins = |skipped: &[&str]| skipped.iter().any(|skipped| path.starts_with(skipped));
        let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
        if self.keeps == Keeps::Nothing || begins(&SKIPPED) || (is_read && begins(&SKIPPED_READS)) {
            return (request, None);
        }
        let mut begun = Begun { at_ms, dialect, method: request.method().clone(), sent: None };
        if self.keeps == Keeps::Outlines {
            return (request, Some(begun));
        }
        let (parts, body) = request.into_parts();
        let sent = begun.sent.insert(Sent::of(&parts));
        let body = if body.is_end_stream() {
            body
        } else {
            let to = Arc::clone(&sent.body);
            Body::new(body.map_frame(move |frame| {
                if let Some(data) = frame.data_ref() {
                    let mut kept = to.lock();
                    let room = BYTES.saturating_sub(kept.len());
                    kept.extend_from_slice(&data[..data.len().min(room)]);
                }
                frame
            }))
        };
        (Request::from_parts(parts, body), Some(begun))
    }

    /// Records a request with its response.
    pub async fn end(
        &self,
        begun: Begun,
        (id, micros): (u64, u64),
        (route, struck): (Option<MatchedPath>, Vec<Struck>),
        response: Response,
    ) -> Response {
        let Begun { at_ms, dialect, method, sent } = begun;
        let status = response.status().as_u16();
        let (answer, response) = match sent {
            Some(_) => answered(response).await,
            None => (Answer::Unkept, response),
        };
        let logged =
            Logged { id, at_ms, dialect, method, route, status, micros, struck, sent, answer, ..Logged::default() };
        let logged = Arc::new(logged);
        let mut requests = self.requests.lock();
        let oldest = if requests.len() >= KEPT { requests.pop_front() } else { None };
        requests.push_back(logged);
        drop(requests);
        drop(oldest);
        self.changes.announce();
        response
    }
}

/// Records a response whose JSON body is complete and short; streams pass unread.
async fn answered(response: Response) -> (Answer, Response) {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let whole = response.body().size_hint().exact().is_some_and(|size| size <= BYTES as u64);
    if whole && kind.is_some_and(|kind| text(kind).contains("json")) {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        return (Answer::Json(bytes.clone()), Response::from_parts(parts, Body::from(bytes)));
    }
    let answer = match (response.headers().get(header::LOCATION), kind) {
        (Some(to), _) => Answer::Location(to.clone()),
        (None, Some(kind)) => Answer::Other(kind.clone()),
        (None, None) => Answer::Unkept,
    };
    (answer, response)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;
    use crate::struck::StruckBy;

    fn log() -> RequestLog {
        let log = RequestLog::new(Keeps::All);
        let all = [(3, 200, "/oak"), (1, 404, "/oak"), (2, 503, "/api")];
        for (id, status, target) in all {
            let struck = match status {
                503 => vec![Struck { by: StruckBy::Fault, name: "paystar:busy".into(), rule: Some(4) }],
                _ => Vec::new(),
            };
            let sent = Sent { target: format!("{target}?trackId=t-{id}"), ..Sent::default() };
            let dialect = if target == "/api" { "paystar" } else { "finnotech" };
            let logged = Logged { id, status, dialect, struck, sent: Some(sent), ..Logged::default() };
            log.requests.lock().push_back(Arc::new(logged));
        }
        log
    }

    fn ids(log: &RequestLog, filter: &RequestFilter, window: Window) -> Vec<u64> {
        log.newest(filter, window, 9).iter().map(|logged| logged.id).collect()
    }

    #[test]
    fn requests_are_listed_in_the_order_of_their_answers_and_none_that_came_later_is_left_out() {
        let (log, all) = (log(), RequestFilter::default());
        let window = |since, before| Window { since, before };
        for (since, before, found) in [
            (None, None, &[2, 1, 3][..]),
            (Some(3), None, &[2, 1]),
            (Some(1), None, &[2]),
            (Some(2), None, &[]),
            (Some(0), None, &[2, 1, 3]),
            (Some(9), None, &[]),
            (None, Some(2), &[1, 3]),
            (None, Some(3), &[]),
            (Some(3), Some(2), &[1]),
        ] {
            assert_eq!(ids(&log, &all, window(since, before)), found, "{since:?} {before:?}");
        }
    }

    #[test]
    fn a_filter_holds_with_all_of_its_conditions() {
        let log = log();
        let text = |text: &str| Some(text.to_owned());
        let any = RequestFilter::default;
        for (filter, found) in [
            (RequestFilter { dialect: text("finnotech"), ..any() }, &[1, 3][..]),
            (RequestFilter { status: StatusFilter::of("5xx"), ..any() }, &[2]),
            (RequestFilter { status: StatusFilter::of("404"), ..any() }, &[1]),
            (RequestFilter { track_id: text("t-3"), ..any() }, &[3]),
            (RequestFilter { track_id: text("t-3"), dialect: text("paystar"), ..any() }, &[]),
            (RequestFilter { fault: text("paystar"), ..any() }, &[2]),
            (RequestFilter { fault: text("paystar:busy"), ..any() }, &[2]),
            (RequestFilter { fault: text("busy"), ..any() }, &[]),
        ] {
            assert_eq!(ids(&log, &filter, Window::default()), found, "{filter:?}");
        }
        for none in ["", "xx", "6xx", "99", "600", "4x", "-1"] {
            assert_eq!(StatusFilter::of(none), None, "{none}");
        }
    }
}
