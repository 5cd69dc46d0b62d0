//! Snapshots of a sandbox's world: saved, listed, loaded and dropped (`docs/sandbox.md`).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::time::{Duration, Instant};

use harness::client::Call;
use harness::pod::{ALI, SHOP};
use harness::server::{Launch, verify};
use harness::world::{Caller, DROPS, OPERATOR, World, fifty_thousand, paya_but, transfer_call};
use serde_json::{Value, json};

/// A load at the size of the demo world takes a few milliseconds; a busy machine is given time.
const SOON: Duration = Duration::from_millis(500);

async fn save(world: &mut World, name: &str) -> Value {
    world.operator(Call::post("/admin/v1/snapshots").json(&json!({"name": name}))).await.unwrap()
}

async fn load(world: &mut World, name: &str) -> Value {
    world.operator(Call::post(&format!("/admin/v1/snapshots/{name}/load"))).await.unwrap()
}

async fn clock(world: &mut World) -> Value {
    world.operator(Call::get("/admin/v1/clock")).await.unwrap()
}

#[apply(each_store)]
async fn a_loaded_world_is_as_it_was_and_gives_no_number_again(#[case] _on: OnStore) {
    let mut world = World::start("snapshots").await;
    let token = world.named_token("code062").await.unwrap();
    world.transfer(&token, "before", &fifty_thousand()).await.unwrap();
    let first = world.issue_to_ali("").await;
    let before = (world.balance(&token, DROPS).await.unwrap(), world.wallet(ALI).await);
    let saved = save(&mut world, "paid").await;
    assert!(saved["rows"].as_u64().unwrap() > 50 && saved["at"] == "2026-11-21T07:30:00Z", "{saved}");
    let (mut invoices, mut orders, mut took) = (vec![first], Vec::new(), Vec::new());
    for round in 0..5 {
        // Days pass, money moves, codes and rules change.
        world.transfer(&token, "after", &fifty_thousand()).await.unwrap();
        world.send(&transfer_call(&token, "after-paya", &paya_but(json!({})))).await.unwrap();
        let invoice = world.issue_to_ali("").await;
        world.pod_done(ALI, 30382, &format!("invoiceId={invoice}")).await;
        world.operator(Call::new("PUT", "/admin/v1/day-close").json(&json!({"on": true}))).await.unwrap();
        world.arm("drop_after").await.unwrap();
        world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "P1D"}))).await.unwrap();
        let found = world.operator(Call::get("/admin/v1/orders?client=drops")).await.unwrap();
        orders.extend(found.as_array().unwrap().iter().map(|order| order["id"].as_i64().unwrap()).take(2));
        invoices.push(invoice);
        let began = Instant::now();
        let loaded = load(&mut world, "paid").await;
        took.push(began.elapsed());
        assert_eq!(loaded, saved, "round {round}");
        assert_eq!(clock(&mut world).await["now"], "2026-11-21T07:30:00Z", "the clock is back");
        assert_eq!(world.operator(Call::get("/admin/v1/day-close")).await.unwrap()["on"], false);
        assert_eq!(world.operator(Call::get("/admin/v1/faults")).await.unwrap()["faults"], json!([]));
        // The token was given before: it is valid again, and so are the balances.
        assert_eq!((world.balance(&token, DROPS).await.unwrap(), world.wallet(ALI).await), before, "round {round}");
        assert_eq!(world.status(&token, "before").await.unwrap(), "DONE");
        assert_eq!(world.inquire(&token, "after").await.unwrap().status, 400, "it was never sent");
    }
    took.sort_unstable();
    assert!(took[took.len() / 2] < SOON, "a load takes {took:?}");
    println!("a load of {} rows takes {took:?}", saved["rows"]);
    for mut numbers in [invoices, orders] {
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), all, "a number was given twice");
    }
    // The audit has all lines of the worlds that were replaced, and those of the loads.
    let audit = world.operator(Call::get("/admin/v1/audit")).await.unwrap();
    let of = |action: &str| audit.as_array().unwrap().iter().filter(|line| line["action"] == action).count();
    assert_eq!((of("save snapshot"), of("load snapshot"), of("day close"), of("fault")), (1, 5, 5, 5), "{audit}");
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn what_was_loaded_agrees_with_the_audit_and_survives_a_restart(#[case] _on: OnStore) {
    let mut world = World::start("snapshots-restart").await;
    let id = world.deposit_id(DROPS).await;
    let gate = |gate: &str| Call::new("PUT", &format!("/admin/v1/deposits/{id}/gate")).json(&json!({"gate": gate}));
    world.operator(gate("noDebits")).await.unwrap();
    save(&mut world, "blocked").await;
    world.operator(gate("noCredits")).await.unwrap();
    load(&mut world, "blocked").await;
    let World { server, caller, home, .. } = world;
    drop(caller);
    server.stop();
    verify(&home);
    let server = harness::server::Server::start(&home, Launch::default());
    let caller = Caller::at(server.address).await;
    let mut world = World::of(server, caller, home);
    let deposits = world.operator(Call::get("/admin/v1/deposits")).await.unwrap();
    let deposit = deposits.as_array().unwrap().iter().find(|deposit| deposit["number"] == DROPS).unwrap();
    assert_eq!(deposit["gate"], "noDebits", "{deposit}");
    // Snapshots end with their process.
    assert_eq!(world.operator(Call::get("/admin/v1/snapshots")).await.unwrap(), json!([]));
}

