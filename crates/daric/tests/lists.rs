//! Lists are read in pages without a lost or repeated row, even if all rows have the same instant. The lists are those of the API's document.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeMap;

use harness::client::Call;
use harness::lists::{List, lists, rows};
use harness::operations::Credentials;
use harness::paystar::{CARD, code, pay_call};
use harness::pod::{SHOP, line};
use harness::world::{BON, OPERATOR, World, charge_call, fifty_thousand, paya_but, transfer_call};
use serde_json::{Value, json};

/// The least number of rows of each list: more than the largest page size of the test.
const ROWS: usize = 4;

/// Makes rows for every list, all of one instant.
async fn many_rows(world: &mut World) {
    // Cycles of three banks on two days, some of which settle at one instant.
    for day in 20..22 {
        world.set_clock(&format!("2026-11-{day}T11:00:00+03:30")).await.unwrap();
        for name in ["code062", "code054", "code069"] {
            let token = world.named_token(name).await.unwrap();
            for number in 0..ROWS {
                let body = paya_but(json!({"secondPassword": "1234"}));
                let call = transfer_call(&token, &format!("{name}-{day}-{number}"), &body);
                assert_eq!(world.send(&call).await.unwrap().status, 200, "{name}");
            }
        }
    }
    let robot = json!({"name": "robot", "role": "operator", "days": 1});
    let robot = world.operator(Call::post("/admin/v1/operator-tokens").json(&robot)).await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    for number in 0..ROWS {
        world.transfer(&token, &format!("moved-{number}"), &fifty_thousand()).await.unwrap();
        world.send(&charge_call(&token, &format!("charged-{number}"), BON, 10_000)).await.unwrap();
        // The order is paid, because unpaid orders are removed.
        let order = format!("order-{number}");
        let pin = world.asked(&order, 1_000).await;
        assert_eq!(code(&world.send(&pay_call(CARD, &order, 1_000, &pin)).await.unwrap()), None);
        let invoice = world.issue(SHOP, &format!("userId=101&guildCode=API_GUILD&{}", line(50_000, "1"))).await;
        let form = format!("invoiceId={}&callbackUri=http://127.0.0.1:9/c", invoice["id"]);
        let link = world.pod_done(SHOP, 29815, &form).await;
        let link = link.as_str().unwrap();
        let link = format!("{}gateway=LOC&redirectUri=http://127.0.0.1:9/b", &link[link.find("/v1/").unwrap()..]);
        assert_eq!(world.send(&Call::get(&link)).await.unwrap().status, 302);
        let made = |path: &str, form: Value| Call::post(&format!("/admin/v1/{path}")).json(&form);
        let client = json!({"id": format!("client-{number}"), "secret": "a-long-client-secret", "nids": ["0499370899"],
            "redirectOrigin": "http://127.0.0.1"});
        world.operator(made("clients", client)).await.unwrap();
        // A decision that its network contradicts a minute later, and one that takes two operators.
        for (magic, bearer, wanted) in
            [("unknown-done", OPERATOR, 200), ("unknown", robot["token"].as_str().unwrap(), 202)]
        {
            let track_id = format!("daric-{magic}-{number}");
            let reply = world.transfer(&token, &track_id, &fifty_thousand()).await.unwrap();
            assert_eq!(reply.json().unwrap()["status"], "UNKNOWN", "{reply}");
            let orders = world.operator(Call::get("/admin/v1/orders?client=drops&limit=1")).await.unwrap();
            assert_eq!(orders[0]["trackId"], track_id);
            let resolve =
                made(&format!("orders/{}/resolve", orders[0]["id"]), json!({"verdict": "failed", "reason": "r"}));
            let reply = world.send(&resolve.bearer(bearer)).await.unwrap();
            assert_eq!(reply.status, wanted, "{reply}");
        }
        for call in [
            Call::post("/admin/v1/chains/seal"),
            made("sms", json!({"to": "09121234567", "text": number.to_string()})),
            made("terminals", json!({"sequence": format!("terminal-{number}-0000000"), "merchant": "m"})),
            made("parties/201/vouchers", json!({"code": format!("LISTED-{number}"), "value": 1_000})),
            made("parties/201/money", json!({"amount": 1_000})),
            made("users", json!({"nid": format!("44444444{number:02}"), "password": "a-long-password"})),
        ] {
            world.operator(call).await.unwrap();
        }
    }
}

/// The value that names a row of a list whose pages begin after a row.
fn name(row: &Value) -> String {
    let name = ["seq", "id", "sequence", "nid", "number"]
        .into_iter()
        .find_map(|name| row.get(name))
        .unwrap_or_else(|| panic!("{row}"));
    name.as_str().map_or_else(|| name.to_string(), str::to_owned)
}

/// What identifies a row, even if the row changes meanwhile.
fn names(rows: &[Value]) -> Vec<String> {
    let has_name = |row: &Value| ["seq", "id", "sequence", "nid"].iter().any(|name| row.get(name).is_some());
    rows.iter().map(|row| if has_name(row) { name(row) } else { row.to_string() }).collect()
}

