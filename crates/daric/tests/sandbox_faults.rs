//! Faults of a sandbox: of connections, of calls to businesses, brought by a call, and in series (`docs/sandbox.md`).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use harness::client::{Call, Reply};
use harness::paystar::{CARD, code, inquiry_call, otp_call, pay_call};
use harness::pod::{ALI, SHOP, answer_of, line, service_call};
use harness::provider::Provider;
use harness::server::{Launch, Server};
use harness::world::{BASIC, Caller, Grant, OPERATOR, Token, World, deposit_call, fifty_thousand, transfer_call};
use serde_json::{Value, json};

/// Longer than a reply takes to come.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A call of each kind of path that rules strike, with the name of its service, whether it answers with a body, and the type of that.
async fn calls(world: &mut World, token: &Token) -> Vec<(&'static str, Call, &'static str)> {
    let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    let session = world.hold(&invoice).await;
    let unique = invoice["uniqueNumber"].as_str().unwrap().to_owned();
    let form = "application/x-www-form-urlencoded";
    let of_code = "grant_type=authorization_code&code=none&redirect_uri=http://127.0.0.1:9/b";
    vec![
        ("balance", deposit_call(token, harness::world::DROPS, "balance"), "application/json"),
        ("transferTo", transfer_call(token, "connection-1", &fifty_thousand()), "application/json"),
        ("inquiry", inquiry_call("none"), "application/json"),
        ("getUserProfile", service_call(SHOP, 29_792, ""), "application/json"),
        ("getCredit", Call::get("/nzh/getCredit").header("_token_", ALI), "application/json"),
        (
            "sso/token",
            Call::post("/oauth2/token").header("authorization", BASIC).header("content-type", form).body(of_code),
            "application/json",
        ),
        ("sso/login", Call::get("/oauth2/login").header("accept", "text/html"), "text/html"),
        ("link", Call::get(&format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}")), "text/html"),
        ("page", Call::get(&session), "text/html"),
    ]
}

/// What the server sends to a call on a connection of its own, and how the connection ends.
async fn sent(address: SocketAddr, call: &Call) -> (String, Result<(), ErrorKind>) {
    let bytes = call.bytes(address);
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.write_all(&bytes).unwrap();
        let (mut received, mut buffer) = (Vec::new(), [0; 4_096]);
        let end = loop {
            match stream.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(count) => received.extend_from_slice(&buffer[..count]),
                Err(error) => break Err(error.kind()),
            }
        };
        (String::from_utf8_lossy(&received).into_owned(), end)
    })
    .await
    .unwrap()
}

async fn armed(world: &mut World) -> usize {
    world.operator(Call::get("/admin/v1/faults")).await.unwrap()["faults"].as_array().unwrap().len()
}

async fn arm(world: &mut World, rule: Value) {
    world.arm_rule(&rule).await.unwrap_or_else(|error| panic!("{rule}: {error}"));
}

#[apply(each_store)]
async fn a_connection_fails_in_every_way_at_every_kind_of_path(#[case] _on: OnStore) {
    let mut world = World::start("faults-connections").await;
    let token = world.named_token("code062").await.unwrap();
    let address = world.server.address;
    for (name, call, kind) in calls(&mut world, &token).await {
        arm(&mut world, json!({"fault": "http_429", "operation": name})).await;
        let reply = world.send(&call).await.unwrap();
        assert_eq!((reply.status, reply.header("retry-after")), (429, Some("1")), "{name}: {reply}");
        assert!(reply.header("content-type").unwrap().starts_with(kind) && !reply.body.is_empty(), "{name}: {reply}");
        assert_eq!(armed(&mut world).await, 0, "{name}: it did not strike");

        for fault in ["drop_before", "connection_reset", "drop_after"] {
            arm(&mut world, json!({"fault": fault, "operation": name})).await;
            let (text, end) = sent(address, &call).await;
            assert_eq!(text, "", "{fault} {name}");
            let expected = if fault == "connection_reset" { Err(ErrorKind::ConnectionReset) } else { Ok(()) };
            assert_eq!((end, armed(&mut world).await), (expected, 0), "{fault} {name}");
        }

        arm(&mut world, json!({"fault": "half_body", "operation": name})).await;
        let (text, _) = sent(address, &call).await;
        // A link redirects.
        let has_body = name != "link";
        if has_body {
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{name}: {text}"));
            let announced = head.to_ascii_lowercase();
            let announced = announced.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
            let announced: usize = announced.trim().parse().unwrap();
            assert!(!body.is_empty() && body.len() < announced, "{name}: {} of {announced}", body.len());
        }
        assert_eq!(armed(&mut world).await, 0, "half_body {name}");

        arm(&mut world, json!({"fault": "delay", "operation": name, "after": "PT0.2S..PT0.3S", "seed": 7})).await;
        let began = Instant::now();
        let reply = world.send(&call).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(200), "{name}: {:?}", began.elapsed());
        assert!(reply.status < 500 && armed(&mut world).await == 0, "{name}: {reply}");
    }
    // What was done before the connection failed is done once.
    assert_eq!(world.status(&token, "connection-1").await.unwrap(), "DONE");
}

