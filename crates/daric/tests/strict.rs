//! Strict mode refuses what the real platforms may refuse, rule by rule; without a rule nothing of it is refused (second-edition.md 6).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;

use harness::browser::{Tab, text};
use harness::client::{Call, Reply};
use harness::operations::{Credentials, operations};
use harness::paystar::{CARD, OTP_PATH, PAY_PATH, otp_body, pay_body};
use harness::pod::{ENVELOPE, SHOP, line};
use harness::server::{Home, Launch};
use harness::world::{BASIC, BON, TOKEN_PATH, TRANSFER_TO, Token, World, but, fifty_thousand};
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
/// The number of a card of a known bank, with a right check digit; there is no such payer card.
const GOOD_PAN: &str = "6104330000000011";

/// What the calls to a server need.
struct Scene {
    token: Token,
    client: Token,
    /// An unpaid invoice.
    invoice: i64,
}

impl Scene {
    async fn of(world: &mut World) -> Self {
        // These calls break no rule.
        let ott = world.send(&pod("/nzh/ott", "")).await.unwrap().json().unwrap()["ott"].as_str().unwrap().to_owned();
        let form = format!("_ott_={ott}&guildCode=API_GUILD&userId=101&{}", line(50_000, "1"));
        let issued = world.send(&pod("/nzh/biz/issueInvoice", &form)).await.unwrap().json().unwrap();
        let invoice = issued["result"]["id"].as_i64().unwrap_or_else(|| panic!("{issued}"));
        Self {
            token: world.named_token("code062").await.unwrap(),
            client: world.named_token("cc").await.unwrap(),
            invoice,
        }
    }
}

/// A POD call that breaks no rule, by its path, with a form.
fn pod(path: &str, form: &str) -> Call {
    Call::post(path).header("_token_", SHOP).header("content-type", FORM).body(form)
}

fn transfer(scene: &Scene, track_id: &str, body: &Value) -> Call {
    Call::post(TRANSFER_TO).query("trackId", track_id).bearer(&scene.token.value).json(body)
}

fn service(scene: &Scene, path: &str, body: &Value) -> Call {
    Call::post(&format!("/oak/v2/clients/drops/{path}"))
        .query("trackId", "strict-card")
        .bearer(&scene.token.value)
        .json(body)
}

/// The same call with another content type, or without one.
fn typed(mut call: Call, kind: Option<&str>) -> Call {
    call.headers.retain(|(name, _)| name != "content-type");
    match kind {
        Some(kind) => call.header("content-type", kind),
        None => call,
    }
}

