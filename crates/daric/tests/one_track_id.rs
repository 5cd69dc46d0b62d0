//! One trackId, many concurrent callers: the payment happens once (`finnotech.md` 1.4 steps 10 and 18, 1.5).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;
use std::sync::Arc;

use harness::client::{Client, Reply};
use harness::server::{Launch, verify};
use harness::world::{DROPS, ELEVEN, SOMAYEH, Token, World, but, transfer_call};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const CALLERS: u64 = 50;
const ROUNDS: u64 = 8;

/// The bodies that the callers of a round send.
#[derive(Clone, Copy, Debug)]
enum Bodies {
    Same,
    /// Each caller sends another amount, so that the balance shows whose order was booked.
    Different,
}

#[apply(each_store)]
async fn fifty_callers_with_one_track_id_book_one_transfer(#[case] _on: OnStore) {
    let mut world = World::start("one-track-id").await;
    for bodies in [Bodies::Same, Bodies::Different] {
        let (drops, somayeh) = tokens(&mut world).await;
        for round in 1..=ROUNDS {
            let before = balances(&mut world, &drops, &somayeh).await;
            let track_id = format!("{bodies:?}-{round}");
            let replies = at_once(&world, &drops, &track_id, |caller| amount(bodies, round, caller)).await;

            let duplicated = json!({
                "trackId": track_id, "status": "FAILED", "responseCode": "FN-BRFH-40001210001",
                "error": {"code": "VALIDATION_ERROR", "message": "trackId is duplicated"},
            });
            let (done, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|(_, reply)| reply.status == 200);
            for (_, reply) in &refused {
                assert_eq!((reply.status, reply.json().unwrap()), (400, duplicated.clone()), "{track_id}");
            }
            assert_eq!((done.len(), refused.len()), (1, 49), "{track_id}");
            let (caller, reply) = done[0];
            let amount = amount(bodies, round, *caller);
            let result = &reply.json().unwrap()["result"];
            assert_eq!((&result["amount"], &result["type"]), (&json!(amount), &json!("internal")), "{track_id}");

            let moved = i64::try_from(amount).unwrap();
            assert_eq!(
                balances(&mut world, &drops, &somayeh).await,
                (before.0 - moved, before.1 + moved),
                "{track_id} moved something other than the {amount} of its one accepted order"
            );
            let inquiry = world.inquire(&drops, &track_id).await.unwrap().json().unwrap();
            assert_eq!(inquiry["result"]["transferStatus"], "DONE", "{track_id}");
            assert_eq!(inquiry["result"]["transactionAmount"], amount, "{track_id}");
            assert_eq!(inquiry["result"]["refCode"], result["refCode"], "{track_id}");
        }
    }
    let World { server, home, .. } = world;
    server.stop();
    assert!(verify(&home).transfers >= 2 * ROUNDS);
}

/// With replay_duplicates the other callers may also get the winner's reply, and no other.
#[apply(each_store)]
async fn fifty_callers_with_one_track_id_book_one_transfer_when_replay_is_on(#[case] _on: OnStore) {
    let launch = Launch { env: &[("DARIC_REPLAY_DUPLICATES", "true")], ..Launch::default() };
    let mut world = World::launch("one-track-id-replay", launch).await;
    let (drops, somayeh) = tokens(&mut world).await;
    for round in 1..=ROUNDS {
        let before = balances(&mut world, &drops, &somayeh).await;
        let track_id = format!("replayed-{round}");
        let replies = at_once(&world, &drops, &track_id, |caller| amount(Bodies::Same, round, caller)).await;

        let (done, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|(_, reply)| reply.status == 200);
        for (_, reply) in &refused {
            assert_eq!((reply.status, &*reply.message()), (400, "trackId is duplicated"), "{track_id}");
        }
        let bodies: BTreeSet<String> = done.iter().map(|(_, reply)| reply.json().unwrap().to_string()).collect();
        assert_eq!(bodies.len(), 1, "{track_id} has several accepted replies: {bodies:?}");
        let firsts = done.iter().filter(|(_, reply)| reply.header("idempotent-replay").is_none()).count();
        assert_eq!(firsts, 1, "{track_id}: one reply is the first, the others say that they repeat it");

        let moved = i64::try_from(amount(Bodies::Same, round, 0)).unwrap();
        let after = balances(&mut world, &drops, &somayeh).await;
        assert_eq!(after, (before.0 - moved, before.1 + moved), "{track_id}");
    }
}

fn amount(bodies: Bodies, round: u64, caller: u64) -> u64 {
    match bodies {
        Bodies::Same => 1_000 * round,
        Bodies::Different => 1_000 * round + caller,
    }
}

/// Every caller has its connection open before any of them sends.
async fn at_once(world: &World, token: &Token, track_id: &str, amount: impl Fn(u64) -> u64) -> Vec<(u64, Reply)> {
    let barrier = Arc::new(Barrier::new(usize::try_from(CALLERS).unwrap()));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let body: Value = but(json!({"amount": amount(caller)}));
        let call = transfer_call(token, track_id, &body);
        let mut client = Client::connect(world.server.address).await.unwrap();
        let barrier = Arc::clone(&barrier);
        callers.spawn(async move {
            barrier.wait().await;
            (caller, client.send(&call).await.unwrap())
        });
    }
    callers.join_all().await
}

async fn tokens(world: &mut World) -> (Token, Token) {
    // Away from the minutes before midnight, in which bank 062 accepts no transfers.
    world.set_clock(ELEVEN).await.unwrap();
    (world.named_token("code062").await.unwrap(), world.named_token("code062_somayeh").await.unwrap())
}

async fn balances(world: &mut World, drops: &Token, somayeh: &Token) -> (i64, i64) {
    (world.balance(drops, DROPS).await.unwrap(), world.balance(somayeh, SOMAYEH).await.unwrap())
}
