//! Sends batches of spans to a collector.

use std::fmt;
use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prost::Message as _;
use reqwest::{Client, Url};
use tokio::runtime::Handle;

use crate::losses::{Losses, Reason};
use crate::queue::Waiting;

/// See the module.
pub(crate) struct Collector {
    endpoint: Url,
    client: Client,
    runtime: Handle,
    resource: ResourceAttributesWithSchema,
    waiting: Waiting,
    losses: Arc<Losses>,
}

impl Collector {
    pub(crate) fn new(endpoint: Url, client: Client, runtime: Handle, waiting: Waiting, losses: Arc<Losses>) -> Self {
        Self { endpoint, client, runtime, resource: ResourceAttributesWithSchema::default(), waiting, losses }
    }

    /// Sends one batch; the error says why the collector does not have it.
    async fn send(&self, body: Vec<u8>) -> Result<(), String> {
        let request = self.client.post(self.endpoint.clone()).header(CONTENT_TYPE, "application/x-protobuf").body(body);
        // Batches come on a thread of the SDK, and the client needs the runtime, from the first step on.
        match self.runtime.spawn(async move { request.send().await }).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => Err(format!("it answered {}", response.status().as_u16())),
            Ok(Err(error)) => Err(what(&error).to_owned()),
            Err(_) => Err("the server has stopped".to_owned()),
        }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

impl SpanExporter for Collector {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.leave(spans);
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let sent = self.send(ExportTraceServiceRequest { resource_spans }.encode_to_vec()).await;
        if sent.is_err() {
            self.losses.count(Reason::Collector, spans);
        }
        self.losses.warn(sent.err().as_deref());
        // The SDK would log each error.
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

/// A description of an error without the address.
fn what(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "it cannot be reached"
    } else {
        "the request broke off"
    }
}
