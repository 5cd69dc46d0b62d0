//! Sealing the hash chains while commands run, and comparing links with what is stored.

use std::sync::Arc;

use crate::common::test_store::{TestStore, each_store};
use crate::common::{self, open_deposit, settings};
use engine::{ChainHead, Engine, Fill};
use payments::Chain;
use rstest_reuse::apply;

const NUMBERS: [&str; 2] = ["1000000001", "1000000002"];

/// The place of the ledger's last link, and how many of its rows no link covers.
async fn ledger(engine: &Engine) -> (Option<i64>, i64) {
    let heads = engine.chain_heads().await.unwrap();
    let ChainHead { head, unsealed, .. } = heads.into_iter().find(|head| head.chain == Chain::Ledger).unwrap();
    (head.map(|head| head.key.number), unsealed)
}

/// The lines of a verification of what is stored, which has a runtime of its own.
fn verified(engine: &Engine) -> (u64, Vec<String>) {
    let reader = engine.reader();
    let report = std::thread::scope(|scope| scope.spawn(|| store::verify(reader, &mut |_, _| {})).join());
    let report = report.unwrap().unwrap();
    (report.differences, report.listed)
}

#[apply(each_store)]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_sealed_and_its_links_are_compared(#[case] test_store: TestStore) {
    let world = common::world(NUMBERS.map(|number| open_deposit(number, 1_000_000_000, Some(0))));
    let engine = common::start(&test_store.location(), settings(world, Fill::AtStart)).await;
    let grant = Arc::new(common::grant(&engine, &NUMBERS.map(str::to_owned)).await);
    for round in 1..4 {
        let transfer = common::transfer(&grant, &format!("t-{round}"), NUMBERS[0], NUMBERS[1]);
        engine.run(transfer).await.unwrap().unwrap();
        assert!(ledger(&engine).await.1 > 0);
        engine.seal().await.unwrap();
        assert_eq!(ledger(&engine).await, (Some(round), 0));
    }
    engine.seal().await.unwrap();
    assert_eq!(ledger(&engine).await, (Some(3), 0), "there is nothing to seal");
    engine.compare_links().await.unwrap();
    assert_eq!(engine.chain_fault(), None);
    // Two rounds at once append each link once.
    let transfer = common::transfer(&grant, "t-4", NUMBERS[0], NUMBERS[1]);
    engine.run(transfer).await.unwrap().unwrap();
    let (one, other) = tokio::join!(engine.seal(), engine.seal());
    one.unwrap();
    other.unwrap();
    assert_eq!(ledger(&engine).await, (Some(4), 0));
    assert_eq!(verified(&engine), (0, Vec::new()));
    // Another world has chains of its own.
    engine.reset(None).await.unwrap();
    assert_eq!(ledger(&engine).await.0, None);
    engine.compare_links().await.unwrap();
    engine.seal().await.unwrap();
    engine.compare_links().await.unwrap();
    assert_eq!((ledger(&engine).await, engine.chain_fault()), ((Some(1), 0), None));
    engine.stop().await;
}

#[apply(each_store)]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_over_rows_of_a_world_that_was_replaced_is_not_written(#[case] test_store: TestStore) {
    let location = test_store.location();
    let world = || common::world(NUMBERS.map(|number| open_deposit(number, 1_000_000_000, Some(0))));
    let start = || common::start(&location, settings(world(), Fill::AtStart));
    let engine = start().await;
    // A database has another process, which replaces the world.
    let other = match &test_store {
        TestStore::Database(_) => Some(start().await),
        TestStore::Directory(_) => None,
    };
    let below = engine.reader().seal_horizon().await.unwrap();
    let link = engine.read_link(Chain::Ledger, below).await.unwrap().unwrap();
    other.as_ref().unwrap_or(&engine).reset(None).await.unwrap();
    assert_eq!(engine.write_link(link).await.unwrap(), None);
    assert_eq!(ledger(&engine).await.0, None, "the new world has no link yet");
    engine.seal().await.unwrap();
    assert_eq!(ledger(&engine).await, (Some(1), 0));
    assert_eq!(verified(&engine), (0, Vec::new()));
    engine.stop().await;
    if let Some(other) = other {
        other.stop().await;
    }
}
