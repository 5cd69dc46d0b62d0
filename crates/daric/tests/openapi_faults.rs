//! The replies that a sandbox's faults cause are described in `/openapi.json`, too: every fault, at every service that it can strike.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::{Call, Reply};
use harness::operations::{Credentials, Operation, operations};
use harness::paystar::{CARD, SEQUENCE, otp_body, pay_body};
use harness::pod::{ENVELOPE, SHOP, line};
use harness::tools::generated_python;
use harness::world::{BASIC, BON, World, but, fifty_thousand, paya};
use serde_json::{Value, json};

/// Pages for people, and calls to businesses: the document has none.
const PAGES: [&str; 5] = ["consent", "link", "page", "callback", "sso"];

/// Whether the document has no operation of this name.
fn is_page(name: &str) -> bool {
    let of_programs = ["sso/token", "sso/token/info", "sso/token/revoke"];
    PAGES.contains(&name.split('/').next().unwrap()) && !of_programs.contains(&name)
}

/// The operations that a fault strikes under this service's name: the last parts of their paths, or a number of POD's envelope.
fn named<'a>(all: &'a [Operation], name: &str) -> Vec<&'a Operation> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    let of_sso = name.strip_prefix("sso/").map(|rest| format!("/oauth2/{rest}"));
    let is_named = |operation: &&Operation| match (is_number, &of_sso) {
        (true, _) => operation.path == ENVELOPE,
        (false, Some(path)) => operation.path == *path,
        (false, None) => !operation.path.starts_with("/admin/") && operation.path.rsplit('/').next() == Some(name),
    };
    all.iter().filter(is_named).collect()
}

/// A call that its service accepts, or refuses for its trackId.
struct Good<'a> {
    operation: &'a Operation,
    name: &'a str,
    fault: &'a str,
    number: usize,
}

impl Good<'_> {
    /// The call's body, if it needs one.
    async fn body(&self, world: &mut World) -> Option<Value> {
        let order = format!("f{}", self.number);
        Some(match self.name {
            "transferTo" | "internalTransfer" if self.fault == "second_password_wrong" => {
                but(json!({"secondPassword": "1234"}))
            }
            "transferTo" | "internalTransfer" => fifty_thousand(),
            "payaTransfer" | "satnaTransfer" => {
                let mut body = paya();
                if self.name == "satnaTransfer" {
                    body["amount"] = json!(510_000_000);
                }
                if self.fault == "second_password_wrong" {
                    body["secondPassword"] = json!("1234");
                }
                body
            }
            "chargeCard" => json!({"amount": 10_000, "card": BON}),
            "getValidCard" => json!({"card": BON}),
            "balance" | "statement" if self.operation.method == "POST" => json!({"card": BON}),
            "inquiryChargeCard" => json!({"trackId": "none"}),
            "token" if self.operation.path.starts_with("/dev/v2/oauth2") => {
                json!({"grant_type": "client_credentials", "nid": "0499370899"})
            }
            "token" if self.operation.method == "DELETE" => json!({"token": "none"}),
            "sms" => json!({"mobile": "09120000000", "otp": "12345", "nid": "1111111111", "trackId": "t"}),
            "otp-v2" => otp_body(CARD, &order, 1_000),
            "inquiry" => json!({"sequence": SEQUENCE, "order_id": order}),
            "pay" => {
                let pin = world.asked(&order, 1_000).await;
                pay_body(CARD, &order, 1_000, &pin)
            }
            _ => return None,
        })
    }

    async fn call(&self, world: &mut World, credentials: &Credentials) -> Call {
        // A client's token reads cards; everything else needs the token of a user's consent.
        let by_client = ["balance", "statement"].contains(&self.name) && self.operation.method == "POST";
        let by_client =
            by_client || ["wages", "tokens", "ibanInquiry", "deposits"].contains(&self.name) || self.name == "token";
        let call = self.operation.call();
        let call = match self.operation.path.split('/').nth(1) {
            Some("oak" | "dev") if !self.operation.path.starts_with("/dev/v2/oauth2") => {
                call.bearer(&credentials.tokens[usize::from(by_client)])
            }
            Some("dev" | "oauth2") => call.header("authorization", BASIC),
            _ => call.header("_token_", SHOP),
        };
        // A fault of refusals needs a refusal.
        let track_id = if self.fault == "nested_error" { "a b".to_owned() } else { format!("f-{}", self.number) };
        let call =
            call.query("trackId", &track_id).query("inquiryTrackId", "none").query("iban", harness::world::MARTIN);
        let call = if self.operation.path == ENVELOPE { call.query("scProductId", self.name) } else { call };
        match self.body(world).await {
            Some(body) => call.json(&body),
            None if self.operation.kind() == Some("application/x-www-form-urlencoded") => {
                let mut form = "offset=0&size=5".to_owned();
                // A lost answer needs a call that succeeds.
                if self.fault == "pod:378" {
                    let id = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await["id"].clone();
                    form = format!("{form}&invoiceId={id}&id={id}");
                }
                call.header("content-type", "application/x-www-form-urlencoded").body(form)
            }
            None => call,
        }
    }
}