/// Waits until the cycles have settled and the decisions are contradicted.
async fn all_is_done(world: &mut World) {
    loop {
        let jobs = world.operator(Call::get("/admin/v1/jobs")).await.unwrap();
        let cycles = world.operator(Call::get("/admin/v1/cycles")).await.unwrap();
        let are_settled = cycles.as_array().unwrap().iter().all(|cycle| cycle["state"] == "settled");
        if jobs.as_array().unwrap().len() == ROWS && are_settled {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// All rows of a list, read in pages of `size`.
async fn walked(world: &mut World, list: &List, call: &Call, size: usize) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let place = match all.last() {
            None => "0".to_owned(),
            Some(_) if list.is_counted() => all.len().to_string(),
            Some(last) => name(last),
        };
        let page = rows(&world.send(&list.asks_behind(call, Some(size), &place)).await.unwrap());
        assert!(page.len() <= size && all.len() < 1_000, "{}: {} rows", list.operation.path, all.len());
        let is_last = page.len() < size;
        all.extend(page);
        if is_last {
            return all;
        }
    }
}

#[apply(each_store)]
async fn a_list_that_is_read_in_pages_of_few_rows_loses_none_and_doubles_none(#[case] _on: OnStore) {
    let mut world = World::start("lists").await;
    world.reset_at("2026-11-20T11:00:00+03:30").await.unwrap();
    many_rows(&mut world).await;
    // The cycles settle, and `payas` has their orders.
    world.set_clock("2026-11-22T11:00:00+03:30").await.unwrap();
    all_is_done(&mut world).await;
    let first = world.operator(Call::get("/admin/v1/deposits").query("limit", "1")).await.unwrap();
    let deposit = first[0]["id"].as_i64().unwrap();
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let credentials = Credentials::of(&mut world).await;
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    // The log of requests has more rows than a page and ends itself: `requests.rs` reads it in pages. What is due next has one page.
    let others = ["/admin/v1/requests", "/admin/v1/clock/due"];
    for list in lists(&document).into_iter().filter(|list| !others.contains(&&*list.operation.path)) {
        let path = list.operation.path.clone();
        let whole = if path.starts_with("/admin") { 100 } else { 1_000 };
        for call in credentials.on(&list.operation) {
            let target = call.target.replace("/accounts/1/", &format!("/accounts/{deposit}/"));
            let target = target.replace("/parties/1/", "/parties/201/").replace("/chains/1/", "/chains/audit/");
            let call = Call { target, ..call };
            let reply = world.send(&list.asks(&call, Some(whole))).await.unwrap();
            if reply.status == 403 {
                // This token does not open this list.
                continue;
            }
            let all = rows(&reply);
            assert!(all.len() < whole, "{path} has more rows than one page");
            for size in 1..ROWS {
                let walked = walked(&mut world, &list, &call, size).await;
                assert_eq!(names(&walked), names(&all), "{path} in pages of {size}");
            }
            let known = most.entry(path.clone()).or_default();
            *known = all.len().max(*known);
        }
    }
    let few: Vec<_> = most.iter().filter(|(_, rows)| **rows < ROWS).collect();
    assert!(few.is_empty(), "{few:?}");
    // Several cycles settle at one instant.
    let cycles = world.operator(Call::get("/admin/v1/cycles")).await.unwrap();
    let cycles = cycles.as_array().unwrap();
    assert!(cycles.windows(2).any(|two| two[0]["settles"] == two[1]["settles"]), "{cycles:?}");
}

#[apply(each_store)]
async fn cycles_are_listed_before_an_instant_or_behind_one_of_them_and_no_other_place_is_taken(#[case] _on: OnStore) {
    let mut world = World::start("lists-cycles").await;
    for (name, track_id) in [("code062", "one"), ("code054", "two")] {
        let token = world.named_token(name).await.unwrap();
        assert_eq!(
            world
                .send(&transfer_call(&token, track_id, &paya_but(json!({"secondPassword": "1234"}))))
                .await
                .unwrap()
                .status,
            200
        );
    }
    let all = world.operator(Call::get("/admin/v1/cycles")).await.unwrap();
    let settles = all[0]["settles"].as_str().unwrap();
    let at = async |world: &mut World, place: &str| {
        let call = Call::get("/admin/v1/cycles").query("before", place).bearer(OPERATOR);
        let reply = world.send(&call).await.unwrap();
        (reply.status, reply.json().unwrap())
    };
    let later = "2026-12-01T00:00:00Z";
    assert_eq!(at(&mut world, later).await, (200, all.clone()));
    let (status, before) = at(&mut world, settles).await;
    assert_eq!((status, before.as_array().unwrap().iter().any(|row| row["settles"] == settles)), (200, false));
    let last = all.as_array().unwrap().last().unwrap()["id"].to_string();
    assert_eq!(at(&mut world, &last).await, (200, json!([])));
    for place in ["", "x", "0", "-1", "1", "99999999999999999999", "2026-11-21"] {
        let (status, said) = at(&mut world, place).await;
        assert_eq!((status, &said["error"]["field"]), (400, &json!("before")), "{place}: {said}");
    }
}
