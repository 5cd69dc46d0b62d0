//! The engine on a real store: overload, stopping, the clock, and sessions.

use crate::common;

use std::sync::Arc;

use crate::common::{BANK, client, key, open_deposit, register, settings};
use engine::{Engine, Error, Fill, Move, World};
use ledger::{AccountId, Rial};
use payments::{
    Client, ClientId, ClockMode, ClockWouldGoBack, DepositKey, Digest, Grant, IssueGrant, NoLiveToken, RevokeToken,
    SubmitTransfer, Submitted,
};

/// The store of a test.
struct Home(common::Directory);

impl Home {
    fn new(name: &str) -> Self {
        Self(common::Directory::new(name))
    }

    async fn start(&self) -> Engine {
        common::start(&self.0.location(64), settings(world(), Fill::AtStart)).await
    }
}

const NUMBERS: [&str; 2] = ["1000000001", "1000000002"];

fn world() -> World {
    common::world(NUMBERS.map(|number| open_deposit(number, 1_000_000_000, Some(0))))
}

async fn grant(engine: &Engine) -> Grant {
    common::grant(engine, &NUMBERS.map(str::to_owned)).await
}

fn transfer(grant: &Arc<Grant>, track_id: &str) -> SubmitTransfer {
    common::transfer(grant, track_id, NUMBERS[0], NUMBERS[1])
}

/// More than the queue and a batch can hold.
const FLOOD: usize = 30_000;

#[tokio::test(flavor = "current_thread")]
async fn a_full_queue_answers_busy_and_leaves_no_trace() {
    let home = Home::new("flood");
    let engine = home.start().await;
    let grant = Arc::new(grant(&engine).await);
    // The first poll of each puts it into the queue; nothing is awaited until all have been polled.
    let calls: Vec<_> = (0..FLOOD)
        .map(|number| {
            let (engine, command) = (engine.clone(), transfer(&grant, &format!("flood-{number}")));
            tokio::spawn(async move { engine.run(command).await })
        })
        .collect();
    let (mut done, mut busy) = (Vec::new(), Vec::new());
    for (number, call) in calls.into_iter().enumerate() {
        match call.await.unwrap() {
            Ok(Ok(Submitted::Ordered(_))) => done.push(number),
            Err(Error::Busy) => busy.push(number),
            other => panic!("flood-{number}: {other:?}"),
        }
    }
    assert!(!busy.is_empty() && done.len() >= 8_192, "{} done, {} busy", done.len(), busy.len());
    for (numbers, there) in [(&done, true), (&busy, false)] {
        for number in numbers.iter().step_by(97) {
            let order = engine.reader().order(key(&format!("flood-{number}"))).await.unwrap();
            assert_eq!(order.is_some(), there, "flood-{number}");
        }
    }
    let source = engine.reader().deposit(DepositKey::new(BANK, NUMBERS[0])).await.unwrap().unwrap();
    assert_eq!(source.1.posted(), Rial::new(1_000_000_000 - done.len() as i64));
    let report = store::verify(engine.reader(), &mut |_, _| {}).unwrap();
    assert_eq!((report.differences, report.totals.orders), (0, done.len() as u64));
}

