//! Orders that a payment network is asked for: written first, submitted once, inquired from then on (invariants 5 to 8).

use std::sync::Arc;

use crate::common::network::{TestNetwork, terms};
use crate::common::test_store::{TestStore, each_store};
use crate::common::{self, START_MS, open_deposit, settings};
use engine::{Engine, Fill, Move, Settings};
use ledger::Rial;
use payments::{FirstAnswer, Order, OrderRefusal, Resolution, Settlement, Status, SubmitTransfer, Submitted};
use rstest_reuse::apply;
use store::Location;
use tokio::time::{Duration, advance, pause, resume};

const NUMBER: &str = "300400500600";
const BALANCE: i64 = 1_000_000_000;
const AMOUNT: i64 = 10_000_000;

/// An engine whose network a test speaks for, at a frozen clock.
async fn start(location: &Location) -> (Engine, Arc<TestNetwork>) {
    let network = Arc::new(TestNetwork::default());
    let world = common::world([open_deposit(NUMBER, BALANCE, Some(START_MS))]);
    let settings = Settings { network: network.clone(), ..settings(world, Fill::AtStart) };
    let engine = common::start(location, settings).await;
    engine.move_clock(Move::Set(START_MS)).await.unwrap().unwrap();
    (engine, network)
}

/// An order of this trackId, written and not yet submitted.
async fn written(engine: &Engine, track_id: &str, reference: &str) -> Submitted {
    let grant = Arc::new(common::grant(engine, &[NUMBER.to_owned()]).await);
    let transfer = common::transfer(&grant, track_id, NUMBER, common::NOT_HOSTED);
    let submission = Some(terms(reference, Settlement::ByNetwork));
    engine.run(SubmitTransfer { amount: Rial::new(AMOUNT), submission, ..transfer }).await.unwrap().unwrap()
}

async fn submit(engine: &Engine, track_id: &str, reference: &str) -> Arc<Order> {
    let Submitted::ToNetwork(order, job) = written(engine, track_id, reference).await else { panic!("{reference}") };
    engine.submit(order, job).await
}

async fn stored(engine: &Engine, track_id: &str) -> Order {
    engine.reader().order(common::key(track_id)).await.unwrap().unwrap()
}

/// Posted and available.
async fn balance(engine: &Engine) -> (i64, i64) {
    let account = common::deposit(engine, NUMBER).await.unwrap();
    let account = engine.reader().account(account).await.unwrap().unwrap();
    (account.posted().get(), account.available().get())
}

#[apply(each_store)]
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_gets_the_network_s_answer_in_the_reply_to_its_order(#[case] test_store: TestStore) {
    let (engine, network) = start(&test_store.location()).await;
    for (reference, status, first) in [
        ("done", Status::Done, FirstAnswer::Done),
        ("refused", Status::Failed, FirstAnswer::Refused(OrderRefusal::DestinationNotUsable)),
        ("accepted", Status::Pending, FirstAnswer::Pending),
        ("unknown", Status::Unknown, FirstAnswer::Unknown),
        ("panics", Status::Unknown, FirstAnswer::Unknown),
    ] {
        let order = submit(&engine, reference, reference).await;
        assert_eq!((order.state.status(), order.first), (status, first), "{reference}");
        assert_eq!(stored(&engine, reference).await, *order, "{reference}");
        assert_eq!(network.calls(order.id), (1, 0), "{reference}");
    }
    assert_eq!(balance(&engine).await, (BALANCE - AMOUNT, BALANCE - 4 * AMOUNT), "one done, three held");
    engine.stop().await;
}

/// Longer than a caller waits, and then than a call may take. Databases answer on their own time: it stands still for no read.
async fn wait(passing: Duration) {
    pause();
    advance(passing).await;
    resume();
}