#[apply(each_store)]
async fn a_delay_has_a_range_a_distribution_and_a_seed_and_other_faults_have_none(#[case] _on: OnStore) {
    let mut world = World::start("faults-delay").await;
    let rule = json!({"fault": "delay", "after": "PT0.1S..PT2S", "distribution": "exponential", "seed": 7, "nth": 9});
    let armed = world.arm_rule(&rule).await.unwrap();
    for (field, value) in [("after", json!("PT0.1S..PT2S")), ("distribution", json!("exponential")), ("seed", json!(7))]
    {
        assert_eq!(armed[field], value, "{armed}");
    }
    for (after, is_random) in [("PT0.1S..PT2S", true), ("PT2S", false)] {
        let armed = world.arm_rule(&json!({"fault": "delay", "after": after, "nth": 9})).await.unwrap();
        assert_eq!(armed["seed"].is_u64(), is_random, "{armed}");
    }
    for (rule, field) in [
        (json!({"fault": "delay", "after": "PT2S..PT1S"}), "after"),
        (json!({"fault": "delay", "after": "PT1S..PT3M"}), "after"),
        (json!({"fault": "delay", "after": "PT1S.."}), "after"),
        (json!({"fault": "delay", "after": "PT1S", "distribution": "normal"}), "distribution"),
        (json!({"fault": "delay", "after": "PT1S", "seed": -1}), "seed"),
        (json!({"fault": "drop_after", "seed": 1}), "seed"),
        (json!({"fault": "drop_after", "distribution": "uniform"}), "distribution"),
        (json!({"fault": "callback_delay"}), "after"),
        (json!({"fault": "callback_delay", "after": "P2D"}), "after"),
        (json!({"fault": "callback_lost", "operation": "transferTo"}), "operation"),
        (json!({"fault": "callback_lost", "amount": 1_000}), "amount"),
        (json!({"fault": "http_429", "operation": "getUserProfile", "client": "shop"}), "client"),
        (json!({"fault": "pod:227", "operation": "payInvoiceByCredit", "amount": 1_000}), "amount"),
        (json!({"fault": "callback_delay", "after": "PT1S", "card": "6037990000000006"}), "card"),
        (json!({"fault": "callback_duplicate", "destination": "0302876214008"}), "destination"),
        (json!({"fault": "http_429", "operation": "callback"}), "operation"),
    ] {
        let reply = world.send(&Call::post("/admin/v1/faults").bearer(OPERATOR).json(&rule)).await.unwrap();
        assert_eq!((reply.status, &reply.json().unwrap()["error"]["field"]), (400, &json!(field)), "{rule}: {reply}");
    }
}

#[apply(each_store)]
async fn a_stop_does_not_wait_for_a_delay_whose_call_is_not_done(#[case] _on: OnStore) {
    let mut world = World::start("faults-delay-stop").await;
    let token = world.grant(Grant::default()).await.unwrap();
    arm(&mut world, json!({"fault": "delay", "after": "PT2M"})).await;
    let (address, call) = (world.server.address, transfer_call(&token, "delayed", &fifty_thousand()));
    let delayed = tokio::spawn(async move { sent(address, &call).await });
    while armed(&mut world).await > 0 {}
    let World { server, home, .. } = world;
    let began = Instant::now();
    tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert_eq!(delayed.await.unwrap().0, "");
    let server = Server::start(&home, Launch::default());
    let reply = Caller::of_production(server.address).await.inquire(&token, "delayed").await.unwrap();
    assert!(String::from_utf8_lossy(&reply.body).contains("transaction not found"), "{reply}");
}

