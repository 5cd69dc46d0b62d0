//! Traces: a span for each request, sent to an OpenTelemetry collector by OTLP (protobuf over HTTP).
//!
//! Shape: [`Traces`] makes the span of a finished request; `queue.rs` keeps it for a moment, and counts the spans for which there is no room; a
//! dedicated thread of the SDK passes batches to `collector.rs`, which sends them; `losses.rs` counts and warns.
//! Limits: [`QUEUE`] spans wait, [`BATCH`] are sent together. A batch that the collector does not take is counted and not sent again.
//! Absent: paths, queries, bodies, and all headers except `traceparent` (`tracestate` is text of the caller).

mod collector;
mod losses;
mod queue;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;
use edge::spans::{Facts, Spans};
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider};
use reqwest::{Client, Url};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tracing::warn;

use collector::Collector;
use losses::Losses;
pub use queue::{BATCH, QUEUE};
use queue::{Queue, Waiting};

/// How long a span waits for others at most.
const GATHER: Duration = Duration::from_secs(1);
/// How long a stop waits for the last spans.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// The header that names the caller's trace and span (W3C Trace Context).
const TRACEPARENT: &str = "traceparent";
/// The methods that a span names. Any other is text of the caller.
const METHODS: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// Where spans go, and how many of them.
#[derive(Debug)]
pub struct Settings {
    /// The collector's address for traces, with its path.
    pub endpoint: Url,
    /// The part of the traces that begin here that is sent, from 0 to 1. A trace that began elsewhere follows the decision of its caller.
    pub sampling: f64,
    /// The version of the service.
    pub version: &'static str,
}

/// Makes spans and sends them. Clones share the queue.
#[derive(Clone, Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Starts to send spans by this client, whose requests run on this runtime.
    pub fn start(settings: Settings, client: Client, runtime: Handle) -> Self {
        let (waiting, losses) = (Waiting::default(), Arc::new(Losses::default()));
        let collector = Collector::new(settings.endpoint, client, runtime, waiting.clone(), Arc::clone(&losses));
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(GATHER)
            .build();
        let resource = Resource::builder()
            .with_service_name("daric")
            .with_attribute(KeyValue::new("service.version", settings.version))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sampling))))
            .with_resource(resource)
            .with_span_processor(Queue::new(BatchSpanProcessor::new(collector, batches), waiting, losses))
            .build();
        Self { tracer: provider.tracer("daric"), provider }
    }

    /// Sends the spans that wait, for [`STOP_TIMEOUT`] at most.
    pub async fn stop(self) {
        let stopped = spawn_blocking(move || self.provider.shutdown_with_timeout(STOP_TIMEOUT)).await;
        if !matches!(stopped, Ok(Ok(()))) {
            warn!("the last spans of requests were lost: the collector did not take them in time");
        }
    }
}

impl Spans for Traces {
    /// The caller's span, if it named one.
    type Begun = Context;

    fn begin(&self, headers: &HeaderMap) -> Context {
        match headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()) {
            None => Context::new(),
            Some(value) => TraceContextPropagator::new().extract_with_context(&Context::new(), &Traceparent(value)),
        }
    }

    fn end(&self, caller: Context, facts: &Facts<'_>) {
        let ended = SystemTime::now();
        let started = ended.checked_sub(facts.elapsed).unwrap_or(ended);
        let method = METHODS.into_iter().find(|known| *known == facts.method);
        let builder = self.tracer.span_builder(name(method, facts.route));
        let builder = builder.with_kind(SpanKind::Server).with_start_time(started);
        let mut span = self.tracer.build_with_context(builder, &caller);
        if !span.is_recording() {
            return;
        }
        span.set_attributes([
            KeyValue::new("http.request.method", method.unwrap_or("_OTHER")),
            KeyValue::new("http.response.status_code", i64::from(facts.status)),
            KeyValue::new("daric.request_id", format!("{:x}", facts.number)),
            KeyValue::new("daric.dialect", facts.dialect),
        ]);
        if let Some(route) = facts.route {
            span.set_attribute(KeyValue::new("http.route", route.to_owned()));
        }
        if facts.status >= 500 {
            span.set_attribute(KeyValue::new("error.type", facts.status.to_string()));
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(ended);
    }
}

/// The name of a span, as OpenTelemetry's conventions have it.
fn name(method: Option<&'static str>, route: Option<&str>) -> Cow<'static, str> {
    let method = method.unwrap_or("HTTP");
    match route {
        None => Cow::Borrowed(method),
        Some(route) => Cow::Owned(format!("{method} {route}")),
    }
}

/// One header, and no other.
struct Traceparent<'a>(&'a str);

impl Extractor for Traceparent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}
