//! A start compares the machine's clock with the store.

use crate::harness;

use harness::client::{Call, Client};
use harness::server::{Home, Launch, Server, postgres};
use harness::world::Caller;

/// Starts on a store whose newest rows are this many days from now; returns the log and the metrics.
async fn start_with_rows_moved_by(days: i64) -> (String, String) {
    let home = Home::on_postgres("clock");
    let server = Server::start(&home, Launch::default());
    Caller::at(server.address).await.issue_to_ali("billNumber=1").await;
    server.stop();
    let moved = format!(
        "UPDATE transfer SET at_ms = CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT) - 1000 + {}",
        days * 86_400_000
    );
    postgres().sql(home.database(), &moved).unwrap();
    let server = Server::start(&home, Launch::default());
    let mut client = Client::connect(server.address).await.unwrap();
    let metrics = client.send(&Call::get("/metrics")).await.unwrap();
    server.stop();
    (home.printed(), String::from_utf8_lossy(&metrics.body).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_compares_the_clock_with_the_last_instant_of_the_store() {
    for (days, kind, said) in [
        (1, "clock behind", "the machine's clock stands behind the last instant of the store"),
        (-8, "clock ahead", "the machine's clock stands far beyond the last instant of the store"),
    ] {
        let (printed, metrics) = start_with_rows_moved_by(days).await;
        assert!(printed.contains(said), "{printed}");
        assert!(metrics.contains(&format!("daric_alarms_total{{kind=\"{kind}\"}} 1")), "{metrics}");
    }
    for days in [0, -6] {
        let (printed, metrics) = start_with_rows_moved_by(days).await;
        assert!(!printed.contains("last instant of the store"), "{days}: {printed}");
        assert!(!metrics.contains("daric_alarms_total{kind=\"clock"), "{days}: {metrics}");
    }
}