#[apply(each_store)]
async fn a_rule_for_a_business_strikes_its_calls_alone(#[case] _on: OnStore) {
    let mut world = World::start("faults-business").await;
    arm(&mut world, json!({"fault": "pod:227", "client": "shop"})).await;
    let code = |reply: Reply| reply.json().unwrap()["errorCode"].as_i64();
    assert_eq!(code(world.send(&service_call(ALI, 29_792, "")).await.unwrap()), Some(0));
    assert_eq!(code(world.send(&service_call(SHOP, 29_792, "")).await.unwrap()), Some(227));
    assert_eq!(code(world.send(&service_call(SHOP, 29_792, "")).await.unwrap()), Some(0));
}

#[apply(each_store)]
async fn a_call_that_gets_no_answer_is_no_success_in_the_log(#[case] _on: OnStore) {
    let mut world = World::start("faults-unanswered").await;
    for (fault, status) in [("drop_before", 444), ("drop_after", 444), ("connection_reset", 444), ("half_body", 200)] {
        let call = service_call(SHOP, 29_792, "").header("Daric-Fault", fault);
        drop(sent(world.server.address, &call).await);
        let query = Call::get("/admin/v1/requests").query("fault", fault).query("wait", "10");
        let found = world.operator(query).await.unwrap();
        assert_eq!(found[0]["status"], status, "{fault}: {found}");
    }
}

#[apply(each_store)]
async fn a_call_is_struck_in_every_way_that_a_rule_a_header_or_its_track_id_asks_for(#[case] _on: OnStore) {
    let mut world = World::start("faults-together").await;
    let delay = json!({"fault": "delay", "after": "PT0.01S", "always": true});
    let (unknown, code) = (json!({"fault": "rail_timeout"}), json!({"fault": "response_code:ZZ", "always": true}));
    let nested = json!({"fault": "nested_error"});
    let busy = |nth: u64| json!({"fault": "error:server is busy", "nth": nth});
    // The rules, the trackIds of transfers, and of each the state, or the refusal's message.
    for (at, (rules, calls)) in [
        (vec![&delay, &unknown], vec![("a", "UNKNOWN"), ("b", "DONE")]),
        (vec![&delay, &code, &unknown], vec![("a", "UNKNOWN")]),
        (vec![&delay], vec![("daric-unknown-1", "UNKNOWN"), ("daric-busy-1", "server is busy")]),
        (vec![&code, &nested], vec![("daric-unknown-1", "UNKNOWN"), ("daric-pending-done-1", "PENDING")]),
        // The refusal of a mistyped magic value is one that the rule reshapes; nothing is booked.
        (vec![&delay, &nested], vec![("daric-nosuch-1", "unknown magic value")]),
        (vec![&json!({"fault": "http_429"}), &busy(2)], vec![("a", "429"), ("b", "server is busy"), ("c", "DONE")]),
        (vec![&busy(1), &busy(1)], vec![("a", "server is busy"), ("b", "server is busy"), ("c", "DONE")]),
        (vec![&unknown, &json!({"fault": "http_429"})], vec![("a", "429"), ("b", "UNKNOWN")]),
    ]
    .into_iter()
    .enumerate()
    {
        world.operator(Call::post("/admin/v1/reset")).await.unwrap();
        let token = world.grant(Grant::default()).await.unwrap();
        let before = world.balance(&token, harness::world::DROPS).await.unwrap();
        for rule in &rules {
            arm(&mut world, (*rule).clone()).await;
        }
        for (track_id, expected) in calls {
            let reply = world.transfer(&token, track_id, &fifty_thousand()).await.unwrap();
            let said = format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body));
            assert!(said.contains(expected), "{at} {track_id}: {said}");
            let has_code = said.contains("\"responseCode\":\"ZZ\"");
            assert_eq!(has_code, rules.contains(&&code), "{at} {track_id}: {said}");
            if expected == "unknown magic value" {
                assert_eq!(world.balance(&token, harness::world::DROPS).await.unwrap(), before, "{at} {track_id}");
            }
        }
    }
}

/// What the reply to a call says of the header that it cannot be read with.
fn names_the_header(reply: &Reply) -> bool {
    String::from_utf8_lossy(&reply.body).contains("Daric-Fault")
}

