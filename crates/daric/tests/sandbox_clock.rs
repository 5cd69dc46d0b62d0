//! The clock of a sandbox: it is frozen, moved on while it runs, and moved from due job to due job; what is due is listed (`docs/sandbox.md`).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::Call;
use harness::server::{Launch, Server};
use harness::world::{Caller, ELEVEN, OPERATOR, World, paya_but, transfer_call};
use jiff::Timestamp;
use serde_json::{Value, json};

async fn moved(world: &mut World, form: Value) -> Value {
    world.operator(Call::post("/admin/v1/clock").json(&form)).await.unwrap()
}

async fn due(world: &mut World) -> Vec<(String, String)> {
    let due = world.operator(Call::get("/admin/v1/clock/due")).await.unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    due.as_array().unwrap().iter().map(|one| (text(&one["kind"]), text(&one["at"]))).collect()
}

fn instant(clock: &Value) -> Timestamp {
    clock["now"].as_str().unwrap().parse().unwrap()
}

#[apply(each_store)]
async fn a_running_clock_is_moved_on_and_runs_on_and_is_frozen_where_it_is(#[case] _on: OnStore) {
    let mut world = World::start("clock-runs").await;
    world.operator(Call::post("/admin/v1/reset")).await.unwrap();
    let system = world.operator(Call::get("/admin/v1/clock")).await.unwrap();
    assert_eq!(system["mode"], "system");
    let running = moved(&mut world, json!({"advance": "P2D"})).await;
    assert_eq!(running["mode"], "running");
    let ahead = instant(&running).duration_since(instant(&system)).as_secs();
    assert!((172_800..172_860).contains(&ahead), "{ahead} seconds");
    let later = moved(&mut world, json!({"advance": "PT1H"})).await;
    assert!(instant(&later) > instant(&running), "{later}");
    // It runs on over a restart.
    let World { server, caller, home, .. } = world;
    drop(caller);
    server.stop();
    let server = Server::start(&home, Launch::default());
    let caller = Caller::at(server.address).await;
    let mut world = World::of(server, caller, home);
    let started = world.operator(Call::get("/admin/v1/clock")).await.unwrap();
    assert_eq!(started["mode"], "running");
    assert!(instant(&started) >= instant(&later), "{started} is before {later}");
    let frozen = moved(&mut world, json!({"freeze": "now"})).await;
    assert_eq!(frozen["mode"], "frozen");
    assert_eq!(moved(&mut world, json!({"freeze": "now"})).await["now"], frozen["now"]);
    assert_eq!(world.operator(Call::get("/admin/v1/clock")).await.unwrap()["now"], frozen["now"], "it stands");
    // The machine's time is before it.
    for (form, status, field) in [
        (json!({"run": "system"}), 409, "run"),
        (json!({"set": "2020-01-01T00:00:00Z"}), 409, "set"),
        (json!({"advance": "-PT1S"}), 409, "advance"),
        (json!({"freeze": "then"}), 400, "body"),
        (json!({"run": "idle", "freeze": "now"}), 400, "body"),
        (json!({}), 400, "body"),
    ] {
        let reply = world.send(&Call::post("/admin/v1/clock").bearer(OPERATOR).json(&form)).await.unwrap();
        assert_eq!(
            (reply.status, &reply.json().unwrap()["error"]["field"]),
            (status, &json!(field)),
            "{form}: {reply}"
        );
    }
}

#[apply(each_store)]
async fn what_is_due_is_listed_and_a_clock_that_runs_until_idle_does_all_of_it(#[case] _on: OnStore) {
    let mut world = World::start("clock-idle").await;
    let token = world.named_token("code062").await.unwrap();
    assert!(due(&mut world).await.iter().all(|(kind, _)| kind.ends_with("Ends")), "{:?}", due(&mut world).await);
    let idle = moved(&mut world, json!({"run": "idle"})).await;
    assert_eq!((&idle["ran"], &idle["now"]), (&json!(0), &json!("2026-11-21T07:30:00Z")), "nothing is due");
    for (track_id, body) in
        [("idle-1", paya_but(json!({}))), ("daric-pending-done-idle", harness::world::fifty_thousand())]
    {
        let reply = world.send(&transfer_call(&token, track_id, &body)).await.unwrap();
        assert_eq!(reply.status, 200, "{reply}");
    }
    world.issue_to_ali("").await;
    let kinds = |due: Vec<(String, String)>| due.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    let listed = kinds(due(&mut world).await);
    for kind in ["inquireOrder", "closeCycle", "settleCycle", "accessTokenEnds"] {
        assert!(listed.iter().any(|known| known == kind), "{kind} is not in {listed:?}");
    }
    assert!(due(&mut world).await.is_sorted_by_key(|(_, at)| at.parse::<Timestamp>().unwrap()));
    let first = world.operator(Call::get("/admin/v1/clock/due?limit=1")).await.unwrap();
    assert_eq!(first.as_array().unwrap().len(), 1);
    let idle = moved(&mut world, json!({"run": "idle"})).await;
    assert!(idle["ran"].as_u64().unwrap() >= 3, "{idle}");
    assert_eq!(world.status(&token, "daric-pending-done-idle").await.unwrap(), "DONE");
    assert_eq!(world.status(&token, "idle-1").await.unwrap(), "DONE");
    // The clock stands at the instant of the last job, and nothing within a month is left.
    assert!(due(&mut world).await.iter().all(|(kind, _)| kind.ends_with("Ends")));
    moved(&mut world, json!({"set": "2027-03-01T00:00:00Z"})).await;
    moved(&mut world, json!({"advance": "P1D"})).await;
    let reset = world.operator(Call::post("/admin/v1/reset")).await.unwrap();
    assert_eq!(reset["status"], "done");
    let refused =
        world.send(&Call::post("/admin/v1/clock").bearer(OPERATOR).json(&json!({"run": "idle"}))).await.unwrap();
    assert_eq!((refused.status, &refused.json().unwrap()["error"]["field"]), (409, &json!("run")), "it runs");
}

/// Each of several moves at once goes on from where the one before has led.
#[apply(each_store)]
async fn moves_at_once_add_up(#[case] _on: OnStore) {
    let mut world = World::start("clock-at-once").await;
    world.set_clock(ELEVEN).await.unwrap();
    let address = world.server.address;
    let move_on = || async move {
        let mut caller = Caller::at(address).await;
        caller.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT1H"}))).await.unwrap();
    };
    let moves: Vec<_> = (0..8).map(|_| tokio::spawn(move_on())).collect();
    for moved in moves {
        moved.await.unwrap();
    }
    let shown = world.operator(Call::get("/admin/v1/clock")).await.unwrap();
    assert_eq!(shown["jalali"], "1405-08-30 19:00:00", "{shown}");
}
