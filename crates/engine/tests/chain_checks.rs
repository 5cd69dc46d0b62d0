//! What a process knows of the hash chains: only what it has compared itself since it began.

use crate::common::{self, open_deposit, settings};
use cluster::{Cluster, FORGETFUL};
use engine::{ChainCheck, Fill};
use store::{Location, TIMEOUT};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_knows_that_the_chains_are_whole_when_it_has_compared_all_links() {
    let cluster = Cluster::start(&std::env::temp_dir(), FORGETFUL).unwrap();
    cluster.create_database("checks").unwrap();
    let location = Location::Database { url: cluster.url("checks"), timeout: TIMEOUT };
    let world = || common::world([open_deposit("1000000001", 1_000_000_000, Some(0))]);
    let engine = common::start(&location, settings(world(), Fill::AtStart)).await;
    engine.seal().await.unwrap();
    assert_eq!(engine.chain_check(), ChainCheck::Unfinished);
    engine.compare_links().await.unwrap();
    let ChainCheck::Whole { since_ms: whole_ms } = engine.chain_check() else { panic!("{:?}", engine.chain_check()) };
    let change = |by: i64| {
        let text = format!("UPDATE transfer SET amount = amount + {by} WHERE id = (SELECT min(id) FROM transfer)");
        cluster.sql("checks", &text).unwrap();
    };
    change(1);
    // What another process has found is not known here, and not that there is nothing to find.
    let other = common::start(&location, settings(world(), Fill::AtStart)).await;
    assert_eq!(other.chain_check(), ChainCheck::Unfinished);
    let mut seen_ms = whole_ms;
    for process in [&engine, &other] {
        process.compare_links().await.unwrap();
        let ChainCheck::Broken { what, seen_at_ms } = process.chain_check() else { panic!("the change is not found") };
        assert!(what.starts_with("ledger: ") && seen_at_ms >= seen_ms, "{what} at {seen_at_ms}");
        seen_ms = seen_at_ms;
    }
    change(-1);
    engine.compare_links().await.unwrap();
    let ChainCheck::Whole { since_ms } = engine.chain_check() else { panic!("{:?}", engine.chain_check()) };
    assert!(since_ms > seen_ms, "all links were compared after the change was found: {since_ms} and {seen_ms}");
    assert!(matches!(other.chain_check(), ChainCheck::Broken { .. }), "the other process has not looked again");
    engine.stop().await;
    other.stop().await;
}
