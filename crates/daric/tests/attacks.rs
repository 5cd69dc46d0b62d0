//! Hostile requests: invalid texts in every field of every service, floods of parameters, overlong addresses.
//!
//! Each attack is refused in the form of its dialect, names its field, changes nothing, and delays no other caller.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::time::{Duration, Instant};

use harness::client::{AfterSending, Call, Client, Reply, raw};
use harness::operations::{Credentials, operations};
use harness::paystar::{CARD, OTP_PATH, PAY_PATH, otp_body, pay_body};
use harness::pod::{ENVELOPE, SHOP};
use harness::world::{BASIC, OPERATOR, TOKEN_PATH, Token, World, fifty_thousand, transfer_call};
use serde_json::{Value, json};

/// Invalid texts: no row can hold them (second-edition 1.2).
const UNTEXTS: [&str; 6] = ["\u{0}", "a\u{1}b", "\u{7F}", "\u{FFFE}", "x\u{FFFF}", "\u{FDD0}"];
/// The same, percent-encoded in a form, and bytes that are not UTF-8 (1.3).
const ENCODED: [&str; 5] = ["%00", "a%01b", "%EF%BF%BE", "%D3", "%C3%28"];
/// Time limit for the next payment after each attack: far less than a command waits for the store.
const SOON: Duration = Duration::from_secs(2);

/// The JSON services: path, authorization, and a body that is accepted.
fn json_services(token: &Token) -> Vec<(String, Option<String>, Value)> {
    let bearer = Some(format!("Bearer {}", token.value));
    let operator = Some(format!("Bearer {OPERATOR}"));
    let basic = Some(BASIC.to_owned());
    let transfer = json!({
        "amount": 50_000, "description": "d", "destinationNumber": "IR490620000000302876732005", "paymentNumber": "1",
        "destinationFirstname": "aa", "destinationLastname": "bb", "sourceFirstName": "cc", "sourceLastName": "dd",
        "deposit": "0302876214008", "secondPassword": "1",
    });
    let oak = "/oak/v2/clients/drops";
    vec![
        (format!("{oak}/transferTo?trackId=attack-1"), bearer.clone(), transfer.clone()),
        (format!("{oak}/internalTransfer?trackId=attack-2"), bearer.clone(), transfer.clone()),
        (format!("{oak}/payaTransfer?trackId=attack-3"), bearer.clone(), transfer.clone()),
        (format!("{oak}/satnaTransfer?trackId=attack-4"), bearer.clone(), transfer),
        (
            format!("{oak}/deposits/0302876214008/chargeCard?trackId=attack-5"),
            bearer.clone(),
            json!({"amount": 10, "card": "6362144304319309"}),
        ),
        (format!("{oak}/inquiryChargeCard?trackId=attack-6"), bearer.clone(), json!({"tracker": "t"})),
        (format!("{oak}/getValidCard?trackId=attack-7"), bearer.clone(), json!({"card": "6362144304319309"})),
        (format!("{oak}/card/balance?trackId=attack-8"), bearer, json!({"card": "6362144304319309"})),
        (
            TOKEN_PATH.to_owned(),
            basic.clone(),
            json!({"grant_type": "client_credentials", "nid": "0499370899", "scopes": "s", "refresh_token": "r", "code": "c",
                "redirect_uri": "http://127.0.0.1/", "bank": "062"}),
        ),
        (
            "/dev/v2/oauth2/verify/sms".to_owned(),
            basic,
            json!({"mobile": "09300000000", "otp": "12345", "nid": "1111111111", "trackId": "t"}),
        ),
        (OTP_PATH.to_owned(), None, otp_body(CARD, "attack", 50_000)),
        (PAY_PATH.to_owned(), None, pay_body(CARD, "attack", 50_000, "12345")),
        ("/api/ivr/bpm/inquiry".to_owned(), None, json!({"sequence": "s", "order_id": "attack"})),
        (
            "/admin/v1/clients".to_owned(),
            operator.clone(),
            json!({"id": "attack", "secret": "attack-secret-1", "callerNids": ["0499370899"],
                "redirectOrigin": "http://127.0.0.1", "scopes": ["oak:balance:get"]}),
        ),
        (
            "/admin/v1/deposits".to_owned(),
            operator.clone(),
            json!({"bank": "062", "number": "999888777666", "owner": "1111111111", "firstName": "a", "lastName": "b",
                "accountType": "010", "approvedFor": ["drops"]}),
        ),
        ("/admin/v1/sms".to_owned(), operator.clone(), json!({"to": "09120000000", "text": "t"})),
        ("/admin/v1/faults".to_owned(), operator.clone(), json!({"fault": "paystar:busy", "client": "c"})),
        (
            "/admin/v1/parties".to_owned(),
            operator,
            json!({"kind": "user", "name": "attack", "username": "attack", "mobile": "09120000009", "password": "attack-attack"}),
        ),
        ("/sms/inbound".to_owned(), None, json!({"from": "989121234567", "text": "123456"})),
    ]
}

