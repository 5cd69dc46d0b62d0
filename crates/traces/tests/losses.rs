//! A collector that takes nothing: no request waits for it, and what is lost is counted.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use edge::spans::{Facts, Spans as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use traces::{BATCH, QUEUE, STOP_TIMEOUT};

use crate::collector::{Answers, Collector, traces_to};

/// The lost spans of a reason.
fn lost(metrics: &PrometheusHandle, reason: &str) -> usize {
    let name = format!("daric_spans_lost_total{{reason=\"{reason}\"}} ");
    let metrics = metrics.render();
    metrics.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
}

/// Makes so many spans for a collector, and stops; returns the time of the stop.
async fn make(spans: usize, address: SocketAddr) -> Duration {
    let traces = traces_to(address, 1.0);
    let elapsed = Duration::from_millis(1);
    let facts = Facts { number: 1, method: "GET", route: None, dialect: "other", status: 200, elapsed };
    for _ in 0..spans {
        traces.end(traces.begin(&HeaderMap::new()), &facts);
    }
    let stopping = Instant::now();
    traces.stop().await;
    stopping.elapsed()
}

/// One test, because the metrics are of the whole program.
#[tokio::test(flavor = "multi_thread")]
async fn lost_spans_are_counted_by_reason_and_a_stop_does_not_wait_for_long() {
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    // Its port is closed again.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    make(3, closed).await;
    assert_eq!((lost(&metrics, "collector"), lost(&metrics, "queue")), (3, 0));
    make(2, Collector::start(Answers::Unavailable).await.address).await;
    assert_eq!((lost(&metrics, "collector"), lost(&metrics, "queue")), (5, 0));
    // One batch is on its way at most, and the queue takes no more than it holds.
    let silent = Collector::start(Answers::Never).await;
    let stop = make(2 * QUEUE + BATCH, silent.address).await;
    assert!((QUEUE..=QUEUE + BATCH).contains(&lost(&metrics, "queue")), "{}", metrics.render());
    assert!(stop < 2 * STOP_TIMEOUT, "{stop:?}");
}
