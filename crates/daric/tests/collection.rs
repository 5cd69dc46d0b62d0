//! `kits/bruno` is a collection for the HTTP client Bruno with one request per operation of `/openapi.json`, filled in with the first example.
//!
//! `DARIC_WRITE_KITS=1 cargo test -p daric --test outside collection` writes it; without the variable the test compares.
//! Absent: pages, which are for browsers.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use harness::client::Call;
use harness::operations::{Operation, operations};
use harness::world::World;
use serde_json::{Value, json};

/// The environment variable that writes the collection instead of comparing it.
const WRITE: &str = "DARIC_WRITE_KITS";
const FORM: &str = "application/x-www-form-urlencoded";
/// The values of the demo world.
const DEMO: [(&str, &str); 10] = [
    ("base", "http://127.0.0.1:7070"),
    ("operatorToken", "demo-admin-token"),
    ("client", "drops"),
    ("clientSecret", "drops-secret"),
    ("finnotechToken", ""),
    ("finnotechClientToken", ""),
    ("business", "shop"),
    ("businessSecret", "shop"),
    ("podToken", "demo-shop-token"),
    ("ott", ""),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kits/bruno")
}

/// A block of names and values; no block without values.
fn block(name: &str, rows: &[(String, String)]) -> String {
    let lines: String = rows.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect();
    if rows.is_empty() { String::new() } else { format!("\n{name} {{\n{lines}}}\n") }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The values of a member of an example, by name; a list is repeated.
fn rows(example: &Value, member: &str) -> Vec<(String, String)> {
    let values = example[member].as_object().into_iter().flatten();
    let all = values.flat_map(|(name, value)| match value {
        Value::Array(rows) => rows.iter().map(|row| (name.clone(), plain(row))).collect(),
        one => vec![(name.clone(), plain(one))],
    });
    all.collect()
}

/// The credentials of an operation: Bruno's word for their kind, and the blocks that hold them.
fn credentials(operation: &Operation, by: &str) -> (&'static str, String, Vec<(String, String)>) {
    let bearer = |token: &str| ("bearer", block("auth:bearer", &[("token".to_owned(), token.to_owned())]), Vec::new());
    let basic = |name: &str, secret: &str| {
        let pair = [("username".to_owned(), name.to_owned()), ("password".to_owned(), secret.to_owned())];
        ("basic", block("auth:basic", &pair), Vec::new())
    };
    let schemes = operation.described.get("security").and_then(Value::as_array);
    // An operation without a security requirement takes the operator's token.
    let Some(schemes) = schemes else { return bearer("{{operatorToken}}") };
    let first = schemes.iter().find_map(|scheme| scheme.as_object()?.keys().next().cloned());
    match first.as_deref() {
        Some("operator") => bearer("{{operatorToken}}"),
        // Some services take the token of a client, the others that of a user's consent.
        Some("finnotechToken") if ["cc", "CLIENT"].contains(&by) => bearer("{{finnotechClientToken}}"),
        Some("finnotechToken") => bearer("{{finnotechToken}}"),
        Some("finnotechClient") => basic("{{client}}", "{{clientSecret}}"),
        Some("oauthClient") => basic("{{business}}", "{{businessSecret}}"),
        Some("podToken") => ("none", String::new(), vec![("_token_".to_owned(), "{{podToken}}".to_owned())]),
        // A provider sends a token only if one is configured.
        Some("smsProvider") | None => ("none", String::new(), Vec::new()),
        Some(other) => panic!("no credentials for {other}"),
    }
}

/// The values that later requests take from a reply.
fn captured(operation: &Operation) -> Vec<(String, String)> {
    let row = |name: &str, path: &str| vec![(name.to_owned(), format!("res.body.{path}"))];
    match operation.described["tags"][0].as_str() {
        Some("pod") => row("ott", "ott"),
        _ if operation.path == "/admin/v1/tokens" => row("finnotechToken", "result.value"),
        _ if operation.path == "/dev/v2/oauth2/token" => row("finnotechClientToken", "result.value"),
        _ => Vec::new(),
    }
}

/// The file of an operation.
fn request(operation: &Operation, example: &Value, place: usize) -> String {
    let id = operation.described["operationId"].as_str().unwrap();
    let (auth, auth_block, auth_headers) = credentials(operation, example["by"].as_str().unwrap_or_default());
    let parts = operation.path.split('/').map(|part| match part.strip_prefix('{') {
        Some(name) => format!(":{}", name.trim_end_matches('}')),
        None => part.to_owned(),
    });
    let mut query = rows(example, "query");
    for (name, value) in &mut query {
        // A trackId is used once.
        if name == "trackId" && operation.method == "POST" {
            *value = "{{$guid}}".to_owned();
        }
    }
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let pairs = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    let kind = operation.kind().filter(|_| example["body"].is_object());
    let (body, body_block) = match kind {
        None => ("none", String::new()),
        Some(FORM) => ("formUrlEncoded", block("body:form-urlencoded", &rows(example, "body"))),
        Some(_) => {
            let text = serde_json::to_string_pretty(&example["body"]).unwrap().replace('\n', "\n  ");
            ("json", format!("\nbody:json {{\n  {text}\n}}\n"))
        }
    };
    let mut headers = auth_headers;
    headers.extend(rows(example, "header").into_iter().map(|(name, value)| match name.as_str() {
        "_ott_" => (name, "{{ott}}".to_owned()),
        _ => (name, value),
    }));
    let mut text = block(
        "meta",
        &[
            ("name".to_owned(), id.to_owned()),
            ("type".to_owned(), "http".to_owned()),
            ("seq".to_owned(), place.to_string()),
        ],
    );
    let path = parts.collect::<Vec<_>>().join("/");
    text.push_str(&block(
        &operation.method.to_lowercase(),
        &[
            ("url".to_owned(), format!("{{{{base}}}}{path}{pairs}")),
            ("body".to_owned(), body.to_owned()),
            ("auth".to_owned(), auth.to_owned()),
        ],
    ));
    for part in [
        block("params:query", &query),
        block("params:path", &rows(example, "path")),
        block("headers", &headers),
        auth_block,
        body_block,
        block("vars:post-response", &captured(operation)),
    ] {
        text.push_str(&part);
    }
    let says = operation.described["summary"].as_str().or(operation.described["description"].as_str());
    if let Some(says) = says {
        write!(text, "\ndocs {{\n  {}\n}}\n", says.trim().replace('\n', "\n  ")).unwrap();
    }
    text.trim_start().to_owned()
}

/// All files of the collection, by their paths.
fn files(document: &Value) -> BTreeMap<String, String> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/examples.json");
    let examples: Vec<Value> = serde_json::from_str(&fs::read_to_string(examples).unwrap()).unwrap();
    let head = json!({"version": "1", "name": "Daric", "type": "collection", "ignore": []});
    let demo: Vec<(String, String)> =
        DEMO.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut all = BTreeMap::from([
        ("bruno.json".to_owned(), format!("{}\n", serde_json::to_string_pretty(&head).unwrap())),
        ("environments/demo.bru".to_owned(), block("vars", &demo).trim_start().to_owned()),
    ]);
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for operation in operations(document) {
        let tag = operation.described["tags"][0].as_str().unwrap().to_owned();
        let place = places.entry(tag.clone()).or_default();
        *place += 1;
        let named = format!("{} {}", operation.method, operation.path);
        let example = examples.iter().find(|example| example["operation"] == named).cloned().unwrap_or_default();
        let id = operation.described["operationId"].as_str().unwrap();
        all.insert(format!("{tag}/{id}.bru"), request(&operation, &example, *place));
    }
    all
}

/// Collects the files under a folder.
fn present(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            present(&path, &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

#[apply(each_store)]
async fn the_collection_of_bruno_has_a_request_for_every_operation_as_its_example_shows_it(#[case] _on: OnStore) {
    let mut world = World::start("collection").await;
    let document: Value = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let wanted = files(&document);
    if std::env::var_os(WRITE).is_some() {
        for (name, text) in &wanted {
            let path = folder().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        return;
    }
    let mut found = BTreeMap::new();
    present(&folder(), "", &mut found);
    let names: Vec<&String> = wanted.keys().chain(found.keys()).collect();
    let differ: Vec<&&String> = names.iter().filter(|name| wanted.get(**name) != found.get(**name)).collect();
    assert!(differ.is_empty(), "{WRITE}=1 writes the collection; files that differ: {differ:?}");
}
