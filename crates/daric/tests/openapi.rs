//! `/openapi.json` is valid, describes everything that programs are served and every status that occurs, and clients that are generated from it work.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use harness::client::{Call, Reply};
use harness::examples::{FINNOTECH, PAYSTAR, POD, Values, examples};
use harness::operations::{Credentials, Operation, all_operations, operations};
use harness::paystar::{CARD, MOBILE, otp_body, pay_body};
use harness::server::Launch;
use harness::tools::{conformance, generated_python, generated_typescript};
use harness::world::{BON, DROPS, OPERATOR, REDIRECT, World, charge_call, fifty_thousand, token_call, transfer_call};
use serde_json::{Value, json};

/// One byte more than a body may have.
const TOO_LARGE: usize = 64 * 1024 + 1;
const FORM: &str = "application/x-www-form-urlencoded";

async fn document(world: &mut World) -> Value {
    world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap()
}

/// Whether a target belongs to a path with places.
pub fn is_at(path: &str, target: &str) -> bool {
    let target = target.split('?').next().unwrap_or_default();
    let (path, target): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), target.split('/').collect());
    path.len() == target.len() && path.iter().zip(target).all(|(part, sent)| part.starts_with('{') || *part == sent)
}

/// What is wrong with a reply to this operation.
fn fault(operation: &Operation, reply: &Reply) -> Option<String> {
    let what = format!("{} {}", operation.method, operation.path);
    let Some(response) = operation.described["responses"].get(reply.status.to_string()) else {
        return Some(format!("{what}: {} is not described: {reply}", reply.status));
    };
    let kind = reply.header("content-type").map(|kind| kind.split(';').next().unwrap_or_default());
    match kind {
        Some(kind) if !reply.body.is_empty() && reply.status != 302 && response["content"].get(kind).is_none() => {
            Some(format!("{what}: {} has no {kind}: {reply}", reply.status))
        }
        _ => None,
    }
}

/// A JSON reply, as `replies.py` expects it.
fn described(operation: &Operation, reply: &Reply) -> Option<Value> {
    Some(json!([operation.method, operation.path, reply.status, reply.json().ok()?]))
}

/// Bad, unauthorised, incomplete and too large requests of an operation, and some good ones.
fn calls(operation: &Operation, credentials: &Credentials) -> Vec<Call> {
    let mut all = vec![operation.call(), operation.call().bearer("wrong").header("_token_", "wrong")];
    let long = if operation.path.starts_with("/oauth2/") { 61 * 1024 } else { 9 * 1024 };
    for call in credentials.on(operation) {
        all.extend([
            call.clone(),
            call.clone().query("trackId", "walk"),
            call.clone().query("trackId", "\u{1}"),
            call.clone().query("a", &"x".repeat(long)),
            call.clone().header("content-type", "application/json").body(vec![b'x'; TOO_LARGE]),
        ]);
        for body in ["{", "[]", "{}", r#"{"a":"\u0000"}"#, r#"{"nid":5}"#, "a=%00", "a=1", "\u{1}"] {
            let kind = operation.kind().unwrap_or("application/json");
            all.push(call.clone().query("trackId", "walk").header("content-type", kind).body(body));
        }
        let unversioned = call.headers.iter().filter(|(name, _)| name != "if-match").cloned().collect();
        all.push(Call { headers: unversioned, ..call }.json(&json!({"on": false})));
    }
    all
}