#[tokio::test]
async fn what_has_queued_is_answered_before_the_engine_stops_and_nothing_is_taken_after() {
    let home = Home::new("stop");
    let engine = home.start().await;
    let grant = Arc::new(grant(&engine).await);
    let calls: Vec<_> = (0..200)
        .map(|number| {
            let (engine, command) = (engine.clone(), transfer(&grant, &format!("last-{number}")));
            tokio::spawn(async move { engine.run(command).await })
        })
        .collect();
    engine.stop().await;
    assert!(matches!(engine.run(transfer(&grant, "late")).await, Err(Error::Stopping)));
    assert!(!engine.is_running());
    let mut done = Vec::new();
    for (number, call) in calls.into_iter().enumerate() {
        match call.await.unwrap() {
            Ok(Ok(Submitted::Ordered(_))) => done.push(number),
            // It came too late to be taken, or stood in the queue behind the stop: not written in both cases.
            Err(Error::Stopping) => {}
            other => panic!("last-{number}: {other:?}"),
        }
    }
    drop(engine);
    let engine = home.start().await;
    for number in 0..200 {
        let order = engine.reader().order(key(&format!("last-{number}"))).await.unwrap();
        assert_eq!(order.is_some(), done.contains(&number), "last-{number}");
    }
    assert!(engine.reader().order(key("late")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_frozen_clock_survives_a_restart_and_only_the_first_move_of_a_fresh_world_goes_back() {
    let home = Home::new("clock");
    let engine = home.start().await;
    assert_eq!(engine.clock().mode(), ClockMode::System);
    assert_eq!(engine.move_clock(Move::Set(5_000)).await.unwrap(), Ok(0), "back to 1970");
    assert_eq!(engine.move_clock(Move::Set(4_999)).await.unwrap(), Err(ClockWouldGoBack));
    assert_eq!(engine.move_clock(Move::Set(5_000)).await.unwrap(), Ok(0), "where it is");
    engine.stop().await;
    drop(engine);

    let engine = home.start().await;
    assert_eq!(engine.clock().now_ms(), 5_000);
    assert_eq!(engine.move_clock(Move::Set(4_999)).await.unwrap(), Err(ClockWouldGoBack));
    assert_eq!(engine.move_clock(Move::Run(0)).await.unwrap(), Ok(0));
    assert_eq!(engine.move_clock(Move::Set(5_000)).await.unwrap(), Err(ClockWouldGoBack));
    engine.reset(None).await.unwrap();
    assert_eq!(engine.move_clock(Move::Run(0)).await.unwrap(), Ok(0), "which is no set");
    assert_eq!(engine.move_clock(Move::Set(1_000)).await.unwrap(), Ok(0), "a reset world is fresh");
    engine.reset(None).await.unwrap();
    engine.stop().await;
    drop(engine);
    let engine = home.start().await;
    assert_eq!(engine.move_clock(Move::Set(999)).await.unwrap(), Ok(0), "and still is after a restart");
}

#[tokio::test]
async fn a_running_clock_keeps_its_distance_to_the_machine_s_over_a_restart() {
    const DAY_MS: i64 = 86_400_000;
    let home = Home::new("clock-ahead");
    let engine = home.start().await;
    let ahead_ms = |engine: &Engine| engine.clock().now_ms() - engine.clock().system_ms();
    assert_eq!(engine.move_clock(Move::Run(DAY_MS)).await.unwrap(), Ok(0));
    assert_eq!(engine.clock().mode(), ClockMode::Ahead(DAY_MS));
    engine.stop().await;
    drop(engine);
    let engine = home.start().await;
    assert!((ahead_ms(&engine) - DAY_MS).abs() < 1_000, "{}", ahead_ms(&engine));
    assert_eq!(engine.move_clock(Move::Run(DAY_MS / 2)).await.unwrap(), Err(ClockWouldGoBack));
    assert_eq!(engine.move_clock(Move::Freeze).await.unwrap(), Ok(0));
    let ClockMode::Frozen(at_ms) = engine.clock().mode() else { panic!("it stands still") };
    assert!(at_ms > engine.clock().system_ms());
    assert_eq!(engine.move_clock(Move::ToDueJobs(at_ms + DAY_MS)).await.unwrap(), Ok(0));
    assert_eq!(engine.clock().now_ms(), at_ms, "nothing was due");
}

#[tokio::test]
async fn token_rights_end_with_their_life_revocation_client_and_world() {
    let home = Home::new("sessions");
    let engine = home.start().await;
    engine.move_clock(Move::Set(10_000)).await.unwrap().unwrap();
    let issue = |hash: u8, grant: Grant| {
        let (access, refresh) = (Digest([hash; 32]), Digest([hash + 100; 32]));
        IssueGrant { grant, access, refresh }
    };
    let alive = |hash: u8| {
        let engine = engine.clone();
        async move { engine.token_rights(Digest([hash; 32])).await.unwrap().is_some() }
    };
    assert!(!alive(1).await, "not issued yet");
    for hash in [1, 2, 3] {
        engine.run(issue(hash, grant(&engine).await)).await.unwrap().unwrap();
        assert!(alive(hash).await);
    }
    let revoke = RevokeToken { client: ClientId::from("drops"), access: Digest([1; 32]) };
    engine.run(revoke.clone()).await.unwrap().unwrap();
    assert_eq!((alive(1).await, alive(2).await), (false, true));
    assert_eq!(engine.run(revoke).await.unwrap(), Err(NoLiveToken));

    engine.run(register(Client { disabled: true, ..client() }, true)).await.unwrap().unwrap();
    assert!(!alive(2).await, "its client is disabled");
    engine.run(register(client(), true)).await.unwrap().unwrap();
    assert!(alive(2).await);

    engine.move_clock(Move::Set(10_999)).await.unwrap().unwrap();
    assert!(alive(2).await, "the last moment of its life");
    engine.move_clock(Move::Set(11_000)).await.unwrap().unwrap();
    assert!(!alive(2).await, "now < creation + life no more");

    engine.reset(None).await.unwrap();
    assert!(!alive(3).await, "its world is gone");
    assert!(engine.reader().account(AccountId(1_015)).await.unwrap().is_some(), "and there is a new one");
}
