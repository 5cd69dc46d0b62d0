//! What a collector of traces gets from a server. What a span says is tested in `crates/traces`.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::net::TcpListener;

use harness::client::Call;
use harness::provider::Provider;
use harness::server::{Home, Launch, Server};
use harness::world::{Caller, World, fifty_thousand};

/// A caller's trace, which it records.
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[apply(each_store)]
async fn a_collector_gets_the_routes_of_requests_and_nothing_that_a_caller_wrote(#[case] _on: OnStore) {
    let mut collector = Provider::start().await;
    let endpoint = format!("http://{}", collector.address);
    let mut world = World::launch("traces", Launch { args: &["--otlp-endpoint", &endpoint], env: &[] }).await;
    let token = world.named_token("code062").await.unwrap();
    world.transfer(&token, "secret-track-id", &fifty_thousand()).await.unwrap();
    let unmatched = Call::new("BREW", "/secret-path?secret=secret-query");
    world.send(&unmatched.header("x-secret", "secret-header").header("tracestate", "a=secret")).await.unwrap();
    let World { server, home, .. } = world;
    server.stop();
    let sent = collector.unread().concat();
    for said in [
        "POST /v1/traces HTTP/1.1",
        "POST /oak/v2/clients/{client}/transferTo",
        "http.response.status_code",
        "daric.request_id",
        "finnotech",
        "_OTHER",
        "service.version",
    ] {
        assert!(sent.contains(said), "{said}: {sent}");
    }
    for secret in ["secret", "demo-admin-token", "0302876214008", "BREW", &token.value] {
        assert!(!sent.contains(secret), "{secret}: {sent}");
    }
    assert!(!home.printed().contains("spans of requests were lost"), "{}", home.printed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_a_recorded_trace_has_a_span_however_few_others_have_one() {
    let mut collector = Provider::start().await;
    let endpoint = format!("http://{}/collect", collector.address);
    let home = Home::in_directory("traces-sampling");
    let args = ["--otlp-endpoint", &endpoint, "--otlp-sampling", "0"];
    let server = Server::start(&home, Launch { args: &args, env: &[] });
    let mut caller = Caller::at(server.address).await;
    caller.send(&Call::get("/livez").header("traceparent", TRACEPARENT)).await.unwrap();
    caller.send(&Call::get("/readyz").header("traceparent", &TRACEPARENT.replace("-01", "-00"))).await.unwrap();
    server.stop();
    let sent = collector.unread().concat();
    assert_eq!((sent.matches("POST /collect HTTP/1.1").count(), sent.matches("GET /livez").count()), (1, 1), "{sent}");
    assert!(!sent.contains("GET /readyz") && !sent.contains("/dev/v2"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_is_logged_once_and_no_request_fails() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = Home::in_directory("traces-down");
    let endpoint = format!("http://{closed}");
    let server = Server::start(&home, Launch { args: &["--otlp-endpoint", &endpoint], env: &[] });
    let mut caller = Caller::at(server.address).await;
    let (mut counts, lost) = (Vec::new(), "daric_spans_lost_total{reason=\"collector\"} ");
    // Until several batches are lost.
    while counts.len() < 3 {
        let metrics = caller.send(&Call::get("/metrics")).await.unwrap();
        assert_eq!(metrics.status, 200);
        let text = String::from_utf8_lossy(&metrics.body).into_owned();
        let count = text.lines().find_map(|line| line.strip_prefix(lost)).map(str::to_owned);
        if let Some(count) = count.filter(|count| counts.last() != Some(count)) {
            counts.push(count);
        }
        tokio::task::yield_now().await;
    }
    let token = caller.named_token("code062").await.unwrap();
    caller.transfer(&token, "traces-down", &fifty_thousand()).await.unwrap();
    server.stop();
    let printed = home.printed();
    assert_eq!(printed.matches("spans of requests were lost").count(), 1, "{printed}");
    assert!(printed.contains("it cannot be reached") && !printed.contains("opentelemetry"), "{printed}");
}