#[apply(each_store)]
#[tokio::test]
async fn a_network_that_never_answers_leaves_the_order_pending_and_then_unknown_and_never_failed(
    #[case] test_store: TestStore,
) {
    let (engine, network) = start(&test_store.location()).await;
    let Submitted::ToNetwork(order, job) = written(&engine, "t-1", "silent then done after 60000").await else {
        panic!("written")
    };
    let id = order.id;
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { engine.submit(order, job).await }
    });
    while network.calls(id) != (1, 0) {
        tokio::task::yield_now().await;
    }
    wait(Duration::from_secs(6)).await;
    let order = waiting.await.unwrap();
    assert_eq!((order.state.status(), order.first), (Status::Pending, FirstAnswer::Pending));
    wait(Duration::from_secs(6)).await;
    engine.finish_work().await;
    // The writer is a thread, for which paused time does not wait.
    let later = loop {
        let order = stored(&engine, "t-1").await;
        if order.state.status() != Status::Pending {
            break order;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((later.state.status(), later.first), (Status::Unknown, FirstAnswer::Pending), "what was told stays");
    assert_eq!(balance(&engine).await, (BALANCE, BALANCE - AMOUNT), "held");
    engine.move_clock(Move::Set(START_MS + 60_000)).await.unwrap().unwrap();
    let done = stored(&engine, "t-1").await;
    assert_eq!((done.state.status(), done.first), (Status::Done, FirstAnswer::Pending));
    assert_eq!(network.calls(id), (1, 1));
    engine.stop().await;
}

/// A second process on the store of a first one, which has written the order `t-1` and ended before its network was asked: its claim has run out at
/// once.
async fn taken_over(location: &Location, reference: &str) -> (Engine, Arc<TestNetwork>) {
    let (engine, _) = start(location).await;
    let grant = Arc::new(common::grant(&engine, &[NUMBER.to_owned()]).await);
    let transfer = common::transfer(&grant, "t-1", NUMBER, common::NOT_HOSTED);
    let mut terms = terms(reference, Settlement::ByNetwork);
    terms.leased_until_ms = 0;
    let amount = Rial::new(AMOUNT);
    engine.run(SubmitTransfer { amount, submission: Some(terms), ..transfer }).await.unwrap().unwrap();
    engine.stop().await;
    drop(engine);
    let network = Arc::new(TestNetwork::default());
    let settings = Settings { network: network.clone(), ..settings(common::world([]), Fill::AtReset) };
    (common::start(location, settings).await, network)
}

/// The order `t-1`, once it has this status.
async fn stored_in(engine: &Engine, status: Status) -> Order {
    loop {
        let order = stored(engine, "t-1").await;
        if order.state.status() == status {
            return order;
        }
        tokio::task::yield_now().await;
    }
}

#[apply(each_store)]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_before_its_report_leaves_an_order_that_is_inquired_and_never_submitted_again(
    #[case] test_store: TestStore,
) {
    let location = test_store.location();
    let (engine, network) = taken_over(&location, "done then done after 0").await;
    let order = stored_in(&engine, Status::Done).await;
    assert_eq!((order.state.status(), order.first), (Status::Done, FirstAnswer::Pending));
    assert_eq!(network.calls(order.id), (0, 1), "inquired only");
    engine.stop().await;
}

/// The process that takes an order over inquires before its network knows the outcome: that inquiry does not replace the one that comes later.
#[apply(each_store)]
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_inquired_too_early_is_inquired_again_when_its_outcome_is_known(
    #[case] test_store: TestStore,
) {
    let location = test_store.location();
    let (engine, network) = taken_over(&location, "unknown then done after 60000").await;
    let order = stored_in(&engine, Status::Unknown).await;
    assert_eq!(network.calls(order.id), (0, 1), "inquired at once");
    engine.move_clock(Move::Set(START_MS + 60_000)).await.unwrap().unwrap();
    assert_eq!((stored(&engine, "t-1").await.state.status(), network.calls(order.id)), (Status::Done, (0, 2)));
    engine.stop().await;
}

#[apply(each_store)]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_is_submitted_again_while_its_caller_waits(#[case] test_store: TestStore) {
    let (engine, network) = start(&test_store.location()).await;
    let Submitted::ToNetwork(order, job) = written(&engine, "t-1", "not-sent:3").await else { panic!("written") };
    let id = order.id;
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { engine.submit(order, job).await }
    });
    for (again, after_ms) in [(1, 1_000), (2, 6_000)] {
        while network.calls(id).0 < again
            || engine.reader().jobs_about(id.0).await.unwrap().iter().all(|job| job.tries < i64::from(again))
        {
            tokio::task::yield_now().await;
        }
        engine.move_clock(Move::Set(START_MS + after_ms)).await.unwrap().unwrap();
    }
    let order = waiting.await.unwrap();
    assert_eq!((order.state.status(), order.first), (Status::Done, FirstAnswer::Done));
    assert_eq!(network.calls(id), (3, 0));
    engine.stop().await;
}

#[apply(each_store)]
#[tokio::test(flavor = "multi_thread")]
async fn a_moved_clock_returns_when_every_inquiry_that_is_due_has_been_answered(#[case] test_store: TestStore) {
    let (engine, network) = start(&test_store.location()).await;
    let mut orders = Vec::new();
    for at in 0..20 {
        let order = submit(&engine, &format!("t-{at}"), &format!("unknown then done after {}", 1_000 + at % 3)).await;
        orders.push(order.id);
    }
    let ran = engine.move_clock(Move::Set(START_MS + 60_000)).await.unwrap().unwrap();
    assert_eq!(ran, 20);
    for (at, id) in orders.into_iter().enumerate() {
        assert_eq!(stored(&engine, &format!("t-{at}")).await.state.status(), Status::Done, "{at}");
        assert_eq!(network.calls(id), (1, 1), "{at}");
    }
    assert_eq!(balance(&engine).await, (BALANCE - 20 * AMOUNT, BALANCE - 20 * AMOUNT));
    engine.stop().await;
}

#[apply(each_store)]
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_operators_decided_before_it_was_sent_is_not_sent(#[case] test_store: TestStore) {
    let (engine, network) = start(&test_store.location()).await;
    let Submitted::ToNetwork(order, job) = written(&engine, "t-1", "done").await else { panic!("written") };
    let order_name = payments::OrderRef::Number(order.id);
    engine.run(payments::ResolveOrder { order: order_name, resolution: Resolution::Failed }).await.unwrap().unwrap();
    let id = order.id;
    let order = engine.submit(order, job).await;
    assert_eq!((order.state.status(), network.calls(id)), (Status::Failed, (0, 0)));
    assert_eq!(balance(&engine).await, (BALANCE, BALANCE));
    engine.stop().await;
}