/// For each text in a body, the name of its member, and the body with `with` in its place.
fn attacked(body: &Value, with: &str) -> Vec<(String, Value)> {
    let Value::Object(members) = body else { return Vec::new() };
    let texts = members.iter().filter_map(|(name, value)| match value {
        Value::String(_) => Some((name, json!(with))),
        Value::Array(_) => Some((name, json!([with]))),
        _ => None,
    });
    texts
        .map(|(name, value)| {
            let mut changed = body.clone();
            changed[name.as_str()] = value;
            (name.clone(), changed)
        })
        .collect()
}

/// Forms and queries: method, path, and the names of the parameters.
fn parameters() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let authorize =
        vec!["client_id", "response_type", "redirect_uri", "scope", "bank", "state", "limit", "count", "mobile", "nid"];
    let sso = vec!["client_id", "response_type", "redirect_uri", "scope", "state", "code_challenge", "prompt"];
    let token = vec![
        "grant_type",
        "code",
        "redirect_uri",
        "client_id",
        "client_secret",
        "code_verifier",
        "refresh_token",
        "scope",
    ];
    let pod = vec![
        "description",
        "metadata",
        "billNumber",
        "productDescription[]",
        "itemDescription[]",
        "redirectURL",
        "callbackUri",
        "query",
        "delegationHash[]",
        "uniqueId",
        "terminalNumber",
        "referenceNumber",
        "_token_",
        "_ott_",
        "scProductId",
    ];
    vec![
        ("GET", "/dev/v2/oauth2/authorize", authorize),
        ("GET", "/oauth2/authorize", sso),
        ("POST", "/oauth2/token", token),
        ("GET", ENVELOPE, pod.clone()),
        ("POST", ENVELOPE, pod),
        ("GET", "/v1/pbc/payinvoice", vec!["invoiceId", "redirectUri", "callUri", "gateway"]),
        ("GET", "/v1/pbc/payInvoiceByUniqueNumber", vec!["uniqueNumber", "redirectUri", "callUri", "gateway"]),
        ("POST", "/oauth2/login", vec!["username", "password", "next"]),
        ("POST", "/sms/inbound", vec!["from", "text"]),
        ("GET", "/oak/v2/clients/drops/transferInquiry", vec!["trackId", "inquiryTrackId"]),
        ("POST", "/console/login", vec!["name", "password", "next"]),
        ("GET", "/console/search", vec!["q"]),
    ]
}

/// Makes a payment, and checks that it is answered at once.
async fn pays(world: &mut World, token: &Token, number: &mut u32, after: &str) {
    *number += 1;
    let began = Instant::now();
    let reply = world.send(&transfer_call(token, &format!("after-{number}"), &fifty_thousand())).await.unwrap();
    assert_eq!(reply.status, 200, "after {after}: {reply}");
    assert!(began.elapsed() < SOON, "after {after} a payment waited {:?}", began.elapsed());
}

fn is_refused(reply: &Reply, name: &str, what: &str) {
    assert!((400..500).contains(&reply.status) || reply.status == 200, "{what}: {reply}");
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    // A refusal names a list without its brackets (pod.md 1.3).
    let name = name.trim_end_matches("[]");
    let is_page = reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let says = is_page && text.contains("<html")
        || text.contains(name) && (text.contains("invalid") || text.contains("نامعتبر"));
    assert!(says, "{what} does not name {name}: {reply}");
}

#[apply(each_store)]
async fn what_no_text_may_hold_is_refused_at_every_field_and_delays_no_other_caller(#[case] _on: OnStore) {
    let mut world = World::start("untexts").await;
    let token = world.named_token("code062").await.unwrap();
    let mut number = 0;
    for (path, caller, body) in json_services(&token) {
        for with in UNTEXTS {
            for (name, body) in attacked(&body, with) {
                let mut call = Call::post(&path).json(&body);
                if let Some(caller) = &caller {
                    call = call.header("authorization", caller);
                }
                let reply = world.send(&call).await.unwrap();
                is_refused(&reply, &name, &format!("{path} {name} {with:?}"));
            }
        }
        pays(&mut world, &token, &mut number, &path).await;
    }
    for (method, path, names) in parameters() {
        for name in names {
            for with in ENCODED {
                let pair = format!("{}={with}", name.replace('[', "%5B").replace(']', "%5D"));
                let mut call = match method {
                    "GET" => Call::get(&format!("{path}?{pair}")),
                    _ => {
                        Call::post(path).header("content-type", "application/x-www-form-urlencoded").body(pair.clone())
                    }
                };
                if path == ENVELOPE && name != "_token_" {
                    call = call.header("_token_", SHOP).header("_token_issuer_", "1");
                }
                let reply = world.send(&call).await.unwrap();
                is_refused(&reply, name, &format!("{method} {path} {pair}"));
            }
        }
        pays(&mut world, &token, &mut number, path).await;
    }
    // Invalid text in a path is refused, too.
    for path in ["/admin/v1/terminals/%00", "/admin/v1/operators/%FF"] {
        let reply = world.send(&Call::get(path)).await.unwrap();
        is_refused(&reply, "path", path);
    }
}

