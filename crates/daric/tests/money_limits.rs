//! Limits per day on money that the operator API creates (second-edition.md 5).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::{Call, Client};
use harness::production::{KEY, OPERATOR as TOKEN, Production};
use harness::server::{Home, Launch, Server, verify};
use harness::world::{Caller, ELEVEN, OPERATOR};
use serde_json::{Value, json};

const MOST: i64 = 1_000_000;
const LIMITED: Launch = Launch { args: &["--api-money-per-day", "1000000"], env: &[] };

/// Every way in which this API creates money: path and body.
fn ways(number: i64, amount: i64) -> Vec<(&'static str, Value)> {
    let card = |prefix: &str| format!("{prefix}{number:010}");
    vec![
        ("/admin/v1/parties/101/money", json!({"amount": amount})),
        (
            "/admin/v1/deposits",
            json!({"bank": "062", "number": format!("7{number:09}"), "owner": "1111111111", "firstName": "a", "balance": amount}),
        ),
        ("/admin/v1/cards", json!({"number": card("636214"), "kind": "bon", "balance": amount})),
        (
            "/admin/v1/payer-cards",
            json!({"number": card("502229"), "mobile": "09120000000", "expires": "1408/12", "balance": amount}),
        ),
    ]
}

async fn create(caller: &mut Caller, token: &str, (path, form): &(&str, Value)) -> (u16, Value) {
    let reply = caller.send(&Call::post(path).bearer(token).json(form)).await.unwrap();
    (reply.status, reply.json().unwrap_or_default())
}