/// A call that breaks one rule, with its replies where the rule is on and where it is off.
struct Row {
    rule: &'static str,
    call: fn(&Scene) -> Call,
    refused: (u16, &'static str),
    taken: (u16, &'static str),
}

fn row(rule: &'static str, call: fn(&Scene) -> Call, refused: (u16, &'static str), taken: (u16, &'static str)) -> Row {
    Row { rule, call, refused, taken }
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// At least one row for each rule, in each dialect that has it.
fn rows() -> Vec<Row> {
    let verifier = |_: &Scene| {
        let form = "grant_type=authorization_code&code=x&redirect_uri=http://127.0.0.1/x&client_id=shop&code_verifier=";
        Call::post("/oauth2/token").header("content-type", FORM).body(format!("{form}{}", "v".repeat(42)))
    };
    vec![
        row(
            "content_type",
            |scene| typed(transfer(scene, "strict-1", &fifty_thousand()), None),
            (400, "Content-Type is invalid"),
            (200, "DONE"),
        ),
        row(
            "content_type",
            |scene| typed(transfer(scene, "strict-2", &fifty_thousand()), Some(FORM)),
            (400, "Content-Type is invalid"),
            (200, "DONE"),
        ),
        row(
            "content_type",
            |_| {
                typed(
                    Call::post(TOKEN_PATH)
                        .header("authorization", BASIC)
                        .json(&json!({"grant_type": "client_credentials"})),
                    None,
                )
            },
            (400, "Content-Type is invalid"),
            (200, "DONE"),
        ),
        row(
            "content_type",
            |_| {
                typed(
                    Call::post("/api/ivr/bpm/inquiry").json(&json!({"sequence": "s", "order_id": "o"})),
                    Some("text/plain"),
                )
            },
            (422, r#""field":"Content-Type""#),
            (200, r#""status":0"#),
        ),
        row(
            "content_type",
            |_| typed(pod("/nzh/guildList", "size=1"), None),
            (200, "مقدار پارامتر Content-Type نامعتبر است"),
            (200, r#""hasError":false"#),
        ),
        row(
            "content_type",
            |_| typed(Call::post("/oauth2/token").body("grant_type=x"), Some(JSON)),
            (400, "Content-Type is invalid"),
            (400, "unsupported_grant_type"),
        ),
        // second-edition.md 4.9: names are read in any case, except in strict mode.
        row(
            "unknown_fields",
            |_| typed(pod("/nzh/guildList", "SIZE=1"), Some(FORM)),
            (200, "مقدار پارامتر SIZE نامعتبر است"),
            (200, r#""hasError":false"#),
        ),
        row(
            "unknown_fields",
            |scene| transfer(scene, "strict-3", &but(json!({"ammount": 1}))),
            (400, "ammount is invalid"),
            (200, "DONE"),
        ),
        row(
            "unknown_fields",
            |scene| service(scene, "getValidCard", &json!({"card": BON, "Card": null})),
            (400, "Card is invalid"),
            (200, "DONE"),
        ),
        row(
            "unknown_fields",
            |_| {
                let body = json!({"grant_type": "client_credentials", "scope": "oak:balance:get"});
                Call::post(TOKEN_PATH).header("authorization", BASIC).json(&body)
            },
            (400, "scope is invalid"),
            (200, "DONE"),
        ),
        row(
            "unknown_fields",
            |_| Call::post(OTP_PATH).json(&with(otp_body(GOOD_PAN, "strict", 50_000), "ivr", json!(1))),
            (422, r#""field":"ivr""#),
            (200, r#""code":"78""#),
        ),
        row(
            "unknown_fields",
            |_| Call::post(PAY_PATH).json(&with(pay_body(GOOD_PAN, "strict", 50_000, "12345"), "orderId", json!("1"))),
            (422, r#""field":"orderId""#),
            (200, r#""code":"78""#),
        ),
        row(
            "unknown_fields",
            |_| pod("/nzh/guildList", "size=1&ofset=0"),
            (200, "مقدار پارامتر ofset نامعتبر است"),
            (200, r#""hasError":false"#),
        ),
        row(
            "unknown_fields",
            |_| Call::get("/nzh/guildList").query("size", "1").query("prices[0]", "1").header("_token_", SHOP),
            (200, "مقدار پارامتر prices[0] نامعتبر است"),
            (200, r#""hasError":false"#),
        ),
        row(
            "one_time_token",
            |scene| pod("/nzh/biz/payInvoice", &format!("invoiceId={}", scene.invoice)),
            (200, r#""errorCode":39"#),
            (200, r#""hasError":false"#),
        ),
        row("api_key", |_| pod(ENVELOPE, "scProductId=29816"), (200, r#""errorCode":4"#), (200, r#""hasError":false"#)),
        row(
            "check_digits",
            |scene| transfer(scene, "strict-4", &but(json!({"destinationNumber": "IR480620000000302876732005"}))),
            (400, "destinationNumber is invalid"),
            (200, "DONE"),
        ),
        row(
            "check_digits",
            |scene| {
                let call = Call::get("/oak/v2/clients/drops/ibanInquiry").bearer(&scene.client.value);
                call.query("iban", "IR480620000000302876732005")
            },
            (400, "iban is invalid"),
            (200, "DONE"),
        ),
        row(
            "check_digits",
            |scene| service(scene, "getValidCard", &json!({"card": "6362144202902795"})),
            (400, "card is invalid"),
            (200, "DONE"),
        ),
        row(
            "check_digits",
            |_| Call::post(OTP_PATH).json(&otp_body(CARD, "strict-card", 50_000)),
            (200, r#""code":"14""#),
            (200, r#""status":1"#),
        ),
        row(
            "whole_thousands",
            |_| Call::post(OTP_PATH).json(&otp_body(GOOD_PAN, "strict", 50_500)),
            (200, r#""code":"13""#),
            (200, r#""code":"78""#),
        ),
        row(
            "whole_thousands",
            |_| Call::post(PAY_PATH).json(&pay_body(GOOD_PAN, "strict", 999, "12345")),
            (200, r#""code":"13""#),
            (200, r#""code":"78""#),
        ),
        row("verifier_length", verifier, (400, "code_verifier: 43 to 128 characters"), (400, "invalid_grant")),
    ]
}

fn fits((status, text): (u16, &str), reply: &Reply) -> bool {
    reply.status == status && String::from_utf8_lossy(&reply.body).contains(text)
}

/// The log lines of requests in a finished log, by request id.
fn lines_of(home: &Home) -> impl Fn(&str) -> String {
    let printed = home.printed();
    move |id| {
        let line = printed.lines().rfind(|line| line.contains(&format!("id={id} ")));
        line.unwrap_or_else(|| panic!("no line of request {id} in {printed}")).to_owned()
    }
}

fn id_of(reply: &Reply) -> String {
    reply.header("x-request-id").unwrap().to_owned()
}

/// The names of all rules.
fn rules() -> BTreeSet<&'static str> {
    edge::strict::Rule::ALL.iter().map(|rule| rule.name()).collect()
}

#[test]
fn the_book_has_a_row_for_each_rule() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sandbox.md")).unwrap();
    for rule in edge::strict::Rule::ALL {
        let row = format!("| `{}` | {} | ", rule.name(), rule.meaning());
        assert!(page.contains(&row), "no row {row:?}");
    }
}

#[apply(each_store)]
async fn each_rule_refuses_alone_in_the_form_of_its_dialect_and_is_named_in_the_line_of_the_request(
    #[case] _on: OnStore,
) {
    let covered: BTreeSet<&str> = rows().iter().map(|row| row.rule).collect();
    assert_eq!(covered, rules(), "every rule has a row");
    let all: Vec<&str> = rules().into_iter().collect();
    let alone = all.iter().map(|rule| vec![*rule]);
    let mut failures = Vec::new();
    for on in alone.chain([vec![], all.clone()]) {
        let setting = format!("--strict={}", on.join(","));
        let mut world = World::launch("strict", Launch { args: &[&setting], env: &[] }).await;
        let scene = Scene::of(&mut world).await;
        let mut replies = Vec::new();
        for row in rows() {
            replies.push(world.send(&(row.call)(&scene)).await.unwrap());
        }
        let World { server, home, .. } = world;
        server.stop();
        let line = lines_of(&home);
        for ((at, row), reply) in rows().into_iter().enumerate().zip(replies) {
            let (is_on, logged) = (on.contains(&row.rule), line(&id_of(&reply)));
            let expected = if is_on { row.refused } else { row.taken };
            let named = logged.contains(&format!("rule=\"{}\"", row.rule));
            if !fits(expected, &reply) || named != is_on || (!is_on && logged.contains("rule=")) {
                failures.push(format!("{at} {} under {setting}: not {expected:?} but {reply}\n  {logged}", row.rule));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The console shows the rule beside the request.
#[apply(each_store)]
async fn the_request_log_of_the_sandbox_names_the_rule(#[case] _on: OnStore) {
    let mut world = World::launch("strict-console", Launch { args: &["--strict"], env: &[] }).await;
    let reply = world.send(&Call::post("/api/ivr/bpm/inquiry").body("{}")).await.unwrap();
    // The console has the number, and the header its hexadecimal form.
    let id = u64::from_str_radix(reply.header("x-request-id").unwrap(), 16).unwrap();
    let form = json!({"name": "strict", "password": "strict-password", "role": "viewer"});
    world.operator(Call::post("/admin/v1/operators").json(&form)).await.unwrap();
    let mut tab = Tab::of(world.server.address);
    let form = "name=strict&password=strict-password&next=/console";
    assert_eq!(tab.submit(&mut world, "/console/login", "/console/login", form).await.status, 303);
    let page = tab.get(&mut world, &format!("/console/requests/{id}")).await;
    assert!(text(&page).contains("content_type"), "{page}");
}

/// The body of every operation in the document must have its content type and only its own fields; a new operation is included.
#[apply(each_store)]
async fn every_operation_of_the_document_looks_at_the_type_and_the_fields_of_its_body(#[case] _on: OnStore) {
    let launch = Launch { args: &["--strict=content_type,unknown_fields"], env: &[] };
    let mut world = World::launch("strict-walk", launch).await;
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let credentials = Credentials::of(&mut world).await;
    let (mut walked, mut broken) = (0, Vec::new());
    for operation in operations(&document) {
        let (what, path) = (format!("{} {}", operation.method, operation.path), operation.path.as_str());
        let Some(kind) = operation.kind() else { continue };
        let sent = if kind == FORM { "a=b" } else { "{}" };
        // The operator API and the paths for incoming SMS belong to no platform.
        let is_ours = path.starts_with("/admin/") || path.starts_with("/sms/");
        for wrong in [None, Some("text/plain")].into_iter().filter(|_| !is_ours) {
            let reply = world.send(&typed(operation.call().body(sent), wrong)).await.unwrap();
            assert!(String::from_utf8_lossy(&reply.body).contains("Content-Type"), "{what} {wrong:?}: {reply}");
            broken.push((id_of(&reply), "content_type", what.clone()));
        }
        // OAuth requires that unknown parameters are ignored (RFC 6749, 3.1 and 3.2), and providers of SMS send any fields.
        let is_oauth = path.starts_with("/oauth2/") || path == "/dev/v2/oauth2/authorize";
        if is_oauth || path.starts_with("/sms/") {
            continue;
        }
        let body = match kind {
            FORM if path.ends_with("/doServiceCall") => "scProductId=29816&noSuchField=1",
            FORM => "noSuchField=1",
            _ => r#"{"noSuchField":1}"#,
        };
        let mut named = None;
        for call in credentials.on(&operation) {
            let ott = if kind == FORM { world.ott(SHOP).await } else { String::new() };
            let call =
                call.query("trackId", "strict-walk").header("_ott_", &ott).header("content-type", kind).body(body);
            let call = if path.starts_with("/oak/") || path.starts_with("/dev/") { call } else { without_query(call) };
            let reply = world.send(&call).await.unwrap();
            if String::from_utf8_lossy(&reply.body).contains("noSuchField") {
                named = Some(reply);
            }
        }
        let reply = named.unwrap_or_else(|| panic!("{what}: no refusal names the field"));
        // The operator API refuses unknown fields always.
        if !path.starts_with("/admin/") {
            broken.push((id_of(&reply), "unknown_fields", what));
        }
        walked += 1;
    }
    assert!(walked > 60, "{walked} bodies");
    let World { server, home, .. } = world;
    server.stop();
    let line = lines_of(&home);
    for (id, rule, what) in broken {
        assert!(line(&id).contains(&format!("rule=\"{rule}\"")), "{what}: {}", line(&id));
    }
}

fn without_query(call: Call) -> Call {
    let path = call.target.split('?').next().unwrap_or_default().to_owned();
    Call { target: path, ..call }
}

/// The old name enables the check digits only, in production, too; the other rules are a sandbox's.
#[apply(each_store)]
async fn strict_checksums_is_the_rule_check_digits(#[case] _on: OnStore) {
    let mut world = World::launch("strict-old-name", Launch { args: &["--strict-checksums"], env: &[] }).await;
    let scene = Scene::of(&mut world).await;
    for row in rows() {
        let reply = world.send(&(row.call)(&scene)).await.unwrap();
        let expected = if row.rule == "check_digits" { row.refused } else { row.taken };
        assert!(fits(expected, &reply), "{}: {reply}", row.rule);
    }
}

/// finnotech.md 1.4, step 2: an unknown path or method is refused as such, whatever body comes with it.
#[apply(each_store)]
async fn an_unknown_path_or_method_is_404_or_405_whatever_the_type_of_its_body(#[case] _on: OnStore) {
    let mut plain = World::start("strict-paths-plain").await;
    let mut strict = World::launch("strict-paths", Launch { args: &["--strict"], env: &[] }).await;
    let document = strict.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let answer_of = |reply: &Reply| {
        let mut body = reply.json().unwrap_or_default();
        if let Some(members) = body.as_object_mut() {
            members.retain(|name, _| !["ott", "referenceNumber"].contains(&name.as_str()));
        }
        (reply.status, body, reply.header("allow").map(str::to_owned))
    };
    let served: Vec<String> = operations(&document).iter().map(|operation| operation.call().target).collect();
    let pages = ["/s/none", "/v1/pbc/payinvoice/", "/console", "/oauth2/authorize", "/pay", "/none"].map(str::to_owned);
    let mut seen = BTreeSet::new();
    for path in served.iter().chain(&pages) {
        for call in [Call::post(&format!("{path}-none")), Call::new("PATCH", path)] {
            for kind in [None, Some("text/plain"), Some(FORM), Some(JSON)] {
                let call = typed(call.clone().query("trackId", "t-1").body("a=b"), kind);
                let (one, other) = (plain.send(&call).await.unwrap(), strict.send(&call).await.unwrap());
                assert_eq!(answer_of(&other), answer_of(&one), "{} {path} {kind:?}", call.method);
                seen.insert(other.status);
            }
        }
    }
    // The operator API authenticates first; the path of a payer's link may have any end.
    assert!(seen.is_superset(&BTreeSet::from([401, 404, 405])), "{seen:?}");
}