/// Design 7: 8 KiB of query and 1,000 parameters; a flood is refused before the caller is authenticated.
#[apply(each_store)]
async fn floods_of_parameters_are_refused_before_they_are_work(#[case] _on: OnStore) {
    let world = World::start("floods").await;
    let flood = |count: usize| (0..count).map(|n| format!("a{n}=1&")).collect::<String>();
    let mut other = Client::connect(world.server.address).await.unwrap();
    let mut client = Client::connect(world.server.address).await.unwrap();
    // pod.md 1.5: the envelope answers 200, whatever is wrong.
    for (path, status) in [(ENVELOPE, 200), ("/oauth2/token", 400), ("/oauth2/login", 400), ("/sms/inbound", 400)] {
        let call = Call::post(path).header("content-type", "application/x-www-form-urlencoded").body(flood(7_000));
        let reply = client.send(&call).await.unwrap();
        assert_eq!(reply.status, status, "{path}");
        assert!(status != 200 || reply.json().unwrap()["hasError"] == true, "{path}: {reply}");
    }
    for (path, status) in [
        (ENVELOPE, 200),
        ("/oak/v2/clients/drops/transferInquiry", 414),
        ("/v1/pbc/payinvoice", 414),
        ("/admin/v1/clock", 414),
    ] {
        let call = Call::get(&format!("{path}?{}", "x".repeat(9_000)));
        let reply = client.send(&call).await.unwrap();
        assert_eq!(reply.status, status, "{path}");
        assert!(status != 200 || reply.json().unwrap()["hasError"] == true, "{path}: {reply}");
        let began = Instant::now();
        assert_eq!(other.send(&Call::get("/healthz")).await.unwrap().status, 200);
        assert!(began.elapsed() < SOON);
    }
    // Requests within the limits are not refused for their length.
    let call = Call::post(ENVELOPE)
        .header("_token_", SHOP)
        .header("_token_issuer_", "1")
        .body(format!("scProductId=29816&{}", flood(900)));
    let reply = client.send(&call).await.unwrap();
    assert_eq!(reply.json().unwrap()["hasError"], false, "{reply}");
}

/// The bytes of a call in which one header has this value.
fn with_header(call: &Call, host: std::net::SocketAddr, name: &str, value: &[u8]) -> Vec<u8> {
    let mut call = call.clone();
    call.headers.retain(|(known, _)| known != name);
    let bytes = call.bytes(host);
    let text = String::from_utf8(bytes).unwrap();
    let (first, rest) = text.split_once("\r\n").unwrap();
    let rest = if name == "host" { rest.split_once("\r\n").unwrap().1 } else { rest };
    [first.as_bytes(), b"\r\n", name.as_bytes(), b": ", value, b"\r\n", rest.as_bytes()].concat()
}

/// second-edition.md 1.3: a header that is read and is not text is refused by its name; it never counts as absent.
#[apply(each_store)]
async fn a_header_that_is_no_text_is_refused_by_its_name_by_every_operation(#[case] _on: OnStore) {
    let mut world = World::start("attacks-headers").await;
    let document: Value = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let (address, credentials) = (world.server.address, Credentials::of(&mut world).await);
    let mut tried = 0;
    for operation in operations(&document) {
        for call in credentials.on(&operation) {
            for name in edge::head::READ.iter().map(axum::http::HeaderName::as_str) {
                let sent = call.headers.iter().find(|(known, _)| known == name).map_or("7", |(_, value)| value);
                for value in [b"\xff".to_vec(), [sent.as_bytes(), b"\xff"].concat()] {
                    let bytes = with_header(&call, address, name, &value);
                    let reply = raw(address, bytes, AfterSending::Waits).await.unwrap();
                    let body = String::from_utf8_lossy(&reply.body);
                    let what = format!("{} {} {name}: {reply}", call.method, call.target);
                    let is_refused = reply.status >= 400 || body.contains("\"hasError\":true");
                    assert!(is_refused && body.contains(name), "{what}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 2_000, "{tried}");
    // A page is refused, too; cookies of other programs on the same host are ignored.
    let page = Call::get("/oauth2/login");
    let refused = raw(address, with_header(&page, address, "origin", b"\xff"), AfterSending::Waits).await.unwrap();
    assert_eq!(refused.status, 400);
    let shown = raw(address, with_header(&page, address, "cookie", b"other=\xff"), AfterSending::Waits).await.unwrap();
    assert_eq!(shown.status, 200);
}