#[apply(each_store)]
async fn a_call_brings_its_own_fault_which_strikes_no_other(#[case] _on: OnStore) {
    let mut world = World::start("faults-header").await;
    let token = world.named_token("code062").await.unwrap();
    let with = |call: Call, fault: &str| call.header("Daric-Fault", fault);
    // The network of a transfer, an error, and the reply of a refusal.
    let call = transfer_call(&token, "header-1", &fifty_thousand());
    let reply = world.send(&with(call, "rail_timeout; then=failed; after=PT1H")).await.unwrap();
    assert_eq!(reply.json().unwrap()["status"], "UNKNOWN", "{reply}");
    let reply = world.transfer(&token, "header-2", &fifty_thousand()).await.unwrap();
    assert_eq!(reply.json().unwrap()["status"], "DONE", "{reply}");
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT1H"}))).await.unwrap();
    assert_eq!(world.status(&token, "header-1").await.unwrap(), "FAILED");
    let balance = deposit_call(&token, harness::world::DROPS, "balance");
    let reply = world.send(&with(balance.clone(), "error:invalid token")).await.unwrap();
    assert_eq!((reply.status, reply.message().as_str()), (403, "invalid token"));
    assert_eq!(world.send(&balance).await.unwrap().status, 200);
    // Checks of a card, a service of POD, the log-in service and a link.
    let otp = world.asked("header-3", 1_000).await;
    let reply = world.send(&with(pay_call(CARD, "header-3", 1_000, &otp), "paystar:91")).await.unwrap();
    assert_eq!(code(&reply), Some(91), "{reply}");
    let reply = world.send(&with(service_call(SHOP, 29_792, ""), "pod:999")).await.unwrap();
    assert_eq!(answer_of(&reply).0, 999);
    let reply = world.send(&with(Call::get("/oauth2/login"), "http_429")).await.unwrap();
    assert_eq!(reply.status, 429);
    let invoice =
        world.issue(SHOP, &format!("userId=101&redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"))).await;
    let link = format!(
        "/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={}&gateway=LOC",
        invoice["uniqueNumber"].as_str().unwrap()
    );
    let declined = world.send(&with(Call::get(&link), "card:51")).await.unwrap();
    assert!(declined.header("location").unwrap().contains("paid=false"), "{declined}");
    let paid = world.send(&Call::get(&link)).await.unwrap();
    assert!(paid.header("location").unwrap().contains("paid=true"), "{paid}");
    assert_eq!(armed(&mut world).await, 0);

    // A header that cannot be read, or names a fault that never strikes the service, is refused as the dialect refuses.
    for (call, status, kind) in [
        (balance.clone(), 400, "application/json"),
        (inquiry_call("header-3"), 422, "application/json"),
        (service_call(SHOP, 29_792, ""), 200, "application/json"),
        (Call::post("/oauth2/token").header("authorization", BASIC), 400, "application/json"),
        (Call::get("/oauth2/login").header("accept", "text/html"), 400, "text/html"),
    ] {
        for fault in ["no such fault", "rail_timeout; nth=2", "", "charge:A106", "callback_lost"] {
            let reply = world.send(&with(call.clone(), fault)).await.unwrap();
            assert_eq!(reply.status, status, "{} {fault}: {reply}", call.target);
            assert!(reply.header("content-type").unwrap().starts_with(kind), "{} {fault}: {reply}", call.target);
            assert!(kind == "text/html" || names_the_header(&reply), "{} {fault}: {reply}", call.target);
        }
        let twice = with(with(call.clone(), "http_429"), "http_429");
        assert_eq!(world.send(&twice).await.unwrap().status, status, "{} twice", call.target);
    }
    // The operators' own calls bring none.
    let own = world.send(&with(Call::get("/admin/v1/clock").bearer(OPERATOR), "no such fault")).await.unwrap();
    assert_eq!(own.status, 200);
}

/// Pays an invoice of Shop at the sandbox's gateway, which calls this address.
async fn paid(world: &mut World, shop: &Provider) -> i64 {
    let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    let call = format!("callbackUri=http%3A%2F%2F{}%2Fpaid", shop.address);
    let link = world.pod_done(SHOP, 29815, &format!("invoiceId={}&{call}", invoice["id"])).await;
    let link = link.as_str().unwrap();
    let link = format!("{}gateway=LOC&redirectUri=http://127.0.0.1:9/b", &link[link.find("/v1/").unwrap()..]);
    assert_eq!(world.send(&Call::get(&link)).await.unwrap().status, 302);
    invoice["id"].as_i64().unwrap()
}

