//! Traces of requests, in a program that is built with the feature `otlp`. Any other program has none.

use std::error::Error;

use rails::DnsResolver;

use crate::settings::TraceSettings;

/// Makes the spans of requests.
#[cfg(feature = "otlp")]
pub use traces::Traces;

/// Makes no spans.
#[cfg(not(feature = "otlp"))]
pub type Traces = edge::spans::NoSpans;

/// Starts to send traces, if a collector is named.
#[cfg(feature = "otlp")]
pub fn start(settings: Option<TraceSettings>, dns: &DnsResolver) -> Result<Option<Traces>, Box<dyn Error>> {
    let Some(TraceSettings { endpoint, sampling }) = settings else { return Ok(None) };
    tracing::info!(%endpoint, sampling, "traces of requests are sent to a collector");
    let client = rails::collector_client(dns)?;
    let settings = traces::Settings { endpoint, sampling, version: env!("CARGO_PKG_VERSION") };
    Ok(Some(Traces::start(settings, client, tokio::runtime::Handle::current())))
}

/// The settings of this program name no collector.
#[cfg(not(feature = "otlp"))]
pub fn start(_settings: Option<TraceSettings>, _dns: &DnsResolver) -> Result<Option<Traces>, Box<dyn Error>> {
    Ok(None)
}

/// Sends the last spans.
#[cfg(feature = "otlp")]
pub async fn stop(traces: Traces) {
    traces.stop().await;
}

/// There are none.
#[cfg(not(feature = "otlp"))]
pub async fn stop(_traces: Traces) {}
