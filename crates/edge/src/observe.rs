//! Logs and measures each request: one line and one measurement per request, a span where there is a collector of traces ([`crate::spans`]), and no
//! secrets.
//!
//! The line has the request's id, method, route (the pattern, never the path, query or headers), status and duration. An internal failure is on the
//! same line; the caller gets only the id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use parking_lot::RwLock;
use tracing::{error, info};

use crate::cors::Cors;
use crate::dialect::{Asked, Dialect};
use crate::refused::Refused;
use crate::request_log::without_cards;
use crate::spans::{Facts, Spans};
use crate::strict::{self, Rule};
use crate::struck::{self, Struck, StruckBy};
use crate::to_its_end::ToItsEnd;
use crate::{Edge, body};

/// Replies are for their caller alone, unless a handler sets another policy.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static REQUESTS: AtomicU64 = AtomicU64::new(1);

/// The operator's message of a failure, carried in the response's extensions.
#[derive(Clone, Debug)]
pub struct Cause(pub String);

/// The number by which a caller knows the request, carried in the response's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Reference(pub u64);

/// Observes a request, which goes on to its end once it is read whole, whether its caller waits or not.
pub async fn observe<S: Spans>(State((edge, spans)): State<(Edge, S)>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let dialect = Arc::clone(edge.dialects.of(request.uri().path()));
    let request = body::whole(&*dialect, request).await;
    let running = edge.running.clone();
    ToItsEnd::new(&running, observed((edge, spans), dialect, request, next, started)).await
}

async fn observed<S: Spans>(
    (edge, spans): (Edge, S),
    dialect: Arc<dyn Dialect>,
    request: Request,
    next: Next,
    started: Instant,
) -> Response {
    let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let sites = dialect.sites(request.uri().path());
    let name = dialect.name();
    let span = spans.begin(request.headers());
    let asked = Asked::of(dialect, &request);
    let (request, begun) = edge.requests.begin(request, edge.engine.clock().now_ms(), name);
    let cors = Cors::of(&edge, sites, &method, request.headers()).await;
    let early = match cors.as_ref().and_then(Cors::preflight) {
        None => request.extensions().get::<Refused>().map(|refused| asked.refuse(refused)),
        answer => answer,
    };
    let (mut response, struck) = match early {
        None => {
            let (response, struck) = struck::noting(next.run(request)).await;
            (asked.dressed(response), struck)
        }
        Some(refused) => {
            // The request log records the body only as it is read.
            drop(request.into_body().collect().await);
            (refused, Vec::new())
        }
    };
    asked.challenge(&mut response);
    response.headers_mut().entry(CACHE_CONTROL).or_insert(NO_STORE);
    if let Some(cors) = cors {
        cors.open(response.headers_mut());
    }
    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    let pattern = route.as_ref().map(MatchedPath::as_str);
    let named = pattern.unwrap_or("unmatched");
    if let Ok(value) = HeaderValue::from_str(&format!("{number:x}")) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        // The unread rest of the body would be taken for the next request.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    log(&response, &struck, (number, method.as_str(), named, status, micros));
    meter(named, status).record(elapsed);
    spans.end(span, &Facts { number, method: method.as_str(), route: pattern, dialect: name, status, elapsed });
    match begun {
        Some(begun) => edge.requests.end(begun, (number, micros), (route, struck), response).await,
        None => response,
    }
}

/// Refuses a body whose type its handler does not read. It runs only before handlers: a path or a method that is not served is refused as such,
/// whatever the body (finnotech.md 1.4, step 2).
pub async fn typed(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let dialect = edge.dialects.of(path);
    let is_wrong = || {
        request.extensions().get::<MatchedPath>().is_some()
            && !request.body().is_end_stream()
            && strict::is_wrong_type(dialect.reads(path), request.headers())
    };
    if !edge.strict.refuses(Rule::ContentType, is_wrong) {
        return next.run(request).await;
    }
    let refused = Asked::of(Arc::clone(dialect), &request).refuse(&Refused::Field("Content-Type".to_owned()));
    // What is kept of a request is kept as it is read.
    drop(request.into_body().collect().await);
    refused
}

/// Writes the log line of a request: number, method, route, status, microseconds.
fn log(response: &Response, struck: &[Struck], (number, method, route, status, micros): (u64, &str, &str, u16, u64)) {
    let id = format_args!("{number:x}");
    let reference = response.extensions().get::<Reference>().map(|reference| reference.0);
    match response.extensions().get::<Cause>() {
        Some(Cause(cause)) => {
            // A database error about a row may contain values of that row.
            let cause = &*without_cards(cause);
            error!(id, method, route, status, micros, reference, cause, "request");
        }
        None => {
            let rule = struck.iter().find(|struck| struck.by == StruckBy::Strict).map(|struck| &*struck.name);
            info!(id, method, route, status, micros, reference, rule, "request");
        }
    }
}

/// The metrics of one route and status, looked up by label once and cached.
#[derive(Clone)]
struct Meter {
    requests: metrics::Counter,
    seconds: metrics::Histogram,
}

impl Meter {
    fn record(&self, elapsed: Duration) {
        self.requests.increment(1);
        self.seconds.record(elapsed.as_secs_f64());
    }
}

type Meters = HashMap<String, HashMap<u16, Meter>>;

fn meter(route: &str, status: u16) -> Meter {
    static METERS: LazyLock<RwLock<Meters>> = LazyLock::new(RwLock::default);
    if let Some(meter) = METERS.read().get(route).and_then(|by_status| by_status.get(&status)) {
        return meter.clone();
    }
    let labels = || route.to_owned();
    let meter = Meter {
        requests: metrics::counter!("daric_requests_total", "route" => labels(), "status" => status.to_string()),
        seconds: metrics::histogram!("daric_request_seconds", "route" => labels()),
    };
    METERS.write().entry(route.to_owned()).or_default().insert(status, meter.clone());
    meter
}
