//! A collector on a free port, and a server's traces that go to it.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use traces::{Settings, Traces};

/// How a collector answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// It takes each batch.
    Ok,
    /// 503.
    Unavailable,
    /// It receives requests and never answers.
    Never,
}

/// See the module.
pub struct Collector {
    pub address: SocketAddr,
    received: mpsc::UnboundedReceiver<Bytes>,
}

impl Collector {
    pub async fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = mpsc::unbounded_channel();
        let router = Router::new().route("/v1/traces", post(receive)).with_state((answers, sender));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, received }
    }

    /// The bodies that were received and not read.
    pub fn bodies(&mut self) -> Vec<Bytes> {
        std::iter::from_fn(|| self.received.try_recv().ok()).collect()
    }
}

async fn receive(
    State((answers, sender)): State<(Answers, mpsc::UnboundedSender<Bytes>)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    sender.send(body).unwrap();
    match answers {
        Answers::Ok => StatusCode::OK,
        Answers::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Answers::Never => std::future::pending().await,
    }
}

/// Traces that go to an address.
pub fn traces_to(address: SocketAddr, sampling: f64) -> Traces {
    let endpoint = format!("http://{address}/v1/traces").parse().unwrap();
    let client = rails::collector_client(&rails::DnsResolver::of(Vec::new())).unwrap();
    Traces::start(Settings { endpoint, sampling, version: "1.2.3" }, client, Handle::current())
}

/// The spans of each resource.
pub fn decoded(bodies: &[Bytes]) -> Vec<ResourceSpans> {
    bodies.iter().flat_map(|body| ExportTraceServiceRequest::decode(&**body).unwrap().resource_spans).collect()
}

/// All spans, in the order in which they were sent.
pub fn spans(resources: &[ResourceSpans]) -> Vec<&Span> {
    resources.iter().flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans).collect()
}

/// Attributes as `name=value`, sorted.
pub fn attributes(attributes: &[KeyValue]) -> Vec<String> {
    let text = |attribute: &KeyValue| match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(value)) => format!("{}={value}", attribute.key),
        Some(Value::IntValue(value)) => format!("{}={value}", attribute.key),
        other => panic!("{}: {other:?}", attribute.key),
    };
    let mut texts: Vec<String> = attributes.iter().map(text).collect();
    texts.sort();
    texts
}