fn invoice_of(request: &str) -> i64 {
    let (_, rest) = request.split_once("invoiceId=").unwrap();
    rest.split(['&', ' ']).next().unwrap().parse().unwrap()
}

fn webhook_id(request: &str) -> String {
    request.lines().find_map(|line| line.strip_prefix("webhook-id: ")).unwrap().to_owned()
}

/// Waits until the newest call to a business has this state.
async fn becomes(world: &mut World, state: &str) -> Value {
    loop {
        let call = world.operator(Call::get("/admin/v1/webhooks?limit=1")).await.unwrap()[0].take();
        if call["state"] == state {
            return call;
        }
        tokio::task::yield_now().await;
    }
}

#[apply(each_store)]
async fn a_business_is_called_twice_late_or_in_another_order(#[case] _on: OnStore) {
    let mut world = World::start("faults-callbacks").await;
    let mut shop = Provider::start().await;
    world.arm("callback_duplicate").await.unwrap();
    let invoice = paid(&mut world, &shop).await;
    let (first, second) = (shop.asked().await, shop.asked().await);
    assert_eq!((webhook_id(&first), invoice_of(&first)), (webhook_id(&second), invoice));
    becomes(&mut world, "sent").await;
    assert_eq!(armed(&mut world).await, 0, "it struck");

    // Late by the service's clock, whatever the machine's does; that is no try.
    arm(&mut world, json!({"fault": "callback_delay", "after": "PT10M"})).await;
    let invoice = paid(&mut world, &shop).await;
    while armed(&mut world).await > 0 {
        tokio::task::yield_now().await;
    }
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT9M"}))).await.unwrap();
    let queued = becomes(&mut world, "queued").await;
    assert_eq!((&queued["tries"], shop.unseen()), (&json!(0), 0), "{queued}");
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT1M"}))).await.unwrap();
    assert_eq!(invoice_of(&shop.asked().await), invoice);
    assert_eq!(becomes(&mut world, "sent").await["tries"], 1);

    // The first of two calls comes after the second.
    world.arm("callback_out_of_order").await.unwrap();
    let first = paid(&mut world, &shop).await;
    while armed(&mut world).await > 0 {
        tokio::task::yield_now().await;
    }
    let second = paid(&mut world, &shop).await;
    assert_eq!([invoice_of(&shop.asked().await), invoice_of(&shop.asked().await)], [second, first]);

    // Of one business only.
    arm(&mut world, json!({"fault": "callback_lost", "client": "someone else"})).await;
    let invoice = paid(&mut world, &shop).await;
    assert_eq!((invoice_of(&shop.asked().await), armed(&mut world).await), (invoice, 1));
}

async fn scenario(world: &mut World, form: Value) -> Value {
    let armed = world.operator(Call::post("/admin/v1/scenarios").json(&form)).await;
    armed.unwrap_or_else(|error| panic!("{form}: {error}"))
}

