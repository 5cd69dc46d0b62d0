//! Production: no demo secrets, no sandbox controls, and no store of a sandbox.

use crate::harness;
use crate::harness::server::{OnStore, each_store, each_store_at_once, temporary};
use rstest_reuse::apply;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Output};

use harness::browser::{Tab, field, text};
use harness::client::{Call, Client};
use harness::device::{Device, enrol, show_code, show_password};
use harness::pod::{answer_of, line, service_call};
use harness::production::{KEY, OPERATOR, Production, serve};
use harness::provider::Provider;
use harness::server::{Home, Launch, Server, daric, postgres};
use harness::world::Caller;

const OTHER_KEY: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn refused(mut command: Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(matches!(status.code(), Some(1 | 2)), "{status:?}: {stderr}");
    stderr
}

#[apply(each_store)]
async fn the_sandbox_s_controls_and_secrets_do_not_exist_in_production(#[case] _on: OnStore) {
    let home = Home::new("production");
    let server = Production::start(&home, KEY);
    let mut client = Client::connect(server.1).await.unwrap();
    for (path, body) in [
        ("/admin/v1/reset", "{}"),
        ("/admin/v1/clock", r#"{"set":"2026-11-21T11:00:00Z"}"#),
        ("/admin/v1/tokens", r#"{"client":"drops","type":"CLIENT-CREDENTIAL"}"#),
        ("/admin/v1/faults", r#"{"fault":"rail_timeout"}"#),
        ("/admin/v1/snapshots", r#"{"name":"x"}"#),
        ("/admin/v1/snapshots/x/load", "{}"),
        ("/admin/v1/scenarios", r#"{"scenario":"busy-three-times"}"#),
        ("/admin/v1/world", "{}"),
    ] {
        let reply = client.send(&Call::post(path).bearer(OPERATOR).body(body)).await.unwrap();
        assert_eq!(reply.status, 404, "{path}");
    }
    // The API reference asks for an operator's sign-in.
    let reference = client.send(&Call::get("/docs/api")).await.unwrap();
    assert_eq!(reference.header("location"), Some("/console/login?next=%2Fdocs%2Fapi"), "{reference}");
    for path in [
        "/admin/v1/clock",
        "/admin/v1/clock/due",
        "/admin/v1/faults",
        "/admin/v1/requests",
        "/admin/v1/requests/1",
        "/admin/v1/snapshots",
        "/admin/v1/scenarios",
    ] {
        let reply = client.send(&Call::get(path).bearer(OPERATOR)).await.unwrap();
        assert_eq!(reply.status, 404, "{path}");
    }
    // A fault that a call brings is not read.
    for fault in ["http_429", "no such fault"] {
        let call = Call::get("/oauth2/login").header("Daric-Fault", fault);
        assert_eq!(client.send(&call).await.unwrap().status, 200, "{fault}");
    }
    // No SMS provider is configured: the call is refused and has no effect.
    let call = Call::post("/admin/v1/sms").bearer(OPERATOR).body(r#"{"to":"09120000000","text":"x"}"#);
    assert_eq!(client.send(&call).await.unwrap().status, 409);
    let reply = client.send(&Call::get("/admin/v1/sms").bearer(OPERATOR)).await.unwrap();
    assert_eq!((reply.status, reply.json().unwrap()), (200, serde_json::json!([])));
    let otp = r#"{"amount":1,"pan":"5022000012340000","order_id":"o","sequence":"s"}"#;
    let reply = client.send(&Call::post("/api/ivr/otp-v2").body(otp)).await.unwrap();
    assert_eq!(reply.json().unwrap()["errors"][0]["code"], "80");
    let with = |token: &str| Call::get("/admin/v1/accounts").bearer(token);
    assert_eq!(client.send(&with("demo-admin-token")).await.unwrap().status, 401);
    let reply = client.send(&with(OPERATOR)).await.unwrap();
    assert_eq!((reply.status, reply.json().unwrap()), (200, serde_json::json!([])), "no demo world");
    let form = r#"{"id":"shop","secret":"drops-secret","nids":["0499370899"],"redirectOrigin":"https://shop.example"}"#;
    let reply = client.send(&Call::post("/admin/v1/clients").bearer(OPERATOR).body(form)).await.unwrap();
    assert_eq!((reply.status, reply.json().unwrap()["error"]["field"].clone()), (400, "secret".into()));
}

#[apply(each_store_at_once)]
fn a_store_is_served_only_for_the_purpose_and_with_the_key_it_was_made_with(#[case] _on: OnStore) {
    let sandbox = Home::new("made-as-sandbox");
    Server::start(&sandbox, Launch::default()).stop();
    let stderr = refused(serve(&sandbox, &["--key", KEY, "--operator-token", OPERATOR]));
    assert!(stderr.contains("made for Sandbox"), "{stderr}");

    let production = Home::new("made-as-production");
    drop(Production::start(&production, KEY));
    let stderr = refused(serve(&production, &["--demo"]));
    assert!(stderr.contains("made for Production"), "{stderr}");
    let stderr = refused(serve(&production, &["--key", OTHER_KEY, "--operator-token", OPERATOR]));
    assert!(stderr.contains("another key"), "{stderr}");
    drop(Production::start(&production, KEY));
}

/// Only a start that will serve the store recovers what a killed server has left.
#[test]
fn a_start_that_is_refused_for_its_purpose_key_or_address_changes_no_file() {
    let home = Home::in_directory("refused-unchanged");
    drop(Production::start(&home, KEY));
    let left = home.contents();
    assert!(left.iter().any(|(path, bytes)| path.ends_with("daric.db-wal") && !bytes.is_empty()));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let own = ["--key", KEY, "--operator-token", OPERATOR];
    for (arguments, says) in [
        (&["--listen", "127.0.0.1:0", "--demo"][..], "made for Production"),
        (&["--listen", "127.0.0.1:0", "--key", OTHER_KEY, "--operator-token", OPERATOR], "another key"),
        (&[&["--listen", &taken], &own[..]].concat(), "cannot listen on"),
        (&[&["--listen", "127.0.0.1:0", "--agi", &taken], &own[..]].concat(), "cannot take calls on"),
    ] {
        let mut command = daric();
        command.arg("serve").args(home.store()).args(arguments);
        let stderr = refused(command);
        assert!(stderr.contains(says), "{stderr}");
        assert!(home.contents() == left, "a start that says {stderr} has changed a file");
    }
    // A start that will not serve the store accepts no loss either. The writes of the first start are in the database by now.
    drop(Production::start(&home, KEY));
    let log = home.data().join("daric.db-wal");
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..bytes.len() - 1]).unwrap();
    let cut = home.contents();
    for (arguments, says) in
        [(&["--demo"][..], "made for Production"), (&["--key", OTHER_KEY, "--operator-token", OPERATOR], "another key")]
    {
        let mut command = daric();
        command.args(["serve", "--listen", "127.0.0.1:0", "--accept-loss"]).args(home.store()).args(arguments);
        let stderr = refused(command);
        assert!(stderr.contains(says), "{stderr}");
        assert!(home.contents() == cut, "a start that says {stderr} has changed a file");
    }
    std::fs::write(&log, bytes).unwrap();
    drop(Production::start(&home, KEY));
}

#[apply(each_store_at_once)]
fn production_without_its_secrets_is_refused_with_what_to_do(#[case] _on: OnStore) {
    let home = Home::new("no-secrets");
    let stderr = refused(serve(&home, &[]));
    assert!(stderr.contains("DARIC_KEY") && stderr.contains("--demo"), "{stderr}");
    assert!(!home.data().exists(), "nothing was made");
}

#[apply(each_store)]
async fn invoices_are_issued_and_paid_in_production_and_the_sandbox_s_gateway_is_not_there(#[case] _on: OnStore) {
    let home = Home::new("production-pod");
    let server = Production::start(&home, KEY);
    let mut client = Client::connect(server.1).await.unwrap();
    let mut post_as_operator = async |path: &str, body: serde_json::Value| {
        let reply = client.send(&Call::post(path).bearer(OPERATOR).json(&body)).await.unwrap();
        assert_eq!(reply.status, 201, "{path} {body}: {reply}");
        reply.json().unwrap()
    };
    let shop = serde_json::json!({"kind": "business", "name": "kiosk", "guilds": ["API_GUILD"]});
    let shop = post_as_operator("/admin/v1/parties", shop).await["id"].to_string();
    let user = serde_json::json!({"kind": "user", "name": "sara", "mobile": "09120000000", "mobileVerified": true});
    let user = post_as_operator("/admin/v1/parties", user).await["id"].to_string();
    let empty = serde_json::json!({});
    let token = |made: serde_json::Value| made["token"].as_str().unwrap().to_owned();
    let shop = token(post_as_operator(&format!("/admin/v1/parties/{shop}/tokens"), empty.clone()).await);
    let money = serde_json::json!({"amount": 100_000});
    post_as_operator(&format!("/admin/v1/parties/{user}/money"), money).await;
    let sara = token(post_as_operator(&format!("/admin/v1/parties/{user}/tokens"), empty).await);
    let mut pod = async |token: &str, id: u32, form: &str| {
        let reply = client.send(&service_call(token, id, form)).await.unwrap();
        assert_eq!(reply.status, 200, "{reply}");
        reply.json().unwrap()
    };
    let ott = pod(&shop, 29816, "").await["ott"].as_str().unwrap().to_owned();
    let form = format!("_ott_={ott}&guildCode=API_GUILD&userId={user}&{}", line(50_000, "1"));
    let invoice = pod(&shop, 29796, &form).await["result"].take();
    let id = &invoice["id"];
    // No SMS provider is configured: the call is refused and has no effect.
    assert_eq!(pod(&shop, 29807, &format!("invoiceId={id}")).await["errorCode"], 999);
    assert_eq!(pod(&sara, 30382, &format!("invoiceId={id}")).await["result"], true);
    assert_eq!(pod("demo-shop-token", 29816, "").await["errorCode"], 21);
    let unique = invoice["uniqueNumber"].as_str().unwrap();
    let link = format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&gateway=LOC");
    assert_eq!(client.send(&Call::get(&link)).await.unwrap().status, 404);
    let sms = serde_json::json!({"from": "09120000000", "text": "123456"});
    for call in [Call::post("/sms/inbound").json(&sms), Call::post("/sms/inbound").bearer(OPERATOR).json(&sms)] {
        assert_eq!(client.send(&call).await.unwrap().status, 401);
    }
    let values = Call::get("/admin/v1/values").bearer(OPERATOR);
    assert_eq!(client.send(&values).await.unwrap().status, 404);
}

/// second-edition.md 4.7: without a network of other banks' cards the page offers only what works.
#[apply(each_store)]
async fn a_page_in_production_offers_no_card_that_does_not_pay(#[case] _on: OnStore) {
    let home = Home::new("production-cards");
    let server = Production::start(&home, KEY);
    let mut caller = Caller::of_production(server.1).await;
    let shop = serde_json::json!({"kind": "business", "name": "kiosk", "guilds": ["API_GUILD"]});
    let id = post_as_operator(&mut caller, "/admin/v1/parties", &shop).await.1["id"].clone();
    let empty = serde_json::json!({});
    let token =
        post_as_operator(&mut caller, &format!("/admin/v1/parties/{id}/tokens"), &empty).await.1["token"].clone();
    let token = token.as_str().unwrap();
    let ott = caller.ott(token).await;
    let form = format!("_ott_={ott}&guildCode=API_GUILD&{}", line(50_000, "1"));
    let invoice = caller.pod_done(token, 29796, &form).await;
    let card =
        serde_json::json!({"number": "5022000012340000", "mobile": "09120000000", "expires": "1410/12", "balance": 0});
    for (hosts, gateway) in [(false, ""), (false, "gateway=PEP"), (true, "")] {
        if hosts {
            let (status, said) = post_as_operator(&mut caller, "/admin/v1/payer-cards", &card).await;
            assert_eq!(status, 201, "{said}");
        }
        let mut tab = Tab::of(server.1);
        let link =
            format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={}", invoice["uniqueNumber"].as_str().unwrap());
        let came = tab.get(&mut caller, &format!("{link}&{gateway}")).await;
        let page = came.header("location").unwrap().to_owned();
        assert!(!page.ends_with("/card"), "{gateway}: {page}");
        let html = text(&tab.get(&mut caller, &page).await);
        let cards = (html.contains("همه کارت‌های بانکی"), html.contains("کارت‌های صادرشده در همین سامانه"));
        assert_eq!((html.contains(&format!("{page}/card\"")), cards), (hosts, (false, hosts)), "{gateway}: {html}");
    }
}

/// second-edition.md 4.6: an acquirer reports payments at terminals in production, too, under the role `acquirer`, and the paid invoice keeps their
/// numbers.
#[apply(each_store)]
async fn an_acquirer_tells_of_payments_at_terminals_in_production(#[case] _on: OnStore) {
    let home = Home::new("production-pos");
    let server = Production::start(&home, KEY);
    let mut caller = Caller::of_production(server.1).await;
    let json = |value: serde_json::Value| value;
    let shop = json(serde_json::json!({"kind": "business", "name": "kiosk", "guilds": ["API_GUILD"]}));
    let (status, shop) = post_as_operator(&mut caller, "/admin/v1/parties", &shop).await;
    assert_eq!(status, 201);
    let id = &shop["id"];
    let empty = serde_json::json!({});
    let token =
        post_as_operator(&mut caller, &format!("/admin/v1/parties/{id}/tokens"), &empty).await.1["token"].clone();
    let token = token.as_str().unwrap();
    let terminal = serde_json::json!({"terminalNumber": "T-1", "merchantCode": "M-1", "business": id});
    let put = Call::new("PUT", "/admin/v1/pos/terminals").header("If-Match", "*").bearer(OPERATOR).json(&terminal);
    assert!(caller.send(&put).await.unwrap().status < 300);
    let mut tokens = Vec::new();
    for role in ["acquirer", "viewer", "operator", "admin"] {
        let form = serde_json::json!({"name": format!("the-{role}"), "role": role, "days": 1});
        let (status, made) = post_as_operator(&mut caller, "/admin/v1/operator-tokens", &form).await;
        assert_eq!(status, 201, "{made}");
        tokens.push((role, made["token"].as_str().unwrap().to_owned()));
    }
    for (at, (role, operator)) in tokens.iter().enumerate() {
        let ott = caller.ott(token).await;
        let form = format!("_ott_={ott}&guildCode=API_GUILD&{}", line(50_000, "1"));
        let invoice = caller.pod_done(token, 29796, &form).await["id"].clone();
        let (reference, tracking) = (format!("7000{at}"), format!("8000{at}"));
        let told = serde_json::json!({
            "terminalNumber": "T-1", "merchantCode": "M-1", "amount": 54_500, "depositId": invoice,
            "referenceNumber": reference, "trackingNumber": tracking, "transactionDate": "1405/08/30 10:11:12",
        });
        let claim = format!(
            "invoiceId={invoice}&terminalNumber=T-1&merchantCode=M-1&referenceNumber={reference}&trackingNumber={tracking}\
             &transactionDate=1405/08/30%2010:11:12"
        );
        assert_eq!(answer_of(&caller.pod(token, 29801, &claim).await).0, 999, "nothing is told yet");
        let report = Call::post("/admin/v1/pos/transactions").bearer(operator).json(&told);
        let reply = caller.send(&report).await.unwrap();
        let may = ["acquirer", "admin"].contains(role);
        assert_eq!(reply.status, if may { 201 } else { 403 }, "{role}: {reply}");
        if !may {
            assert_eq!(answer_of(&caller.pod(token, 29801, &claim).await).0, 999, "{role}");
            continue;
        }
        assert_eq!(caller.send(&report).await.unwrap().status, 409, "what was told stays");
        caller.pod_done(token, 29801, &claim).await;
        assert_eq!(answer_of(&caller.pod(token, 29801, &claim).await).0, 24, "it pays once");
        let seen = caller.invoice(token, invoice.as_i64().unwrap()).await;
        let path = format!("/admin/v1/invoices/{invoice}");
        let shown = caller.send(&Call::get(&path).bearer(OPERATOR)).await.unwrap().json().unwrap();
        for found in [&seen, &shown] {
            let expected = [("terminalNumber", "T-1"), ("rrn", &reference), ("transactionReferenceId", &tracking)];
            for (name, value) in expected.into_iter().chain([("paymentToolCode", "PAYMENT_TOOL_POS")]) {
                assert_eq!(found[name], value, "{name}: {found}");
            }
        }
    }
    // The acquirer's role allows nothing else.
    for call in [Call::get("/admin/v1/invoices"), Call::get("/admin/v1/pos/terminals/T-1"), Call::post("/admin/v1/sms")]
    {
        assert_eq!(caller.send(&call.clone().bearer(&tokens[0].1)).await.unwrap().status, 403, "{}", call.target);
    }
}

/// The status and the body of the reply to an operator's call with a body.
async fn post_as_operator(caller: &mut Caller, path: &str, body: &serde_json::Value) -> (u16, serde_json::Value) {
    let reply = caller.send(&Call::post(path).bearer(OPERATOR).json(body)).await.unwrap();
    (reply.status, reply.json().unwrap_or_default())
}

/// A browser in which an operator, made by the settings' token, has signed in.
async fn signed_in(caller: &mut Caller, address: SocketAddr, name: &str) -> Tab {
    let form = serde_json::json!({"name": name, "password": format!("{name}-long-password"), "role": "operator"});
    assert_eq!(post_as_operator(caller, "/admin/v1/operators", &form).await.0, 201);
    let mut tab = Tab::of(address);
    enrol(caller, &mut tab, name, &format!("{name}-long-password")).await;
    tab
}

/// A hosted card is issued and pays on the page with a password that a provider sends. A refund without a named payer leaves suspense by two
/// operators.
#[apply(each_store)]
async fn a_card_pays_on_the_page_and_money_without_an_owner_takes_two_operators(#[case] _on: OnStore) {
    let mut provider = Provider::start().await;
    let home = Home::new("production-pages");
    let config = home.data().with_file_name("daric.toml");
    let settings = format!(
        "[sms]\nsender = \"http\"\n[sms.http]\nurl = \"http://{}/send?to={{to}}\"\n\
         headers = {{ Content-Type = \"application/json\" }}\nbody = '{{\"text\":\"{{text}}\"}}'\n",
        provider.address
    );
    std::fs::write(&config, settings).unwrap();
    let server = Production::start_with(&home, KEY, &["--config", config.to_str().unwrap()]);
    let mut caller = Caller::of_production(server.1).await;
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let (_, shop) = post_as_operator(
        &mut caller,
        "/admin/v1/parties",
        &json(r#"{"kind":"business","name":"kiosk","guilds":["API_GUILD"]}"#),
    )
    .await;
    let sara = json(r#"{"kind":"user","name":"sara"}"#);
    assert_eq!(post_as_operator(&mut caller, "/admin/v1/parties", &sara).await.0, 201);
    let (_, token) =
        post_as_operator(&mut caller, &format!("/admin/v1/parties/{}/tokens", shop["id"]), &json("{}")).await;
    let shop = token["token"].as_str().unwrap().to_owned();
    let card = r#"{"number":"5022290000000018","mobile":"09121111111","expires":"1499/12","balance":1000000}"#;
    let (status, card) = post_as_operator(&mut caller, "/admin/v1/payer-cards", &json(card)).await;
    let cvv2 = card["cvv2"].as_str().expect("the operator that prints the card sees it").to_owned();
    assert!(status == 201 && cvv2.len() == 3 && cvv2.bytes().all(|byte| byte.is_ascii_digit()), "{card}");
    // The code changes with the month of expiry, and is not returned again without a change.
    let terms = |expires: &str| {
        json(&format!(
            r#"{{"mobile":"09121111111","expires":"{expires}","state":"active","perTransaction":0,"daily":0}}"#
        ))
    };
    let path = format!("/admin/v1/payer-cards/{}", card["id"]);
    for (expires, told) in [("1499/12", false), ("1499/11", true), ("1499/12", true)] {
        let change = Call::new("PUT", &path).bearer(OPERATOR).header("If-Match", "*").json(&terms(expires));
        let reply = caller.send(&change).await.unwrap();
        let reply = reply.json().unwrap();
        assert_eq!(reply["cvv2"].is_string(), told, "{reply}");
        assert!(expires != "1499/12" || !told || reply["cvv2"] == *cvv2);
    }
    let listed = caller.send(&Call::get("/admin/v1/payer-cards").bearer(OPERATOR)).await.unwrap();
    assert!(listed.status == 200 && listed.json().unwrap()[0]["cvv2"].is_null());

    let ott = caller.pod(&shop, 29816, "").await.json().unwrap()["ott"].as_str().unwrap().to_owned();
    let form = format!("_ott_={ott}&guildCode=API_GUILD&redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"));
    let invoice = caller.pod_done(&shop, 29796, &form).await;
    let came = caller.follow(&invoice, "gateway=PEP").await;
    let card = came.header("location").unwrap().to_owned();
    let mut payer = Tab::of(server.1);
    let form = format!("pan=5022290000000018&cvv2={cvv2}&exp_year=1499&exp_month=12");
    payer.submit(&mut caller, &card, &format!("{card}/otp"), &form).await;
    let asked = payer.get(&mut caller, &format!("{card}/otp")).await;
    let sealed = field(&asked, "card").unwrap();
    let sms = provider.asked().await;
    let (_, rest) = sms.split_once("رمز پویا: ").expect("the password");
    let otp: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let paid = payer.submit(&mut caller, &card, &format!("{card}/pay"), &format!("card={sealed}&otp={otp}")).await;
    assert_eq!(paid.header("location"), Some(card.replace("/card", "/result").as_str()), "{paid}");
    caller.pod_done(&shop, 29810, &format!("id={}", invoice["id"])).await;

    let mut one = signed_in(&mut caller, server.1, "first").await;
    let mut two = signed_in(&mut caller, server.1, "second").await;
    assert_eq!(one.get(&mut caller, "/console/sandbox").await.status, 404);
    assert!(!text(&one.get(&mut caller, "/console").await).contains("/console/sandbox"));
    // The operator API only proposes a release, too, and its token may not approve its own proposal.
    let accounts = caller.send(&Call::get("/admin/v1/accounts?limit=100").bearer(OPERATOR)).await.unwrap();
    let accounts = accounts.json().unwrap();
    let wallet = accounts.as_array().unwrap().iter().find(|account| account["kind"] == "wallet").unwrap();
    let form = serde_json::json!({"account": wallet["id"], "reason": "her card"});
    let (status, proposal) = post_as_operator(&mut caller, "/admin/v1/suspense/1/release", &form).await;
    assert_eq!((status, &proposal["state"], &proposal["amount"]), (202, &"open".into(), &54_500.into()), "{proposal}");
    let approve = format!("/admin/v1/proposals/{}/approve", proposal["id"]);
    let seen = serde_json::json!({"version": proposal["version"]});
    assert_eq!(post_as_operator(&mut caller, &approve, &seen).await.0, 409);
    let reject = format!("/admin/v1/proposals/{}/reject", proposal["id"]);
    assert_eq!(post_as_operator(&mut caller, &reject, &seen).await.0, 200);
    // On the console: one operator proposes, another approves, and it is done once.
    let form = format!("account={}&reason=her+card", wallet["id"]);
    let said = one.submit(&mut caller, "/console/accounts/3001", "/console/suspense/1/release", &form).await;
    assert_eq!(said.header("location"), Some("/console/decisions?done=2"), "{said}");
    let listed = caller.send(&Call::get("/admin/v1/proposals").bearer(OPERATOR)).await.unwrap().json().unwrap();
    let decide = format!("/console/decisions/{}", listed[0]["id"]);
    for (tab, say, status) in [(&mut one, "yes", 409), (&mut two, "yes", 303)] {
        let form = format!("say={say}&version={}", listed[0]["version"].as_str().unwrap());
        assert_eq!(tab.submit(&mut caller, "/console/decisions", &decide, &form).await.status, status);
    }
    let entries =
        caller.send(&Call::get("/admin/v1/accounts/3001/entries").bearer(OPERATOR)).await.unwrap().json().unwrap();
    let moved: Vec<_> =
        entries.as_array().unwrap().iter().map(|entry| (entry["side"].clone(), entry["amount"].clone())).collect();
    assert_eq!(moved, [("debit".into(), 54_500.into()), ("credit".into(), 54_500.into())]);
    // A production server keeps only the outlines of requests.
    let list = text(&one.get(&mut caller, "/console/requests").await);
    assert!(list.contains("/v1/pbc/pay/{gs}/card/pay") && !list.contains("uniqueNumber="), "{list}");
    assert_eq!(home.files_with("5022290000000018"), Vec::<std::path::PathBuf>::new());
}

/// Whether `daric rekey` succeeded, and its output.
fn rekey(home: &Home, key: &str, old: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daric"));
    command.args(["rekey", "--key", key, "--old-keys", old]).args(home.store());
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// Checks that hashes and sealed values are valid as before: a client's secret, a party's token, a card's number, an operator's device, a voucher's
/// code.
async fn all_opens(
    server: &Production,
    (party_token, party): (&str, i64),
    (card, device): (i64, &Device),
    expires: &str,
) {
    let mut client = Client::connect(server.1).await.unwrap();
    let basic =
        Call::post("/dev/v2/oauth2/token").header("Authorization", "Basic c2hvcDpzLXNlY3JldC1vZi10aGUtc2hvcA==");
    let body =
        serde_json::json!({"grant_type": "client_credentials", "nid": "0499370899", "scopes": "oak:iban-inquiry:get"});
    assert_eq!(client.send(&basic.json(&body)).await.unwrap().status, 200, "a client's secret");
    let reply = client.send(&service_call(party_token, 29_816, "")).await.unwrap();
    assert_eq!(harness::pod::answer_of(&reply).0, 0, "a party's token: {reply}");
    let path = format!("/admin/v1/payer-cards/{card}");
    let terms = serde_json::json!({"mobile": "09120000000", "expires": expires, "state": "active", "perTransaction": 0, "daily": 0});
    let change = Call::new("PUT", &path).bearer(OPERATOR).header("If-Match", "*").json(&terms);
    let reply = client.send(&change).await.unwrap();
    assert!(reply.json().unwrap()["cvv2"].is_string(), "a card's number: {reply}");
    let (mut caller, mut tab) = (Caller::of_production(server.1).await, Tab::of(server.1));
    show_password(&mut caller, &mut tab, "keeper", "keeper-long-password").await;
    // A wrong code is refused with 401 after the comparison. A device secret that cannot be opened would be 503.
    let reply = show_code(&mut caller, &mut tab, &device.wrong_code()).await;
    assert_eq!(reply.status, 401, "an operator's device: {reply}");
    let path = format!("/admin/v1/parties/{party}/vouchers");
    let reply = client.send(&Call::get(&path).bearer(OPERATOR)).await.unwrap();
    assert_eq!(reply.json().unwrap()[0]["code"], "SPRING-24", "a voucher's code: {reply}");
}

#[tokio::test]
async fn a_store_is_sealed_anew_with_another_key_and_every_hash_stays() {
    for home in [Home::in_directory("rekey"), Home::on_postgres("rekey")] {
        let on_postgres = !home.url().is_empty();
        let server = Production::start(&home, KEY);
        let mut client = Client::connect(server.1).await.unwrap();
        let mut made = async |path: &str, body: serde_json::Value| {
            let reply = client.send(&Call::post(path).bearer(OPERATOR).json(&body)).await.unwrap();
            assert_eq!(reply.status, 201, "{path}: {reply}");
            reply.json().unwrap()
        };
        let form = serde_json::json!({"id": "shop", "secret": "s-secret-of-the-shop", "nids": ["0499370899"], "redirectOrigin": "https://shop.example"});
        made("/admin/v1/clients", form).await;
        let form = serde_json::json!({"kind": "business", "name": "store", "webhookSecret": "a-secret-that-signs-calls", "guilds": ["API_GUILD"]});
        let party = made("/admin/v1/parties", form).await["id"].as_i64().unwrap();
        let token = made(&format!("/admin/v1/parties/{party}/tokens"), serde_json::json!({})).await["token"].clone();
        let token = token.as_str().unwrap();
        made(&format!("/admin/v1/parties/{party}/vouchers"), serde_json::json!({"code": "SPRING-24", "value": 5_000}))
            .await;
        let form = serde_json::json!({"number": "5022000000000008", "mobile": "09120000000", "expires": "1408/12"});
        let card_id = made("/admin/v1/payer-cards", form).await["id"].as_i64().unwrap();
        let card = serde_json::json!({"number": "6362144000000017", "kind": "bon", "approvedFor": ["shop"]});
        made("/admin/v1/cards", card).await;
        // The previous secret signs for a while, too, and is sealed anew as well.
        let form = serde_json::json!({"webhookSecret": "another-that-signs-calls"});
        let rotated = Call::new("PUT", &format!("/admin/v1/parties/{party}")).bearer(OPERATOR);
        let mut changing = Client::connect(server.1).await.unwrap();
        let rotated = changing.send(&rotated.header("If-Match", "*").json(&form)).await.unwrap();
        assert!(rotated.json().unwrap()["oldWebhookSecretUntil"].is_string(), "{rotated}");
        let keeper = serde_json::json!({"name": "keeper", "password": "keeper-long-password", "role": "viewer"});
        made("/admin/v1/operators", keeper).await;
        let (mut caller, mut tab) = (Caller::of_production(server.1).await, Tab::of(server.1));
        let (device, _) = enrol(&mut caller, &mut tab, "keeper", "keeper-long-password").await;
        let sealed = (card_id, &device);
        all_opens(&server, (token, party), sealed, "1409/01").await;
        drop(server);
        // The new key alone opens nothing: the previous one is needed.
        let stderr = refused(serve(&home, &["--key", OTHER_KEY, "--operator-token", OPERATOR]));
        assert!(stderr.contains("another key") && !stderr.contains(OTHER_KEY), "{stderr}");
        let server = Production::start_with(&home, OTHER_KEY, &["--old-keys", KEY]);
        all_opens(&server, (token, party), sealed, "1409/02").await;
        drop(server);
        // From now on values may be sealed with either key: neither alone is enough, for a server or for a rekey.
        for key in [KEY, OTHER_KEY] {
            let stderr = refused(serve(&home, &["--key", key, "--operator-token", OPERATOR]));
            let says = ["not finished", "Missing: the keys with the ids", "DARIC_OLD_KEYS", "daric rekey"];
            assert!(says.iter().all(|says| stderr.contains(says)), "{stderr}");
            assert!(![KEY, OTHER_KEY].iter().any(|key| stderr.contains(key)), "{stderr}");
            let (done, said) = rekey(&home, key, "");
            assert!(!done && said.contains("Missing: the keys"), "{said}");
        }
        let server = Production::start_with(&home, OTHER_KEY, &["--old-keys", KEY]);
        // Beside a running server: a database is shared, a directory is not.
        let (done, said) = rekey(&home, OTHER_KEY, KEY);
        match on_postgres {
            true => assert!(done && said.contains("6 values sealed anew, 0 were"), "{said}"),
            false => assert!(!done && said.contains("in use by another process"), "{said}"),
        }
        all_opens(&server, (token, party), sealed, "1409/03").await;
        drop(server);
        // A second run, or the first one: values that are sealed anew already are left alone.
        let (done, said) = rekey(&home, OTHER_KEY, KEY);
        let expected = if on_postgres { "0 values sealed anew, 6 were" } else { "6 values sealed anew, 0 were" };
        assert!(done && said.contains(expected) && !said.contains(KEY), "{said}");
        assert_eq!(
            rekey(&home, OTHER_KEY, ""),
            (true, "0 values sealed anew, 6 were; the old keys are not needed any more\n".to_owned())
        );
        let server = Production::start(&home, OTHER_KEY);
        all_opens(&server, (token, party), sealed, "1409/04").await;
        drop(server);
        let stderr = refused(serve(&home, &["--key", KEY, "--operator-token", OPERATOR]));
        assert!(stderr.contains("another key"), "{stderr}");
        assert!(!rekey(&home, KEY, "").0);
    }
}

/// A rekey that was interrupted has sealed some values with the new key.
#[tokio::test]
async fn a_rekey_that_was_not_finished_is_noticed_by_the_next_start() {
    let home = Home::on_postgres("rekey-half");
    let server = Production::start(&home, KEY);
    let mut client = Client::connect(server.1).await.unwrap();
    let form = serde_json::json!({"number": "5022000000000008", "mobile": "09120000000", "expires": "1408/12"});
    let reply = client.send(&Call::post("/admin/v1/payer-cards").bearer(OPERATOR).json(&form)).await.unwrap();
    assert_eq!(reply.status, 201, "{reply}");
    drop((client, server));
    // The rekey cannot be completed: no key opens this value.
    postgres().sql(home.database(), "UPDATE payer_card SET sealed = decode('02', 'hex')").unwrap();
    let (done, said) = rekey(&home, OTHER_KEY, KEY);
    assert!(!done && said.contains("the old keys are still needed"), "{said}");
    let stderr = refused(serve(&home, &["--key", KEY, "--operator-token", OPERATOR]));
    assert!(stderr.contains("not finished") && stderr.contains("Missing: the keys with the ids"), "{stderr}");
    drop(Production::start_with(&home, KEY, &["--old-keys", OTHER_KEY]));
}

#[apply(each_store)]
async fn the_key_may_come_from_a_file_a_descriptor_or_a_credential_and_the_memory_is_not_dumped(#[case] _on: OnStore) {
    use std::os::fd::AsRawFd;
    let home = Home::new("key-sources");
    let directory = temporary("credentials");
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("daric-key");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    let open = std::fs::File::open(&file).unwrap();
    // The descriptor is inherited by the server.
    rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();
    let descriptor = open.as_raw_fd().to_string();
    let path = file.display().to_string();
    for (arguments, credentials) in
        [(&["--key-file", &path][..], None), (&["--key-fd", &descriptor], None), (&[], Some(&directory))]
    {
        let mut command = serve(&home, &[&["--operator-token", OPERATOR], arguments].concat());
        command.envs(credentials.map(|directory| ("CREDENTIALS_DIRECTORY", directory)));
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("daric is ready"), "{arguments:?}");
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
        assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

/// The secrets that an operator may set: path of creation, body with the secret, the field, and the least number of characters.
fn setters(number: usize, secret: &str) -> Vec<(&'static str, serde_json::Value, &'static str, usize)> {
    let json = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let secret = serde_json::Value::from(secret);
    let nid = format!("{:010}", 4_000_000_000_u64 + number as u64);
    let business =
        |more: String| json(format!(r#"{{"kind":"business","name":"b{number}","guilds":["API_GUILD"],{more}}}"#));
    vec![
        (
            "/admin/v1/clients",
            json(format!(
                r#"{{"id":"c{number}","secret":{secret},"nids":["0499370899"],"redirectOrigin":"https://shop.example"}}"#
            )),
            "secret",
            12,
        ),
        ("/admin/v1/users", json(format!(r#"{{"nid":"{nid}","password":{secret}}}"#)), "password", 8),
        (
            "/admin/v1/operators",
            json(format!(r#"{{"name":"o{number}","password":{secret},"role":"viewer"}}"#)),
            "password",
            12,
        ),
        (
            "/admin/v1/parties",
            json(format!(r#"{{"kind":"user","name":"u{number}","password":{secret}}}"#)),
            "password",
            8,
        ),
        ("/admin/v1/parties", business(format!(r#""webhookSecret":{secret}"#)), "webhookSecret", 16),
        ("/admin/v1/parties", business(format!(r#""clientSecret":{secret}"#)), "clientSecret", 16),
        ("/admin/v1/parties", business(format!(r#""apiKeys":[{{"service":29816,"key":{secret}}}]"#)), "apiKeys", 16),
    ]
}

#[apply(each_store)]
async fn production_takes_no_secret_of_the_demo_world_and_no_short_one_by_name_of_the_field(#[case] _on: OnStore) {
    // The demo world on a server: its names make its secrets.
    let sandbox_home = Home::new("demo-secrets");
    let sandbox = Server::start(&sandbox_home, Launch::default());
    let mut caller = Caller::at(sandbox.address).await;
    let mut known: Vec<String> =
        ["demo-admin-token", "drops-secret", "daric-admin", "1111111111", "2222222222"].map(str::to_owned).into();
    for party in caller.operator(Call::get("/admin/v1/parties")).await.unwrap().as_array().unwrap() {
        let name = party["name"].as_str().unwrap();
        known.extend([name.to_owned(), format!("demo-{name}-token")]);
        known.extend((party["kind"] == "business").then(|| format!("demo-{name}-webhook-secret")));
    }
    assert_eq!(known.len(), 5 + 3 * 2 + 2 * 3);
    drop(sandbox);
    let home = Home::new("chosen-secrets");
    let server = Production::start(&home, KEY);
    let mut client = Client::connect(server.1).await.unwrap();
    let mut number = 0;
    let mut set = async |at: usize, secret: &str| {
        number += 1;
        let (path, body, field, least) = setters(number, secret).swap_remove(at);
        let reply = client.send(&Call::post(path).bearer(OPERATOR).json(&body)).await.unwrap();
        (reply.status, reply.json().unwrap()["error"].clone(), field, least)
    };
    for at in 0..setters(0, "").len() {
        for secret in &known {
            let (status, error, field, least) = set(at, secret).await;
            let why = if secret.len() < least {
                format!("{least} to 128 characters")
            } else {
                "this one is public: it is the demo world's".to_owned()
            };
            assert_eq!(
                (status, &error["field"], &error["message"]),
                (400, &field.into(), &why.into()),
                "{secret}: {error}"
            );
        }
        let least = setters(0, "")[at].3;
        let long = "q1w2e3r4t5y6u7i8o9p0";
        let (status, error, field, _) = set(at, &long[..least - 1]).await;
        assert_eq!((status, &error["field"]), (400, &field.into()), "{error}");
        assert!(error["message"].as_str().unwrap().starts_with(&least.to_string()), "{error}");
        let (status, error, field, _) = set(at, &long[..least]).await;
        assert_eq!(status, 201, "{field}: {error}");
    }
}
