//! The request log of a sandbox: what was called, what it was about, what struck it, and waiting for it. And the SMS that are waited for.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use crate::pay_pages::{Gateway, pan};
use rstest_reuse::apply;

use std::process::Command;
use std::time::{Duration, Instant};

use harness::client::{Call, Client, Reply};
use harness::paystar::{CARD, SEQUENCE, code, otp_call, pay_call};
use harness::pod::{SHOP, line, link_of, service_call};
use harness::server::{Launch, Server};
use harness::world::{
    BASIC, BON, Grant, OPERATOR, World, charge_call, deposit_call, fifty_thousand, token_call, transfer_call,
};
use serde_json::{Value, json};

const REQUESTS: &str = "/admin/v1/requests";

/// The newest request that fits a query.
async fn newest(world: &mut World, query: &[(&str, &str)]) -> Value {
    let call = query.iter().fold(Call::get(REQUESTS), |call, (name, value)| call.query(name, value));
    let found = world.operator(call.query("limit", "1")).await.unwrap();
    found.get(0).cloned().unwrap_or_default()
}

#[apply(each_store)]
async fn a_request_is_listed_with_what_it_was_about_on_every_platform(#[case] _on: OnStore) {
    let mut world = World::start("requests-facts").await;
    let token = world.grant(Grant::default()).await.unwrap();
    world.transfer(&token, "t-1", &fifty_thousand()).await.unwrap();
    world.inquire(&token, "t-1").await.unwrap();
    world.send(&token_call(&json!({"grant_type": "client_credentials", "nid": "0499370899"}))).await.unwrap();
    world.send(&otp_call(CARD, "order-1", 1_000)).await.unwrap();
    let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    let id = invoice["id"].to_string();
    let id = id.as_str();
    world.send(&Call::get(&format!("/v1/pbc/payinvoice/?invoiceId={id}"))).await.unwrap();
    world.send(&Call::get("/oauth2/authorize?client_id=shop")).await.unwrap();
    world.send(&Call::post("/sms/inbound").json(&json!({"from": "09121234567", "text": "1"}))).await.unwrap();
    world.send(&Call::get("/nowhere")).await.unwrap();
    // The query, and what is found: dialect, service, client, trackId, order, invoice.
    for (query, expected) in [
        (
            [("service", "transferTo"), ("trackId", "t-1")],
            json!(["finnotech", "transferTo", "drops", "t-1", null, null]),
        ),
        (
            [("service", "transferInquiry"), ("trackId", "t-1")],
            json!(["finnotech", "transferInquiry", "drops", "inq-1", null, null]),
        ),
        ([("service", "token"), ("client", "drops")], json!(["finnotech", "token", "drops", null, null, null])),
        (
            [("dialect", "paystar"), ("orderId", "order-1")],
            json!(["paystar", "otp-v2", SEQUENCE, null, "order-1", null]),
        ),
        ([("dialect", "pod"), ("invoice", id)], json!(["pod", "issueInvoice", null, null, null, id])),
        ([("dialect", "pages"), ("invoice", id)], json!(["pages", "link", null, null, null, id])),
        ([("dialect", "sso"), ("client", "shop")], json!(["sso", "authorize", "shop", null, null, null])),
        ([("dialect", "sms"), ("status", "2xx")], json!(["sms", "inbound", null, null, null, null])),
        ([("dialect", "other"), ("status", "404")], json!(["other", "unmatched", null, null, null, null])),
        ([("dialect", "admin"), ("service", "clock")], json!(["admin", "clock", null, null, null, null])),
    ] {
        let found = newest(&mut world, &query).await;
        let facts = ["dialect", "service", "client", "trackId", "orderId", "invoice"];
        assert_eq!(json!(facts.map(|name| found[name].clone())), expected, "{query:?}: {found}");
        assert_eq!(u64::from_str_radix(found["requestId"].as_str().unwrap(), 16).ok(), found["id"].as_u64());
        assert!(found["durationMs"].as_f64().is_some_and(|ms| ms > 0.0) && found.get("struck").is_none(), "{found}");
    }
    let transfer = newest(&mut world, &[("service", "transferTo")]).await;
    assert_eq!(transfer["at"], "2026-11-21T07:30:00Z", "by the sandbox's clock: {transfer}");
    let body: Value = serde_json::from_str(transfer["body"].as_str().unwrap()).unwrap();
    let reply: Value = serde_json::from_str(transfer["reply"].as_str().unwrap()).unwrap();
    assert_eq!((body, &reply["status"]), (fifty_thousand(), &json!("DONE")));
    // It is read in pages, and reads of it change nothing.
    let ids = |page: &Value| -> Vec<u64> {
        page.as_array().unwrap().iter().map(|request| request["id"].as_u64().unwrap()).collect()
    };
    let all = ids(&world.operator(Call::get(REQUESTS)).await.unwrap());
    let mut walked: Vec<u64> = Vec::new();
    while walked.len() < all.len() {
        let before = walked.last().map_or_else(String::new, |last| format!("&before={last}"));
        let page = ids(&world.operator(Call::get(&format!("{REQUESTS}?limit=3{before}"))).await.unwrap());
        assert!((1..=3).contains(&page.len()), "{page:?}");
        walked.extend(page);
    }
    assert_eq!(walked, all);
    let since = world.operator(Call::get(&format!("{REQUESTS}?since={}", all[2]))).await.unwrap();
    assert_eq!(ids(&since), all[..2]);
    // Reads of requests, SMS and calls to businesses are not recorded; what is sent by SMS is.
    world.operator(Call::get("/admin/v1/sms")).await.unwrap();
    world.operator(Call::get("/admin/v1/webhooks")).await.unwrap();
    assert_eq!(newest(&mut world, &[("dialect", "admin"), ("service", "sms")]).await, Value::Null);
    assert_eq!(newest(&mut world, &[("service", "requests")]).await, Value::Null);
    world.operator(Call::post("/admin/v1/sms").json(&json!({"to": "09121234567", "text": "x"}))).await.unwrap();
    assert_eq!(newest(&mut world, &[("dialect", "admin"), ("service", "sms")]).await["method"], "POST");
    for (query, field) in [
        ("status=6xx", "status"),
        ("dialect=bank", "dialect"),
        ("wait=0", "wait"),
        ("wait=61", "wait"),
        ("limit=101", "limit"),
        ("since=x", "since"),
    ] {
        let refused = world.send(&Call::get(&format!("{REQUESTS}?{query}")).bearer(OPERATOR)).await.unwrap();
        let error = refused.json().unwrap()["error"].take();
        assert_eq!((refused.status, &error["field"]), (400, &json!(field)), "{query}: {refused}");
    }
    for (id, status) in [("0", 404), ("999999", 404), ("-1", 404), ("x", 400)] {
        let reply = world.send(&Call::get(&format!("{REQUESTS}/{id}")).bearer(OPERATOR)).await.unwrap();
        assert_eq!(reply.status, status, "{id}");
    }
}