#[track_caller]
fn is_over((status, reply): &(u16, Value), (path, _): &(&str, Value), most: i64, left: i64) {
    let (error, field) = (&reply["error"], if path.ends_with("money") { "amount" } else { "balance" });
    assert_eq!((*status, &error["code"], &error["field"]), (409, &"LIMIT".into(), &field.into()), "{reply}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("api_money_per_day") && message.contains(&format!(" {most} ")), "{message}");
    assert!(message.contains(&format!(" {left} are left")), "{message}");
}

/// Checks that a call is refused because it is more than what is left of the limit.
async fn refused(caller: &mut Caller, token: &str, way: &(&str, Value), most: i64, left: i64) {
    let came = create(caller, token, way).await;
    is_over(&came, way, most, left);
}

#[apply(each_store)]
async fn money_of_all_ways_and_tokens_is_counted_in_one_day_also_over_a_restart(#[case] _on: OnStore) {
    let home = Home::new("money-limits");
    let server = Server::start(&home, LIMITED);
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(ELEVEN).await.unwrap();
    let form = json!({"name": "till", "role": "operator", "days": 30});
    let token = caller.operator(Call::post("/admin/v1/operator-tokens").json(&form)).await.unwrap();
    let token = token["token"].as_str().unwrap().to_owned();
    // The demo world's own money and refused calls do not count.
    refused(&mut caller, OPERATOR, &ways(0, MOST + 1)[0], MOST, MOST).await;
    let missing = ("/admin/v1/parties/999/money", json!({"amount": 5}));
    assert_eq!(create(&mut caller, OPERATOR, &missing).await.0, 404);
    let mut left = MOST;
    for (number, by) in [(1, OPERATOR), (2, &token)] {
        for way in ways(number, 100_000) {
            for over in ways(number + 50, left + 1) {
                refused(&mut caller, by, &over, MOST, left).await;
            }
            let (status, reply) = create(&mut caller, by, &way).await;
            assert_eq!(status, 201, "{way:?}: {reply}");
            left -= 100_000;
        }
    }
    assert_eq!(left, 200_000);
    for way in ways(3, 0).iter().skip(1) {
        assert_eq!(create(&mut caller, &token, way).await.0, 201, "without money: {way:?}");
    }
    let lines = caller.operator(Call::get("/admin/v1/audit?limit=100")).await.unwrap().to_string();
    assert!(lines.contains("refused wallet") && lines.contains("api_money_per_day: "), "{lines}");
    server.stop();
    let server = Server::start(&home, LIMITED);
    let mut caller = Caller::at(server.address).await;
    refused(&mut caller, OPERATOR, &ways(4, left + 1)[0], MOST, left).await;
    assert_eq!(create(&mut caller, OPERATOR, &ways(4, left)[0]).await.0, 201);
    refused(&mut caller, &token, &ways(4, 1)[0], MOST, 0).await;
    for (clock, status) in [("2026-11-21T23:59:59+03:30", 409), ("2026-11-22T00:00:00+03:30", 201)] {
        caller.set_clock(clock).await.unwrap();
        assert_eq!(create(&mut caller, OPERATOR, &ways(5, MOST)[0]).await.0, status, "{clock}");
    }
    server.kill();
    let server = Server::start(&home, LIMITED);
    let mut caller = Caller::at(server.address).await;
    refused(&mut caller, OPERATOR, &ways(6, 1)[0], MOST, 0).await;
    server.stop();
    verify(&home);
}

/// Concurrent calls at all nodes share one limit.
#[apply(each_store)]
async fn calls_at_once_create_no_more_than_the_limit_between_them(#[case] _on: OnStore) {
    let home = Home::new("money-at-once");
    let first = Server::start(&home, LIMITED);
    let mut caller = Caller::at(first.address).await;
    caller.reset_at(ELEVEN).await.unwrap();
    // A store in a directory has one process, a database several.
    let second = (!home.url().is_empty()).then(|| Server::start(&home, LIMITED));
    let addresses = [first.address, second.as_ref().map_or(first.address, |server| server.address)];
    let mut calls = Vec::new();
    for number in 0..40 {
        calls.push(tokio::spawn(async move {
            let mut client = Client::connect(addresses[number % 2]).await.unwrap();
            let (path, form) = ways(number as i64, 70_000).swap_remove(number % 4);
            loop {
                let status = client.send(&Call::post(path).bearer(OPERATOR).json(&form)).await.unwrap().status;
                // A call that certainly did nothing is sent again.
                if status != 503 {
                    return status;
                }
            }
        }));
    }
    let mut came = Vec::new();
    for call in calls {
        came.push(call.await.unwrap());
    }
    assert_eq!(came.iter().filter(|status| **status == 201).count(), 14, "{came:?}");
    assert_eq!(came.iter().filter(|status| **status == 409).count(), 26, "{came:?}");
    refused(&mut caller, OPERATOR, &ways(50, 20_001)[0], MOST, 20_000).await;
    drop(second);
    first.stop();
    verify(&home);
}

#[apply(each_store)]
async fn production_has_a_limit_unless_another_one_is_set_and_a_sandbox_has_none(#[case] _on: OnStore) {
    let home = Home::new("money-production");
    let server = Production::start(&home, KEY);
    let mut caller = Caller::of_production(server.1).await;
    let user = ("/admin/v1/parties", json!({"kind": "user", "name": "sara"}));
    let (_, user) = create(&mut caller, TOKEN, &user).await;
    let path = format!("/admin/v1/parties/{}/money", user["id"]);
    let way = |amount: i64| (path.as_str(), json!({"amount": amount}));
    refused(&mut caller, TOKEN, &way(10_000_000_001), 10_000_000_000, 10_000_000_000).await;
    assert_eq!(create(&mut caller, TOKEN, &way(10_000_000_000)).await.0, 201);
    drop(server);
    let server = Production::start_with(&home, KEY, &["--api-money-per-day", "10000000005"]);
    let mut caller = Caller::of_production(server.1).await;
    refused(&mut caller, TOKEN, &way(6), 10_000_000_005, 5).await;
    let sandbox_home = Home::new("money-sandbox");
    let sandbox = Server::start(&sandbox_home, Launch::default());
    let mut caller = Caller::at(sandbox.address).await;
    for way in ways(1, 1_000_000_000_000) {
        assert_eq!(create(&mut caller, OPERATOR, &way).await.0, 201, "{way:?}");
    }
}
