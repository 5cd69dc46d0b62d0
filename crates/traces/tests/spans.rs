//! What a span says, and which requests have one.

use std::time::Duration;

use axum::http::HeaderMap;
use edge::spans::{Facts, Spans as _};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use crate::collector::{Answers, Collector, attributes, decoded, spans, traces_to};

const ROUTE: &str = "/oak/v2/clients/{client}/transferTo";
/// The caller's trace and span, which it records.
const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// The same, which the caller does not record.
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
const TRACE: [u8; 16] = [10, 247, 101, 25, 22, 205, 67, 221, 132, 72, 235, 33, 28, 128, 49, 156];
const PARENT: [u8; 8] = [183, 173, 107, 113, 105, 32, 51, 49];

fn facts(number: u64) -> Facts<'static> {
    let elapsed = Duration::from_millis(250);
    Facts { number, method: "POST", route: Some(ROUTE), dialect: "finnotech", status: 200, elapsed }
}

fn headers(traceparent: Option<&str>) -> HeaderMap {
    traceparent.into_iter().map(|value| ("traceparent".parse().unwrap(), value.parse().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_of_the_trace_that_its_caller_names() {
    let mut collector = Collector::start(Answers::Ok).await;
    let traces = traces_to(collector.address, 1.0);
    let cases = [
        (facts(1), Some(SAMPLED), "POST /oak/v2/clients/{client}/transferTo", "http.request.method=POST"),
        (Facts { route: None, status: 404, ..facts(2) }, None, "POST", "http.request.method=POST"),
        (Facts { status: 503, ..facts(3) }, None, "POST /oak/v2/clients/{client}/transferTo", "error.type=503"),
        (
            Facts { method: "BREW", route: None, status: 405, ..facts(26) },
            Some("0"),
            "HTTP",
            "http.request.method=_OTHER",
        ),
    ];
    for (facts, traceparent, ..) in &cases {
        traces.end(traces.begin(&headers(*traceparent)), facts);
    }
    traces.stop().await;
    let resources = decoded(&collector.bodies());
    let of_service = attributes(&resources[0].resource.as_ref().unwrap().attributes);
    for attribute in ["service.name=daric", "service.version=1.2.3"] {
        assert!(of_service.iter().any(|known| known == attribute), "{of_service:?}");
    }
    let spans = spans(&resources);
    assert_eq!(spans.len(), cases.len());
    for (span, (facts, traceparent, name, attribute)) in spans.iter().zip(&cases) {
        let parent: &[u8] = if *traceparent == Some(SAMPLED) { &PARENT } else { &[] };
        assert_eq!((&*span.name, &*span.parent_span_id), (*name, parent));
        assert_eq!(span.trace_id == TRACE, !parent.is_empty(), "{name}");
        assert_eq!(span.kind, i32::from(SpanKind::Server), "{name}");
        assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, 250_000_000, "{name}");
        let code = if facts.status >= 500 { StatusCode::Error } else { StatusCode::Unset };
        assert_eq!(span.status.as_ref().unwrap().code, i32::from(code), "{name}");
        let said = attributes(&span.attributes);
        let mut expected = vec![
            "daric.dialect=finnotech".to_owned(),
            format!("daric.request_id={:x}", facts.number),
            format!("http.response.status_code={}", facts.status),
            (*attribute).to_owned(),
        ];
        expected.extend(facts.route.map(|route| format!("http.route={route}")));
        assert!(expected.iter().all(|attribute| said.contains(attribute)), "{said:?}");
        // Nothing else is said.
        let errors = usize::from(facts.status >= 500);
        assert_eq!(said.len(), 4 + errors + usize::from(facts.route.is_some()), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_span_has_what_a_caller_has_written() {
    let mut collector = Collector::start(Answers::Ok).await;
    let traces = traces_to(collector.address, 1.0);
    let malformed = format!("{SAMPLED}-SECRET");
    for traceparent in [SAMPLED, "SECRET", &malformed] {
        let mut headers = headers(Some(traceparent));
        for name in ["authorization", "baggage", "cookie", "tracestate", "_token_", "x-secret"] {
            headers.insert(name, "vendor=SECRET".parse().unwrap());
        }
        traces.end(traces.begin(&headers), &Facts { method: "SECRET", ..facts(1) });
    }
    traces.stop().await;
    let bodies = collector.bodies();
    assert_eq!(spans(&decoded(&bodies)).len(), 3);
    for body in bodies {
        assert!(!body.to_ascii_uppercase().windows(6).any(|bytes| bytes == b"SECRET"), "{body:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_that_begins_here_is_sampled_and_any_other_follows_its_caller() {
    for (sampling, traceparent, sent) in [
        (1.0, None, 100),
        (0.0, None, 0),
        (0.0, Some(SAMPLED), 100),
        (1.0, Some(UNSAMPLED), 0),
        // What cannot be read names no trace.
        (1.0, Some("00-0-0-00"), 100),
        (0.0, Some("01"), 0),
    ] {
        let mut collector = Collector::start(Answers::Ok).await;
        let traces = traces_to(collector.address, sampling);
        for number in 0..100 {
            traces.end(traces.begin(&headers(traceparent)), &facts(number));
        }
        traces.stop().await;
        assert_eq!(spans(&decoded(&collector.bodies())).len(), sent, "{sampling} {traceparent:?}");
    }
}