/// Runs a shell command; returns what it has printed.
fn shell(command: &str) -> String {
    let ran = Command::new("bash").args(["-c", command]).env("DARIC_OPERATOR_TOKEN", OPERATOR).output();
    let ran = ran.expect("bash and curl are there");
    assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

#[apply(each_store)]
async fn the_command_of_a_request_runs_as_it_is_and_has_no_token_of_the_operators(#[case] _on: OnStore) {
    let mut world = World::start("requests-curl").await;
    let token = world.grant(Grant::default()).await.unwrap();
    let otp = world.asked("order-1", 1_000).await;
    let calls = [
        (deposit_call(&token, "0302876214008", "balance").query("trackId", "kept"), "currentBalance"),
        (pay_call(CARD, "order-1", 1_000, &otp), "\"status\""),
        (service_call(SHOP, 29813, "offset=0&size=1"), "\"hasError\":false"),
        (token_call(&json!({"grant_type": "client_credentials", "nid": "0499370899"})), "refreshToken"),
        (Call::get("/admin/v1/clients").bearer(OPERATOR), "redirectOrigin"),
        (Call::new("HEAD", "/admin/v1/clients").bearer(OPERATOR), "200 OK"),
    ];
    for (call, part) in calls {
        world.send(&call).await.unwrap();
        let id = newest(&mut world, &[]).await["id"].clone();
        let one = world.operator(Call::get(&format!("{REQUESTS}/{id}"))).await.unwrap();
        let curl = one["curl"].as_str().unwrap().to_owned();
        assert!(!one.to_string().contains(OPERATOR), "{one}");
        let printed = tokio::task::spawn_blocking(move || shell(&curl)).await.unwrap();
        assert!(printed.contains(part), "{}: {printed}", one["curl"]);
        assert_eq!(one["method"], call.method);
        assert!(one["headers"].as_array().unwrap().iter().any(|header| header["name"] == "host"), "{one}");
    }
    // A password of the operators' API is never shown.
    let form = json!({"name": "maryam", "password": "a-long-password", "role": "viewer"});
    world.operator(Call::post("/admin/v1/operators").json(&form)).await.unwrap();
    let found = newest(&mut world, &[("service", "operators")]).await;
    assert!(found.to_string().contains("maryam") && !found.to_string().contains("a-long-password"), "{found}");
}

#[apply(each_store)]
async fn a_reset_and_a_loaded_snapshot_empty_the_log(#[case] _on: OnStore) {
    let mut world = World::start("requests-reset").await;
    let orders = [("service", "transferTo")];
    world.operator(Call::post("/admin/v1/snapshots").json(&json!({"name": "before"}))).await.unwrap();
    for path in ["/admin/v1/snapshots/before/load", "/admin/v1/reset"] {
        let token = world.grant(Grant::default()).await.unwrap();
        world.transfer(&token, "logged", &fifty_thousand()).await.unwrap();
        assert_eq!(newest(&mut world, &orders).await["trackId"], "logged");
        world.operator(Call::post(path)).await.unwrap();
        assert_eq!(newest(&mut world, &orders).await, Value::Null, "{path}");
    }
}

/// A read that waits, on a connection of its own.
fn waiting(server: &Server, target: &str) -> tokio::task::JoinHandle<Reply> {
    let (address, call) = (server.address, Call::get(target).bearer(OPERATOR));
    tokio::spawn(async move { Client::connect(address).await.unwrap().send(&call).await.unwrap() })
}

#[apply(each_store)]
async fn a_read_waits_for_what_comes_first_and_no_longer_than_it_says(#[case] _on: OnStore) {
    let mut world = World::start("requests-wait").await;
    let token = world.grant(Grant::default()).await.unwrap();
    let last = newest(&mut world, &[]).await["id"].clone();
    // What is there already is answered at once, whatever the time.
    let found = world.operator(Call::get(&format!("{REQUESTS}?service=tokens&wait=60"))).await.unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    let waits = [
        waiting(&world.server, &format!("{REQUESTS}?trackId=w-2&wait=25&since={last}")),
        waiting(&world.server, "/admin/v1/sms?to=09123456789&wait=25"),
        waiting(&world.server, "/admin/v1/webhooks?business=201&wait=25"),
    ];
    for track_id in ["w-1", "w-2"] {
        world.transfer(&token, track_id, &fifty_thousand()).await.unwrap();
    }
    assert_eq!(code(&world.send(&otp_call(CARD, "order-1", 1_000)).await.unwrap()), None);
    let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    let link =
        world.pod_done(SHOP, 29815, &format!("invoiceId={}&callbackUri=http://127.0.0.1:9/x", invoice["id"])).await;
    let link = link.as_str().unwrap()[link.as_str().unwrap().find("/v1/").unwrap()..].to_owned();
    world.send(&Call::get(&format!("{link}gateway=LOC&redirectUri=http://127.0.0.1:9/b"))).await.unwrap();
    let [requests, sms, webhooks] = waits;
    let body = |reply: Reply| reply.json().unwrap();
    let found = body(requests.await.unwrap());
    assert_eq!((found.as_array().unwrap().len(), &found[0]["trackId"]), (1, &json!("w-2")), "{found}");
    let found = body(sms.await.unwrap());
    assert!(found[0]["otp"].is_string() && found[0]["text"].is_string(), "a code is there with its SMS: {found}");
    let found = body(webhooks.await.unwrap());
    assert_eq!((found.as_array().unwrap().len(), &found[0]["business"]), (1, &json!(201)), "{found}");
    // Nothing fits: the list is empty when the time is over.
    for target in [
        format!("{REQUESTS}?trackId=never&wait=1"),
        "/admin/v1/sms?to=09120000999&wait=1".to_owned(),
        "/admin/v1/webhooks?business=202&wait=1".to_owned(),
    ] {
        let began = Instant::now();
        assert_eq!(world.operator(Call::get(&target)).await.unwrap(), json!([]), "{target}");
        assert!((1..20).contains(&began.elapsed().as_secs()), "{target}: {:?}", began.elapsed());
    }
    // A stop ends a read that waits.
    let ends = waiting(&world.server, &format!("{REQUESTS}?trackId=never&wait=60"));
    for _ in 0..20 {
        world.operator(Call::get("/admin/v1/clock")).await.unwrap();
    }
    let World { server, caller, home, .. } = world;
    let began = Instant::now();
    tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    // It was answered, or had not been read yet.
    if let Ok(reply) = ends.await {
        assert_eq!(reply.json().unwrap(), json!([]));
    }
    drop((caller, home));
}

#[apply(each_store)]
async fn an_sms_has_its_code_and_is_listed_by_its_number(#[case] _on: OnStore) {
    let mut world = World::start("requests-sms").await;
    let mut since = 0;
    // By PayStar, by a page for a card, by a code that pays an invoice, by the log-in service, and by a bank.
    let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    let consent = "/dev/v2/oauth2/authorize?client_id=drops&response_type=code&redirect_uri=http://127.0.0.1/return&auth_type=SMS&bank=016\
                   &mobile=09300000000&nid=1111111111&deposit=776700000&scope=oak:transfer-to:execute&limit=1000000&count=5";
    let coded = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    let (_, card_page) = world.card_page(&invoice).await;
    let card_page = card_page.body("pan=5022000012340000&cvv2=123&exp_year=1408&exp_month=12");
    for (call, to, length) in [
        (otp_call(CARD, "order-1", 1_000), "09123456789", 5),
        (card_page, "09123456789", 5),
        (service_call(SHOP, 29807, &format!("invoiceId={}&smsContentType=1", coded["id"])), "09121234567", 6),
        (Call::get(consent).header("authorization", BASIC), "09300000000", 5),
    ] {
        let reply = world.send(&call).await.unwrap();
        assert!([200, 303].contains(&reply.status), "{reply}");
        let list = format!("/admin/v1/sms?to={to}&since={since}&wait=25");
        let found = world.operator(Call::get(&list)).await.unwrap();
        let sms = &found[0];
        let (otp, text) = (sms["otp"].as_str().unwrap_or_default(), sms["text"].as_str().unwrap());
        assert!(found.as_array().unwrap().len() == 1 && otp.len() == length && text.contains(otp), "{found}");
        assert_eq!((&sms["to"], &sms["code"]), (&json!(to), &json!(true)));
        since = sms["id"].as_i64().unwrap();
        assert_eq!(world.operator(Call::get(&format!("/admin/v1/sms?since={since}"))).await.unwrap(), json!([]));
    }
    // A text without a code has none.
    world.operator(Call::post("/admin/v1/sms").json(&json!({"to": "09121234567", "text": "۱۲۳۴۵"}))).await.unwrap();
    let plain = world.operator(Call::get(&format!("/admin/v1/sms?since={since}"))).await.unwrap();
    assert_eq!((&plain[0]["code"], plain[0].get("otp"), &plain[0]["text"]), (&json!(false), None, &json!("۱۲۳۴۵")));
}

/// What the request log says struck the newest request that something has struck with this name.
async fn struck(world: &mut World, name: &str) -> Value {
    newest(world, &[("fault", name)]).await["struck"].take()
}

/// docs/sandbox.md: every magic value, and the faults of links, for which the document has no operation.
#[apply(each_store)]
async fn a_magic_value_or_a_fault_of_a_link_says_that_it_has_struck(#[case] _on: OnStore) {
    let mut world = World::start("requests-struck").await;
    let values = world.operator(Call::get("/admin/v1/values")).await.unwrap();
    let listed = |list: &str, name: &str| -> Vec<String> {
        values[list].as_array().unwrap().iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
    };
    let magic = |name: &str| json!({"kind": "magic", "name": name});
    let token = world.grant(Grant::default()).await.unwrap();
    for prefix in listed("trackIds", "value") {
        let is_charge = prefix.contains("charge") || prefix.contains("a106");
        let track_id = if prefix.ends_with("charge-") { format!("{prefix}B75-1") } else { format!("{prefix}1") };
        let call = match is_charge {
            true => charge_call(&token, &track_id, BON, 20_000),
            false => transfer_call(&token, &track_id, &fifty_thousand()),
        };
        // Some of them close the connection.
        let reply = world.send(&call).await;
        assert_eq!(reply.is_err(), prefix.contains("drop"), "{prefix}: {reply:?}");
        assert_eq!(struck(&mut world, &prefix).await, magic(&prefix), "{prefix}");
    }
    world.send(&transfer_call(&token, "daric-mistyped", &fifty_thousand())).await.unwrap();
    assert_eq!(struck(&mut world, "daric-").await, magic("daric-"));
    // An inquiry about such an order is not struck.
    world.inquire(&token, "daric-pending-1").await.unwrap();
    assert_eq!(newest(&mut world, &[("service", "transferInquiry")]).await.get("struck"), None);
    for description in listed("descriptions", "value") {
        let invoice = world.issue(SHOP, &format!("description={description}%20x&{}", line(50_000, "1"))).await;
        world.follow(&invoice, "gateway=LOC").await;
        assert_eq!(struck(&mut world, &description).await, magic(&description));
    }
    let of_links = values["faults"].as_array().unwrap().iter().filter(|row| {
        row["operations"].as_array().unwrap().contains(&json!("link")) && row["fault"] != "card_network_timeout"
    });
    for fault in of_links.map(|row| row["fault"].as_str().unwrap()) {
        let invoice = world.issue(SHOP, &line(50_000, "1")).await;
        let after = (fault == "delay").then_some("PT0.01S");
        let rule = json!({"fault": fault, "operation": "link", "after": after});
        let rule = world.arm_rule(&rule).await.unwrap_or_else(|error| panic!("{fault}: {error}"));
        // Some of them leave the payer without a whole reply.
        drop(world.send(&link_of(&invoice, "gateway=LOC")).await);
        assert_eq!(struck(&mut world, fault).await, json!({"kind": "fault", "name": fault, "rule": rule["id"]}));
        // The next one is not struck.
        world.follow(&invoice, "gateway=PEP").await;
        assert_eq!(newest(&mut world, &[("dialect", "pages")]).await.get("struck"), None, "{fault}");
    }
    let mut gateway = Gateway::enter_in(world, "", "").await;
    gateway.pay_unanswered(&pan("603799", "1234"), None).await;
    let told = struck(&mut gateway.world, "card_network_timeout").await;
    assert_eq!(json!([told["kind"], told["name"]]), json!(["fault", "card_network_timeout"]));
    for ending in listed("cardEndings", "value") {
        gateway.again().await;
        gateway.pay_with(&pan("603799", &ending)).await;
        assert_eq!(struck(&mut gateway.world, &ending).await, magic(&ending), "{ending}");
    }
}

#[apply(each_store)]
async fn a_rule_of_strict_mode_says_that_it_has_refused(#[case] _on: OnStore) {
    let mut world =
        World::launch("requests-strict", Launch { args: &["--strict=unknown_fields"], ..Launch::default() }).await;
    let token = world.grant(Grant::default()).await.unwrap();
    let mut body = fifty_thousand();
    body["ammount"] = json!(1);
    assert_eq!(world.transfer(&token, "s-1", &body).await.unwrap().status, 400);
    assert_eq!(struck(&mut world, "unknown_fields").await, json!({"kind": "strict", "name": "unknown_fields"}));
    // A fault is told rather than a rule.
    let rule = world.arm_rule(&json!({"fault": "delay", "after": "PT0S"})).await.unwrap();
    assert_eq!(world.transfer(&token, "s-2", &body).await.unwrap().status, 400);
    let told = newest(&mut world, &[("trackId", "s-2")]).await["struck"].take();
    assert_eq!(told, json!({"kind": "fault", "name": "delay", "rule": rule["id"]}));
}