#[apply(each_store)]
async fn every_status_that_comes_is_described_for_its_operation(#[case] _on: OnStore) {
    let mut world = World::start("openapi-statuses").await;
    let document = document(&mut world).await;
    let operations = operations(&document);
    let mut faults = Vec::new();
    let mut seen: BTreeMap<u16, usize> = BTreeMap::new();
    let mut replies = Vec::new();
    // A reset would remove what the other operations need.
    for operation in operations.iter().filter(|operation| operation.path != "/admin/v1/reset") {
        let credentials = Credentials::of(&mut world).await;
        for call in calls(operation, &credentials) {
            let reply = world.send(&call).await.unwrap();
            *seen.entry(reply.status).or_default() += 1;
            faults.extend(fault(operation, &reply));
            replies.extend(described(operation, &reply));
        }
    }
    // The requests of the documents' own cases, whatever their outcome is here.
    let credentials = Credentials::of(&mut world).await;
    let mut values: Values = BTreeMap::new();
    for (name, token) in ["code062", "cc"].into_iter().zip(&credentials.tokens) {
        values.insert(name.to_owned(), json!(token));
    }
    let mut of_cases = 0;
    for file in [FINNOTECH, PAYSTAR, POD] {
        for case in examples(file).values() {
            let call = case.call(&values);
            let found = operations.iter().find(|one| one.method == call.method && is_at(&one.path, &call.target));
            if let Some(operation) = found {
                let reply = world.send(&call).await.unwrap();
                *seen.entry(reply.status).or_default() += 1;
                faults.extend(fault(operation, &reply));
                replies.extend(described(operation, &reply));
                of_cases += 1;
            }
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(of_cases > 200, "{of_cases} cases are of described operations");
    for status in [200, 400, 401, 403, 404, 413, 414, 422, 428] {
        assert!(seen.contains_key(&status), "no reply was {status}: {seen:?}");
    }
    let folder = world.home.folder().to_owned();
    let [file, all] = ["openapi.json", "replies.json"].map(|name| folder.join(name));
    std::fs::write(&file, document.to_string()).unwrap();
    std::fs::write(&all, json!(replies).to_string()).unwrap();
    let story = move || generated_python("replies.py", &[file.to_str().unwrap(), all.to_str().unwrap()]);
    let printed = tokio::task::spawn_blocking(story).await.unwrap();
    assert!(printed.starts_with("ok: "), "{printed}");
}

/// The machine fails or is full, or the caller asks too often.
#[apply(each_store)]
async fn failures_and_limits_are_described_too(#[case] _on: OnStore) {
    let mut world = World::launch("openapi-failures", Launch { args: &["--visits-per-minute=1"], env: &[] }).await;
    let document = document(&mut world).await;
    let mut faults = Vec::new();
    let (mut seen, mut sent) = (BTreeSet::new(), 0);
    for armed in ["", "error:server is busy", "error:internal error", "paystar:busy", "paystar:unknown", "timeout_408"]
    {
        world.operator(Call::delete("/admin/v1/faults")).await.unwrap();
        let credentials = Credentials::of(&mut world).await;
        if !armed.is_empty() {
            world.arm_rule(&json!({"fault": armed, "always": true})).await.unwrap();
        }
        for operation in operations(&document).iter().filter(|operation| !operation.path.starts_with("/admin/")) {
            for call in credentials.on(operation) {
                let body = match operation.path.rsplit('/').next().unwrap_or_default() {
                    "otp-v2" => harness::paystar::otp_body(harness::paystar::CARD, "walk", 1_000),
                    "pay" => harness::paystar::pay_body(harness::paystar::CARD, "walk", 1_000, "12345"),
                    "inquiry" => json!({"sequence": harness::paystar::SEQUENCE, "order_id": "walk"}),
                    "inbound" => json!({"from": "09120000000", "text": "t"}),
                    _ => harness::world::fifty_thousand(),
                };
                sent += 1;
                let call = call.query("trackId", &format!("walk-{sent}"));
                let call = match operation.kind() {
                    Some(FORM) => call.header("content-type", FORM).body("a=b"),
                    Some(_) => call.json(&body),
                    None => call,
                };
                let reply = world.send(&call).await.unwrap();
                seen.insert(reply.status);
                faults.extend(fault(operation, &reply));
            }
        }
    }
    for status in [408, 429, 500, 503, 504] {
        assert!(seen.contains(&status), "no reply was {status}: {seen:?}");
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Calls whose replies have all alternatives of the document.
async fn alternatives(world: &mut World) -> Vec<Call> {
    let code = world.named_token("code062").await.unwrap();
    let client = world.cc().await.unwrap();
    let (consented, _) = world.consent("062", &[DROPS]).await.unwrap();
    let pin = world.asked("walk-1", 1_000).await;
    let charge = |track_id: &str, card| charge_call(&code, track_id, card, 10_000);
    let tokens = Call::get("/dev/v2/clients/drops/tokens").bearer(&client.value);
    let nested = transfer_call(&code, "a b", &fifty_thousand());
    let at = |path: &str, body: &Value| Call::post(&format!("/api/ivr/{path}")).json(body);
    let asked = at("otp-v2", &otp_body(CARD, "walk-2", 1_000));
    let invoice = world.send(&asked).await.unwrap().json().unwrap()["data"]["invoice_id"].clone();
    let other = world.password(MOBILE).await;
    let mut by_invoice = pay_body(CARD, "walk-2", 1_000, &other);
    let fields = by_invoice.as_object_mut().unwrap();
    fields.retain(|name, _| name != "order_id" && name != "amount");
    fields.extend([("ivr".to_owned(), json!(0)), ("invoice_id".to_owned(), invoice)]);
    vec![
        // The fault is armed: the first refusal is inside `result`.
        nested.clone(),
        nested,
        charge("walk-done", BON),
        charge("walk-failed", "5022290000000018"),
        token_call(&json!({"grant_type": "client_credentials", "nid": "0499370899"})),
        token_call(
            &json!({"grant_type": "authorization_code", "code": consented, "bank": "062", "redirect_uri": REDIRECT}),
        ),
        tokens.clone(),
        tokens.query("bank", "062"),
        asked.clone(),
        at("otp-v2", &otp_body("6037990000000014", "walk-3", 1_000)),
        at("otp-v2", &json!({})),
        at("bpm/pay", &pay_body(CARD, "walk-1", 1_000, &pin)),
        at("bpm/pay", &pay_body(CARD, "walk-1", 1_000, &pin)),
        at("bpm/pay", &json!({})),
        at("pay", &by_invoice),
        at("pay", &by_invoice),
        harness::paystar::inquiry_call("walk-1"),
        harness::paystar::inquiry_call("walk-none"),
    ]
}

#[apply(each_store)]
async fn a_reply_that_may_be_one_of_several_is_each_of_them_and_nothing_else(#[case] _on: OnStore) {
    let mut world = World::start("openapi-alternatives").await;
    let document = document(&mut world).await;
    let operations = operations(&document);
    let calls = alternatives(&mut world).await;
    world.arm("nested_error").await.unwrap();
    let mut replies = Vec::new();
    for call in calls {
        let reply = world.send(&call).await.unwrap();
        let operation = operations.iter().find(|one| one.method == call.method && is_at(&one.path, &call.target));
        replies.push(described(operation.unwrap(), &reply).unwrap());
    }
    let folder = world.home.folder().to_owned();
    let [file, all] = ["openapi.json", "replies.json"].map(|name| folder.join(name));
    std::fs::write(&file, document.to_string()).unwrap();
    std::fs::write(&all, json!(replies).to_string()).unwrap();
    let story = move || generated_python("alternatives.py", &[file.to_str().unwrap(), all.to_str().unwrap()]);
    let printed = tokio::task::spawn_blocking(story).await.unwrap();
    assert!(printed.starts_with("ok: "), "{printed}");
}

/// The reply to a method that a path does not have lists the methods that are described.
#[apply(each_store)]
async fn the_methods_that_a_path_allows_are_those_of_the_document(#[case] _on: OnStore) {
    let mut world = World::start("openapi-methods").await;
    let document = document(&mut world).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        // These paths have a page or accept everything by GET, too; programs use POST.
        let also: &[&str] = match path.as_str() {
            path if path.starts_with("/nzh/") || path.starts_with("/srv/") => &["GET"],
            // A GET of a form's target leads back to the form.
            _ if item["post"]["tags"][0] == "pages" => &["GET"],
            _ => &[],
        };
        let methods = item.as_object().unwrap().keys().map(|method| method.to_uppercase());
        let described: BTreeSet<String> = methods.filter(|method| !also.contains(&method.as_str())).collect();
        let call = Operation { method: "PATCH".to_owned(), path: path.clone(), described: Value::Null }.call();
        let reply = world.send(&call.bearer(OPERATOR)).await.unwrap();
        let allowed = reply.header("allow").unwrap_or_default().split(',').map(|method| method.trim().to_owned());
        let allowed: BTreeSet<String> = allowed
            .filter(|method| !["HEAD", "OPTIONS"].contains(&method.as_str()) && !also.contains(&method.as_str()))
            .collect();
        assert_eq!((reply.status, allowed), (405, described), "{path}: {reply}");
    }
}

/// Pages, their forms and links, asked for in several wrong ways.
#[apply(each_store)]
async fn every_status_of_a_page_is_described(#[case] _on: OnStore) {
    let mut world = World::start("openapi-pages").await;
    let document = document(&mut world).await;
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    let pages = all_operations(&document).into_iter().filter(Operation::is_page);
    for page in pages {
        let form = page.call().header("content-type", FORM);
        for call in [
            page.call(),
            page.call().query("a", &"x".repeat(61 * 1024)),
            page.call().query("client_id", "shop").query("response_type", "code").query("redirect_uri", REDIRECT),
            form.clone().body("a=b"),
            form.clone().body("csrf=none&mobile=09121234567&decision=deny"),
            form.body("a=%00"),
            page.call().header("content-type", "application/json").body(vec![b'x'; TOO_LARGE]),
        ] {
            let reply = world.send(&call).await.unwrap();
            seen.insert(reply.status);
            faults.extend(fault(&page, &reply));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(seen.is_superset(&BTreeSet::from([200, 302, 400, 403, 404, 413])), "{seen:?}");
}

/// Collects the paths in the sources of routers.
fn written(folder: &Path, found: &mut BTreeSet<String>) {
    let routes = regex::Regex::new(r#"(?:route\(\s*|\n\s+\()"(/[^"]+)""#).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            written(&path, found);
            continue;
        }
        if path.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        // Tables of tests look like tables of routes.
        let source = source.split("#[cfg(test)]").next().unwrap();
        if source.contains("Router") {
            found.extend(routes.captures_iter(source).map(|route| route[1].to_owned()));
        }
    }
}

/// Other paths of described operations.
const ALTERNATIVES: [&str; 2] = ["/oauth2/authorize/index.html", "/v1/pbc/biz/{link}"];
/// Pages for operators, and what pages load.
const NOT_DESCRIBED: [&str; 3] = ["/console", "/docs", "/assets"];

/// Every route must be in the document; a missing route would be in no test.
#[apply(each_store)]
async fn every_route_is_in_the_document(#[case] _on: OnStore) {
    let mut world = World::start("openapi-routes").await;
    let document = document(&mut world).await;
    let paths = document["paths"].as_object().unwrap();
    let mut routes = BTreeSet::new();
    for folder in ["finnotech", "paystar", "pod", "admin", "console", "web", "daric"] {
        written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src"), &mut routes);
    }
    assert!(routes.len() >= 80, "{routes:?}");
    routes.extend(wire::pod::services::ALL.iter().filter(|row| !row.path.is_empty()).map(|row| row.path.to_owned()));
    routes.extend(pod::gateway::STEPS.iter().map(|step| format!("/v1/pbc/pay/{{gs}}{step}")));
    routes.extend([pod::sso::METADATA.to_owned(), harness::pod::ENVELOPE.to_owned()]);
    let is_left_out = |route: &String| {
        let is_other = ALTERNATIVES.contains(&route.as_str()) || route.len() > 1 && route.ends_with('/');
        is_other || NOT_DESCRIBED.iter().any(|prefix| route.starts_with(prefix))
    };
    let missing: Vec<&String> =
        routes.iter().filter(|route| !is_left_out(route) && !paths.contains_key(*route)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The document is the same on both stores, and so are the replies: `bad_input.rs` and others compare them.
#[tokio::test(flavor = "multi_thread")]
async fn requests_made_from_the_document_get_replies_that_it_describes() {
    let mut world = World::start("openapi-conformance").await;
    let token = world.named_token("code062").await.unwrap().value;
    let headers = json!({
        "finnotech": {"Authorization": format!("Bearer {token}")}, "paystar": {}, "pod": {"_token_": harness::pod::SHOP},
        "oauth": {"Authorization": "Basic c2hvcDpzaG9w"}, "pages": {}, "server": {}, "operators": {"Authorization": format!("Bearer {OPERATOR}")},
    });
    let base = format!("http://{}", world.server.address);
    let run = move || conformance(&base, &headers.to_string());
    let printed = tokio::task::spawn_blocking(run).await.unwrap();
    assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 7, "{printed}");
}

/// The document in a file of the test's own folder.
async fn written_document(world: &mut World) -> (PathBuf, PathBuf) {
    let document = world.send(&Call::get("/openapi.json")).await.unwrap();
    let folder = world.home.folder().to_owned();
    let file = folder.join("openapi.json");
    std::fs::write(&file, &document.body).unwrap();
    (folder, file)
}

#[apply(each_store)]
async fn the_document_is_valid_and_a_python_client_is_generated_from_it_and_works(#[case] _on: OnStore) {
    let mut world = World::start("openapi-python").await;
    let (folder, file) = written_document(&mut world).await;
    let base = format!("http://{}", world.server.address);
    let story = move || generated_python("story.py", &[&base, file.to_str().unwrap(), folder.to_str().unwrap()]);
    let printed = tokio::task::spawn_blocking(story).await.unwrap();
    println!("{printed}");
    assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 13);
}

#[apply(each_store)]
async fn a_typescript_client_is_typed_by_the_document_and_works(#[case] _on: OnStore) {
    let mut world = World::start("openapi-typescript").await;
    let (_, file) = written_document(&mut world).await;
    let base = format!("http://{}", world.server.address);
    let printed = tokio::task::spawn_blocking(move || generated_typescript(&file, &[&base])).await.unwrap();
    println!("{printed}");
    assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 7);
}