/// What is wrong with the status and the type of a reply.
fn undescribed(operation: &Operation, fault: &str, reply: &Reply) -> Option<String> {
    let what = format!("{fault} at {} {}", operation.method, operation.path);
    match operation.described["responses"].get(reply.status.to_string()) {
        None => Some(format!("{what}: {} is not described: {reply}", reply.status)),
        Some(response) if !reply.body.is_empty() && response["content"].get("application/json").is_none() => {
            Some(format!("{what}: {} has no JSON: {reply}", reply.status))
        }
        Some(_) => None,
    }
}

/// What the request log does not say of the strike of an armed fault.
async fn untold_strike(world: &mut World, fault: &str, armed: &Value) -> Option<String> {
    let list = Call::get("/admin/v1/requests").query("fault", fault).query("limit", "1");
    let found = world.operator(list).await.unwrap();
    let wanted = json!({"kind": "fault", "name": fault, "rule": armed["id"]});
    (found[0]["struck"] != wanted).then(|| format!("{fault} {}: {found}", armed["operation"]))
}

#[apply(each_store)]
async fn every_reply_of_every_fault_at_every_service_is_described(#[case] _on: OnStore) {
    // docs/sandbox.md, faults.
    let mut world = World::start("openapi-faults").await;
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let all = operations(&document);
    let credentials = Credentials::of(&mut world).await;
    let values = world.operator(Call::get("/admin/v1/values")).await.unwrap();
    let (mut wrong, mut idle, mut replies, mut number) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut untold = Vec::new();
    let mut lost = 0;
    for row in values["faults"].as_array().unwrap() {
        let fault = row["fault"].as_str().unwrap();
        for name in row["operations"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
            let found = named(&all, name);
            assert_eq!(found.is_empty(), is_page(name), "{name} is in the document");
            for operation in found {
                // Faults of banks do not strike codes and tokens of users; the document describes those replies.
                let is_struck = name.starts_with("sso/") || !operation.path.starts_with("/oauth2/");
                number += 1;
                let good = Good { operation, name, fault, number };
                let call = good.call(&mut world, &credentials).await;
                let mut rule = json!({"fault": fault, "operation": name});
                if fault == "delay" {
                    rule["after"] = json!("PT0S");
                }
                let armed = world.arm_rule(&rule).await.unwrap_or_else(|error| panic!("{fault} {name}: {error}"));
                match world.send(&call).await {
                    Ok(reply) => {
                        wrong.extend(undescribed(operation, fault, &reply));
                        if let Ok(body) = reply.json() {
                            replies.push(json!([operation.method, operation.path, reply.status, body]));
                        }
                        let left = world.operator(Call::get("/admin/v1/faults")).await.unwrap();
                        if left["faults"] == json!([]) {
                            lost += usize::from(fault == "pod:378");
                            untold.extend(untold_strike(&mut world, fault, &armed).await);
                        } else if is_struck && fault != "pod:378" {
                            idle.push(format!("{fault} at {} {}: {reply}", operation.method, operation.path));
                        }
                    }
                    Err(error) => {
                        let closes = ["drop_before", "drop_after", "half_body", "connection_reset"].contains(&fault);
                        assert!(closes && is_struck, "{fault} {name}: {error}");
                        untold.extend(untold_strike(&mut world, fault, &armed).await);
                    }
                }
                world.operator(Call::delete("/admin/v1/faults")).await.unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{} replies:\n{}", wrong.len(), wrong.join("\n"));
    assert!(untold.is_empty(), "{} strikes are not in the request log:\n{}", untold.len(), untold.join("\n"));
    assert!(idle.is_empty(), "{} faults did not strike:\n{}", idle.len(), idle.join("\n"));
    // Each of POD's services refuses most calls; these accepted calls are struck.
    assert!(lost >= 10, "{lost}");
    let folder = world.home.folder().to_owned();
    let [file, told] = ["openapi.json", "replies.json"].map(|name| folder.join(name));
    std::fs::write(&file, document.to_string()).unwrap();
    std::fs::write(&told, json!(replies).to_string()).unwrap();
    let story = move || generated_python("replies.py", &[file.to_str().unwrap(), told.to_str().unwrap()]);
    let printed = tokio::task::spawn_blocking(story).await.unwrap();
    assert!(printed.starts_with("ok: "), "{printed}");
}

/// Faults that strike any call before it is checked (docs/sandbox.md), and faults that strike refusals.
const OF_ANY_CALL: [&str; 8] =
    ["error:", "delay", "drop_", "response_code:", "nested_error", "http_429", "half_body", "connection_reset"];

/// The content of a reply, without the values that differ in every reply.
fn answer_of(reply: &Reply) -> (u16, Value) {
    let mut body = reply.json().unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !["ott", "referenceNumber"].contains(&name.as_str()));
    }
    (reply.status, body)
}

/// Calls that are refused before anything is done: for their credentials, and for their shape.
fn refused(good: &Call) -> Vec<Call> {
    let is_header = |name: &str| ["authorization", "_token_"].contains(&name);
    let bare = good.headers.iter().filter(|(name, _)| !is_header(name)).cloned().collect();
    let unknown = Call { headers: bare, ..good.clone() };
    if good.target.contains("/nzh/") {
        return vec![unknown.header("_token_", "wrong")];
    }
    let shapeless = good.clone().json(&json!({}));
    if good.target.starts_with("/api/") {
        return vec![shapeless];
    }
    let mut all = vec![unknown.clone(), unknown.bearer("wrong")];
    if good.method == "POST" {
        all.push(shapeless);
    }
    all
}

#[apply(each_store)]
async fn a_call_that_is_refused_before_the_place_of_a_fault_is_told_its_refusal_and_leaves_the_fault(
    #[case] _on: OnStore,
) {
    // docs/sandbox.md, faults.
    let mut world = World::start("faults-refused").await;
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let all = operations(&document);
    let credentials = Credentials::of(&mut world).await;
    let values = world.operator(Call::get("/admin/v1/values")).await.unwrap();
    let (mut number, mut changed) = (0, Vec::new());
    for row in values["faults"].as_array().unwrap() {
        let fault = row["fault"].as_str().unwrap();
        if OF_ANY_CALL.iter().any(|prefix| fault.starts_with(prefix)) {
            continue;
        }
        for name in row["operations"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
            for operation in named(&all, name) {
                number += 1;
                let good = Good { operation, name, fault, number }.call(&mut world, &credentials).await;
                for call in refused(&good) {
                    let plain = world.send(&call).await.unwrap();
                    world.arm_rule(&json!({"fault": fault, "operation": name})).await.unwrap();
                    let struck = world.send(&call).await.unwrap();
                    let left = world.operator(Call::get("/admin/v1/faults")).await.unwrap();
                    if answer_of(&plain) != answer_of(&struck) || left["faults"].as_array().unwrap().len() != 1 {
                        changed
                            .push(format!("{fault} at {} {}: {struck} instead of {plain}", call.method, call.target));
                    }
                    world.operator(Call::delete("/admin/v1/faults")).await.unwrap();
                }
            }
        }
    }
    assert!(changed.is_empty(), "{} faults:\n{}", changed.len(), changed.join("\n"));
    assert!(number > 200, "{number}");
}