#[apply(each_store)]
async fn scenarios_of_bank_transfers_strike_in_their_order(#[case] _on: OnStore) {
    let mut world = World::start("scenarios-finnotech").await;
    let token = world.grant(Grant::default()).await.unwrap();
    let list = world.operator(Call::get("/admin/v1/scenarios")).await.unwrap();
    let values = world.operator(Call::get("/admin/v1/values")).await.unwrap();
    assert_eq!(list.as_array().unwrap().len(), values["scenarios"].as_array().unwrap().len());

    let armed_rules = scenario(&mut world, json!({"scenario": "busy-three-times", "trackId": "busy-"})).await;
    assert_eq!((armed_rules.as_array().unwrap().len(), &armed_rules[0]["trackId"]), (3, &json!("busy-")));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(world.transfer(&token, "busy-1", &fifty_thousand()).await.unwrap().status);
    }
    assert_eq!((statuses, armed(&mut world).await), (vec![503, 503, 503, 200], 0));

    scenario(&mut world, json!({"scenario": "lost-reply-then-done"})).await;
    world.transfer(&token, "lost-1", &fifty_thousand()).await.expect_err("no reply");
    assert_eq!(world.status(&token, "lost-1").await.unwrap(), "DONE");

    scenario(&mut world, json!({"scenario": "unknown-then-failed", "after": "PT1H"})).await;
    world.transfer(&token, "unknown-1", &fifty_thousand()).await.unwrap();
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT59M"}))).await.unwrap();
    assert_eq!(world.status(&token, "unknown-1").await.unwrap(), "UNKNOWN");
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT1M"}))).await.unwrap();
    assert_eq!(world.status(&token, "unknown-1").await.unwrap(), "FAILED");

    // Half of a scenario is never armed, and what does not exist is refused by its field.
    for (form, field) in [
        (json!({"scenario": "none"}), "scenario"),
        (json!({"scenario": "paya-returned"}), "trackId"),
        (json!({"scenario": "paya-returned", "trackId": "never"}), "fault"),
        (json!({"scenario": "busy-three-times", "operation": "link"}), "operation"),
    ] {
        let reply = world.send(&Call::post("/admin/v1/scenarios").bearer(OPERATOR).json(&form)).await.unwrap();
        assert_eq!((reply.status, &reply.json().unwrap()["error"]["field"]), (400, &json!(field)), "{form}: {reply}");
    }
    let paya = harness::world::paya_but(json!({"destinationNumber": harness::world::PASARGAD}));
    world.send(&transfer_call(&token, "returned-1", &paya)).await.unwrap();
    world.operator(Call::post("/admin/v1/clock").json(&json!({"run": "idle"}))).await.unwrap();
    let returned = scenario(&mut world, json!({"scenario": "paya-returned", "trackId": "returned-1"})).await;
    assert_eq!(returned["state"], "returned", "{returned}");
}

#[apply(each_store)]
async fn scenarios_of_cards_and_invoices_strike_in_their_order(#[case] _on: OnStore) {
    let mut world = World::start("scenarios-others").await;
    // PayStar.
    scenario(&mut world, json!({"scenario": "wrong-otp-then-right"})).await;
    let otp = world.asked("otp-1", 1_000).await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.push(code(&world.send(&pay_call(CARD, "otp-1", 1_000, &otp)).await.unwrap()));
    }
    assert_eq!(codes, [Some(55), None]);
    scenario(&mut world, json!({"scenario": "unknown-then-paid"})).await;
    let otp = world.asked("unknown-1", 1_000).await;
    assert_eq!(world.send(&pay_call(CARD, "unknown-1", 1_000, &otp)).await.unwrap().status, 504);
    assert_eq!(code(&world.send(&inquiry_call("unknown-1")).await.unwrap()), None, "it is paid");
    scenario(&mut world, json!({"scenario": "card-locked"})).await;
    assert_eq!(code(&world.send(&otp_call(CARD, "locked-1", 1_000)).await.unwrap()), None);
    let otp = world.password(harness::paystar::MOBILE).await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.push(code(&world.send(&pay_call(CARD, "locked-1", 1_000, &otp)).await.unwrap()));
    }
    assert_eq!((codes, armed(&mut world).await), (vec![Some(55), Some(75)], 0));

    // POD.
    let mut shop = Provider::start().await;
    scenario(&mut world, json!({"scenario": "declined-then-paid"})).await;
    let invoice =
        world.issue(SHOP, &format!("userId=101&redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"))).await;
    for told in ["paid=false", "paid=true"] {
        let reply = world.follow(&invoice, "gateway=LOC").await;
        assert!(reply.header("location").unwrap().contains(told), "{reply}");
    }
    scenario(&mut world, json!({"scenario": "callback-lost-then-resent"})).await;
    let invoice = paid(&mut world, &shop).await;
    while world.operator(Call::get("/admin/v1/webhooks?limit=1")).await.unwrap()[0]["tries"] != 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!((shop.unseen(), armed(&mut world).await), (0, 0));
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT1M"}))).await.unwrap();
    assert_eq!(invoice_of(&shop.asked().await), invoice);
    assert_eq!(becomes(&mut world, "sent").await["tries"], 2);
    scenario(&mut world, json!({"scenario": "answer-lost-then-done"})).await;
    let invoice = world.issue_to_ali("").await;
    let reply = world.pod(ALI, 30_382, &format!("invoiceId={invoice}")).await;
    assert_eq!(answer_of(&reply).0, 378);
    assert_eq!(world.invoice(SHOP, invoice).await["payed"], true);
}