#[apply(each_store)]
async fn snapshots_are_named_listed_replaced_dropped_and_limited(#[case] _on: OnStore) {
    let mut world = World::start("snapshots-list").await;
    let refused = async |world: &mut World, call: Call| {
        let reply = world.send(&call.bearer(OPERATOR)).await.unwrap();
        (reply.status, reply.json().unwrap()["error"]["field"].clone())
    };
    let named = |name: &str| Call::post("/admin/v1/snapshots").json(&json!({"name": name}));
    for name in ["", "a b", "a/b", "ا", &"x".repeat(65)] {
        assert_eq!(refused(&mut world, named(name)).await, (400, json!("name")), "{name}");
    }
    for number in 0..16 {
        save(&mut world, &format!("s-{number:02}")).await;
    }
    assert_eq!(refused(&mut world, named("one-more")).await, (409, json!("name")));
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT1H"}))).await.unwrap();
    assert_eq!(save(&mut world, "s-03").await["at"], "2026-11-21T08:30:00Z", "it is replaced");
    let list = world.operator(Call::get("/admin/v1/snapshots")).await.unwrap();
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!((names.len(), names[0], names.is_sorted()), (16, "s-00", true));
    world.operator(Call::delete("/admin/v1/snapshots/s-03")).await.unwrap();
    for call in [Call::delete("/admin/v1/snapshots/s-03"), Call::post("/admin/v1/snapshots/s-03/load")] {
        assert_eq!(refused(&mut world, call).await.0, 404);
    }
    // A snapshot outlives a reset, and one of a fresh world leaves the clock free.
    world.operator(Call::post("/admin/v1/reset")).await.unwrap();
    save(&mut world, "fresh").await;
    world.set_clock("2027-01-01T00:00:00Z").await.unwrap();
    load(&mut world, "fresh").await;
    assert_eq!(clock(&mut world).await["mode"], "system");
    world.set_clock("2026-11-21T11:00:00+03:30").await.unwrap();
    load(&mut world, "s-00").await;
    assert_eq!(clock(&mut world).await["now"], "2026-11-21T07:30:00Z");
    // A clock that ran runs on from the instant of its snapshot.
    world.operator(Call::delete("/admin/v1/snapshots/fresh")).await.unwrap();
    world.operator(Call::post("/admin/v1/reset")).await.unwrap();
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "P3D"}))).await.unwrap();
    let saved = save(&mut world, "running").await;
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "P30D"}))).await.unwrap();
    load(&mut world, "running").await;
    let back = clock(&mut world).await;
    let instant = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let passed = instant(&back["now"]).duration_since(instant(&saved["at"])).as_secs();
    assert!(back["mode"] == "running" && (0..60).contains(&passed), "{back} after {saved}");
}

#[apply(each_store)]
async fn a_payment_that_was_under_way_goes_on_in_the_loaded_world_and_is_made_once(#[case] _on: OnStore) {
    let mut world = World::start("snapshots-under-way").await;
    let token = world.named_token("code062").await.unwrap();
    let reply = world.transfer(&token, "daric-unknown-done-1", &fifty_thousand()).await.unwrap();
    assert_eq!(reply.json().unwrap()["status"], "UNKNOWN", "{reply}");
    save(&mut world, "unknown").await;
    for _ in 0..3 {
        world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT2M"}))).await.unwrap();
        assert_eq!(world.status(&token, "daric-unknown-done-1").await.unwrap(), "DONE");
        load(&mut world, "unknown").await;
        assert_eq!(world.status(&token, "daric-unknown-done-1").await.unwrap(), "UNKNOWN");
    }
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT2M"}))).await.unwrap();
    assert_eq!(world.status(&token, "daric-unknown-done-1").await.unwrap(), "DONE");
    // What was issued in a world that is gone is unknown.
    let invoice = world.issue_to_ali("").await;
    load(&mut world, "unknown").await;
    let found = world.pod(SHOP, 29_813, &format!("id={invoice}&offset=0")).await.json().unwrap();
    assert_eq!(found["result"], json!([]));
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}
