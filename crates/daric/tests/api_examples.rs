//! Every operation of `/openapi.json` has an example, and a server with the demo world answers each example as the document prints it.
//!
//! Requests of the dialects are golden cases. Those of the operators' API, of the log-in service and of the process are in `data/api_examples.json`,
//! in an order in which each finds what it needs. `DARIC_WRITE_EXAMPLES=1 cargo test -p daric --test outside api_examples` writes what the servers
//! answer into `crates/openapi/examples.json`; values that differ from run to run (`VARIES`) stay as they are there.

use crate::golden_finnotech::{CAPTURED, capture};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use crate::openapi::is_at;
use rstest_reuse::apply;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use harness::client::{Call, Reply};
use harness::examples::{Example, FINNOTECH, PAYSTAR, POD, Values, example, filled};
use harness::operations::{Operation, all_operations};
use harness::pod::ENVELOPE;
use harness::server::{Home, Launch, Server};
use harness::world::{Caller, ELEVEN, OPERATOR, World};
use regex::Regex;
use serde_json::{Map, Value, json};

const STORY: &str = include_str!("data/api_examples.json");
/// The environment variable that writes the examples instead of comparing them.
const WRITE: &str = "DARIC_WRITE_EXAMPLES";
const FORM: &str = "application/x-www-form-urlencoded";
/// Examples of an operation: requests that succeed, and refusals.
const SUCCESSES: usize = 2;
const REFUSALS: usize = 4;
/// Rows of a list that an example shows.
const ROWS: usize = 2;
/// The document is no example of itself.
const DOCUMENT: &str = "/openapi.json";
/// The envelope has an example for each of its own refusals; other cases are examples of the services' own paths.
const OF_ENVELOPE: [&str; 3] = ["ott-shop", "no-token", "unknown-service"];
/// Cases with these words in their precondition need more than earlier cases, the clock and tokens (`golden_finnotech.rs`).
const PREPARED: [&str; 11] = [
    "fault ",
    "made at ",
    "setting ",
    "was sent before",
    "were accepted",
    "as transfer-token",
    "gave",
    "sent the body",
    "only live",
    "bank=016",
    "proxy-inquiry-returned",
];
/// Members whose values differ from run to run: secrets, references, and numbers of rows.
const VARIES: [&str; 46] = [
    "_ott_",
    "account",
    "at",
    "billNumber",
    "bytes",
    "creditorInvoiceId",
    "csrf",
    "cycle",
    "debtorInvoiceId",
    "depositId",
    "editedInvoiceId",
    "destination",
    "durationMs",
    "entry",
    "first",
    "h",
    "id",
    "invoiceId",
    "invoiceItemId",
    "invoice_id",
    "issuer",
    "key",
    "last",
    "lastTransfer",
    "link",
    "next",
    "number",
    "otp",
    "ott",
    "paymentBillNumber",
    "pin",
    "refCode",
    "referenceNumber",
    "refreshToken",
    "request",
    "rows",
    "shop",
    "since",
    "source",
    "token",
    "tracker",
    "transfer",
    "uniqueNumber",
    "unsealed",
    "value",
    "version",
];

/// One test of this program reads and writes the file at a time.
static FILE: Mutex<()> = Mutex::new(());

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/examples.json")
}

/// Texts that are made at random or count up, in any member.
static RANDOM: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        "^[0-9a-f]{8}-[0-9a-f]{4}-|^[0-9a-f]{12,}$|^[0-9]{6}$|^[A-Za-z0-9]{16}$|^[A-Za-z0-9_-]{40,}",
        r"|127\.0\.0\.1:[0-9]+"
    );
    Regex::new(pattern).unwrap()
});

/// A value without what differs from run to run; `name` is its member's.
fn settled(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), settled(name, value))).collect::<Map<_, _>>().into()
        }
        Value::Array(rows) => rows.iter().map(|row| settled(name, row)).collect(),
        Value::String(text) if VARIES.contains(&name) || RANDOM.is_match(text) => json!("<varies>"),
        Value::Number(number) if VARIES.contains(&name) && number.as_i64() != Some(0) => json!("<varies>"),
        other => other.clone(),
    }
}

/// A reply whose lists have few rows.
fn shortened(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, shortened(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(rows) => rows.into_iter().take(ROWS).map(shortened).collect(),
        other => other,
    }
}

/// What an example is called, and what it shows.
struct Title {
    name: String,
    says: String,
}

impl Title {
    /// The title of a golden case.
    fn of_case(name: &str) -> Self {
        let words = name.replace('-', " ");
        let (first, rest) = words.split_at(1);
        Self { name: name.to_owned(), says: format!("{}{rest}", first.to_uppercase()) }
    }
}

/// The operations of a server's document.
struct Reference {
    document: Value,
    operations: Vec<Operation>,
}

impl Reference {
    async fn of(world: &mut Caller) -> Self {
        let document = world.send(&Call::get(DOCUMENT)).await.unwrap().json().unwrap();
        Self { operations: all_operations(&document), document }
    }

    fn operation(&self, call: &Call) -> Option<&Operation> {
        let target = call.target.split('?').next().unwrap_or_default().trim_end_matches('/');
        self.operations.iter().find(|one| one.method == call.method && is_at(&one.path, target))
    }

    /// A text as a value of its schema.
    fn typed(text: &str, schema: &Value) -> Value {
        match (schema["type"].as_str(), text.parse::<i64>()) {
            (Some("integer"), Ok(number)) => json!(number),
            _ => json!(text),
        }
    }

    /// The fields of a form by their names in the document; a repeated field is a list.
    fn form(&self, operation: &Operation, body: &str) -> Value {
        let schema = &operation.described["requestBody"]["content"][FORM]["schema"]["$ref"];
        let name = schema.as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default();
        let properties = &self.document["components"]["schemas"][name]["properties"];
        let mut fields = Map::new();
        let brackets = Regex::new(r"\[[0-9]*\]$").unwrap();
        for (name, text) in form_urlencoded::parse(body.as_bytes()) {
            let name = brackets.replace(&name, "").into_owned();
            let schema = &properties[&name];
            if schema["type"] == "array" {
                let rows = fields.entry(name).or_insert_with(|| json!([]));
                rows.as_array_mut().unwrap().push(Self::typed(&text, &schema["items"]));
            } else {
                fields.insert(name, Self::typed(&text, schema));
            }
        }
        fields.into()
    }

    fn body(&self, operation: &Operation, call: &Call) -> Value {
        let text = String::from_utf8_lossy(&call.body);
        match operation.kind() {
            None => Value::Null,
            Some(_) if text.is_empty() => Value::Null,
            Some(FORM) => self.form(operation, &text),
            Some(_) => serde_json::from_str(&text).unwrap_or_else(|_| self.form(operation, &text)),
        }
    }

    /// The row of `examples.json` for a request and its reply.
    fn recorded(&self, operation: &Operation, title: &Title, call: &Call, reply: &Reply) -> Value {
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        let parameters = operation.described["parameters"].as_array().cloned().unwrap_or_default();
        let described = |place: &str, name: &str| {
            parameters.iter().find(|one| one["in"] == place && one["name"] == name).map(|one| one["schema"].clone())
        };
        let mut places = [("path", Map::new()), ("query", Map::new()), ("header", Map::new())];
        let parts = operation.path.split('/').zip(path.split('/'));
        let in_path =
            parts.filter_map(|(part, sent)| Some((part.strip_prefix('{')?.strip_suffix('}')?, sent.to_owned())));
        let in_path: Vec<(String, String)> = in_path.map(|(name, sent)| (name.to_owned(), sent)).collect();
        let in_query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        for ((place, values), sent) in places.iter_mut().zip([in_path, in_query, call.headers.clone()]) {
            for (name, text) in sent {
                if let Some(schema) = described(place, &name) {
                    values.insert(name, Self::typed(&text, &schema));
                }
            }
        }
        let kind = reply.header("content-type").and_then(|kind| kind.split(';').next()).unwrap_or_default();
        let shown = reply.json().ok().filter(|_| path != DOCUMENT).map(shortened);
        let form = if operation.kind() == Some(FORM) { String::from_utf8_lossy(&call.body) } else { "".into() };
        let form = if form.is_empty() { String::new() } else { format!(" with `{form}`") };
        let [path_values, query, mut header] = places.map(|(_, values)| values);
        let mut body = self.body(operation, call);
        // The one-time token is accepted in a form, too; the document has it among the headers.
        if let Some(ott) = body.as_object_mut().and_then(|fields| fields.remove("_ott_")) {
            header.insert("_ott_".to_owned(), ott);
        }
        json!({
            "operation": format!("{} {}", operation.method, operation.path), "name": title.name, "says": title.says,
            "path": path_values, "query": query, "header": header, "body": body,
            "request": format!("`{} {}`{form}", call.method, call.target), "status": reply.status, "kind": kind, "reply": shown,
        })
    }
}

/// Whether a golden case is a refusal, and what tells it from the other cases of its operation.
fn outcome(expected: &Value) -> (bool, String) {
    let (body, status) = (&expected["body"], expected["http"].as_u64().unwrap_or(200));
    let is_refused = status >= 400
        || body["hasError"] == true
        || body["errorCode"].as_i64().is_some_and(|code| code != 0)
        || body["status"] == 0
        || body["status"] == "FAILED";
    let what = [&body["errorCode"], &body["error"]["message"], &body["errors"], &body["data"]["status"]];
    (is_refused, format!("{status} {what:?}"))
}

/// Notes by whose token a request is sent: the name of the placeholder in its header.
fn note_caller(row: &mut Value, headers: &Value) {
    let header = headers["Authorization"].as_str().unwrap_or_default();
    let name = header.strip_prefix("Bearer {{").and_then(|rest| rest.strip_suffix("}}"));
    if let Some(name) = name {
        row["by"] = json!(name);
    }
}

/// The request of a case for POD's envelope, at the own path of its service. `None`: it stays at the envelope.
fn at_own_path(call: &Call) -> Option<Call> {
    if call.target.starts_with("/nzh/getCredit") && call.method == "GET" {
        return Some(Call { method: "POST".to_owned(), ..call.clone() });
    }
    let body = String::from_utf8_lossy(&call.body).into_owned();
    let mut pairs: Vec<&str> = body.split('&').collect();
    let at = pairs.iter().position(|pair| pair.starts_with("scProductId=")).filter(|_| call.target == ENVELOPE)?;
    let number = pairs.remove(at).split_once('=')?.1.parse().ok()?;
    let row = wire::pod::services::numbered(number).filter(|row| !row.path.is_empty())?;
    Some(Call { target: row.path.to_owned(), ..call.clone() }.body(pairs.join("&")))
}

/// The cases that become examples, each with the operation that it is an example of.
fn chosen(reference: &Reference) -> Vec<(&'static str, Value, String)> {
    let mut all = Vec::new();
    let mut counts: BTreeMap<(String, bool), usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for file in [FINNOTECH, PAYSTAR, POD] {
        let cases: Vec<Value> = serde_json::from_str(file).unwrap();
        for case in cases {
            let (name, precondition) = (case["name"].as_str().unwrap(), case["precondition"].as_str().unwrap());
            if name.starts_with("fixture-") || PREPARED.iter().any(|words| precondition.contains(words)) {
                continue;
            }
            let call = example(&case).call(&Values::new());
            for call in at_own_path(&call)
                .into_iter()
                .chain(Some(call).filter(|call| call.target != ENVELOPE || OF_ENVELOPE.contains(&name)))
            {
                let Some(operation) = reference.operation(&call) else { continue };
                let what = format!("{} {}", operation.method, operation.path);
                let (is_refused, key) = outcome(&case["expected"]);
                let count = counts.entry((what.clone(), is_refused)).or_default();
                let most = if is_refused { REFUSALS } else { SUCCESSES };
                if *count < most && (!is_refused || seen.insert((what.clone(), key))) {
                    *count += 1;
                    all.push((file, case.clone(), what));
                }
            }
        }
    }
    all
}

/// Sends the request of a golden case in a reset world, after the cases that it names; `what` is its operation.
async fn send_case(
    world: &mut World,
    all: &BTreeMap<String, Example>,
    case: &Example,
    what: &str,
) -> Result<(Call, Reply), String> {
    let chain: Vec<&Example> = case.after.iter().map(|name| &all[name]).chain([case]).collect();
    world.reset_at(&chain[0].clock).await?;
    let mut now = &chain[0].clock;
    let mut values = Values::new();
    let named: BTreeSet<String> = chain.iter().flat_map(|case| case.placeholders()).collect();
    for name in named.iter().filter(|name| !CAPTURED.contains(&name.as_str())) {
        if let Ok(token) = world.named_token(name).await {
            values.insert(name.clone(), token.value.into());
        }
    }
    for (at, step) in chain.iter().enumerate() {
        if *now != step.clock {
            now = &step.clock;
            world.set_clock(now).await?;
        }
        let call = step.call(&values);
        let own = at_own_path(&call).filter(|_| at + 1 == chain.len() && !what.ends_with(ENVELOPE));
        let call = own.unwrap_or(call);
        let reply = world.send(&call).await?;
        if at + 1 == chain.len() {
            let found = step.differences(&reply, &values);
            return if found.is_empty() { Ok((call, reply)) } else { Err(format!("{found:?}\n{reply}")) };
        }
        values.extend(step.captured(&reply)?);
        if let Some(sms) = &step.sms {
            let text = world.newest_sms(&sms.to).await?;
            values.extend(sms.read(&text, &values)?);
        } else if call.target.starts_with("/dev/") {
            capture(world, &reply, &mut values).await?;
        }
    }
    Err("a chain ends with its case".to_owned())
}

/// The examples of the dialects; cases that are not answered as printed are added to `failures`.
async fn golden_examples(failures: &mut Vec<String>) -> Vec<Value> {
    let mut world = World::start("api-examples-golden").await;
    let reference = Reference::of(&mut world).await;
    let mut rows = Vec::new();
    for (file, source, what) in chosen(&reference) {
        let all = harness::examples::examples(file);
        let case = example(&source);
        match send_case(&mut world, &all, &case, &what).await {
            Ok((call, reply)) => {
                let operation = reference.operation(&call).unwrap();
                let mut row = reference.recorded(operation, &Title::of_case(&case.name), &call, &reply);
                note_caller(&mut row, &source["request"]["headers"]);
                rows.push(row);
            }
            Err(error) => failures.push(format!("{} at {what}: {error}", case.name)),
        }
    }
    rows
}

/// The request of a step of the story.
fn step(step: &Value, values: &Values) -> Call {
    let step = filled(step, values);
    let text = |name: &str| step[name].as_str().unwrap_or_else(|| panic!("{name} of {step}")).to_owned();
    let mut call = Call::new(&text("method"), &text("path"));
    for (name, value) in step["query"].as_object().into_iter().flatten() {
        call = call.query(name, value.as_str().unwrap());
    }
    for (name, value) in step["headers"].as_object().into_iter().flatten() {
        call = call.header(name, value.as_str().unwrap());
    }
    if call.target.starts_with("/admin/") && step["headers"]["Authorization"].is_null() {
        call = call.bearer(OPERATOR);
    }
    match &step["body"] {
        Value::Null => call,
        Value::String(form) => call.body(form.clone()),
        object => call.json(object),
    }
}

/// The examples of the story, on a fresh server that is never reset, so that its numbers are those of a first start.
async fn story_examples(failures: &mut Vec<String>) -> Vec<Value> {
    let home = Home::new("api-examples");
    let server = Server::start(&home, Launch::default());
    let mut caller = Caller::at(server.address).await;
    caller.set_clock(ELEVEN).await.unwrap();
    let reference = Reference::of(&mut caller).await;
    let story: Vec<Value> = serde_json::from_str(STORY).unwrap();
    let (mut values, mut rows) = (Values::new(), Vec::new());
    for row in &story {
        let call = step(row, &values);
        let reply = caller.send(&call).await.unwrap();
        let (name, says) = (row["name"].as_str().unwrap(), row["says"].as_str().unwrap());
        if row["http"] != reply.status {
            failures.push(format!("{name}: {reply}"));
        }
        for (captured, path) in row["capture"].as_object().into_iter().flatten() {
            let path = path.as_str().unwrap().split('.');
            let value = path.fold(reply.json().unwrap(), |mut value, key| match key.parse::<usize>() {
                Ok(at) => value[at].take(),
                Err(_) => value[key].take(),
            });
            assert!(!value.is_null(), "{name} has no {captured}: {reply}");
            values.insert(captured.clone(), value);
        }
        // A step without words prepares others.
        if !says.is_empty() {
            let title = Title { name: name.to_owned(), says: says.to_owned() };
            let operation = reference.operation(&call).unwrap_or_else(|| panic!("{name} is of no operation"));
            let mut shown = reference.recorded(operation, &title, &call, &reply);
            note_caller(&mut shown, &row["headers"]);
            rows.push(shown);
        }
    }
    server.stop();
    rows
}

/// Rows by operation and name, in the order of the document, those that succeed first.
fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    let is_refused = |row: &Value| {
        let reply = &row["reply"];
        row["status"].as_u64() >= Some(400)
            || reply["hasError"] == true
            || reply["status"] == 0
            || reply["status"] == "FAILED"
    };
    rows.sort_by_key(|row| {
        (
            row["operation"].as_str().unwrap().split_once(' ').unwrap().1.to_owned(),
            row["operation"].to_string(),
            is_refused(row),
        )
    });
    rows
}

#[apply(each_store)]
async fn every_example_of_the_document_is_answered_as_it_is_printed(#[case] _on: OnStore) {
    let mut failures = Vec::new();
    let rows = [story_examples(&mut failures).await, golden_examples(&mut failures).await].concat();
    let rows = sorted(rows);
    let _file = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let printed: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap();
    let key = |row: &Value| (row["operation"].to_string(), row["name"].to_string());
    let known: BTreeMap<_, &Value> = printed.iter().map(|row| (key(row), row)).collect();
    let is_same = |row: &Value| known.get(&key(row)).is_some_and(|known| settled("", known) == settled("", row));
    if std::env::var_os(WRITE).is_some() {
        let rows: Vec<&Value> = rows.iter().map(|row| if is_same(row) { known[&key(row)] } else { row }).collect();
        std::fs::write(file(), format!("{}\n", serde_json::to_string_pretty(&rows).unwrap())).unwrap();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        return;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| !is_same(row))
        .map(|row| {
            let was = known.get(&key(row)).map(|known| settled("", known).to_string());
            format!("{} {}:\n  {}\n  {was:?}", row["operation"], row["name"], settled("", row))
        })
        .collect();
    assert!(wrong.is_empty(), "{} examples differ; {WRITE}=1 writes them:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(rows.len(), printed.len(), "an example is of no case; {WRITE}=1 removes it");
}

#[apply(each_store)]
async fn every_operation_for_programs_shows_a_reply_and_one_that_takes_a_body_a_request(#[case] _on: OnStore) {
    let mut world = World::start("api-examples-whole").await;
    let reference = Reference::of(&mut world).await;
    let mut bare = Vec::new();
    for operation in reference.operations.iter().filter(|one| !one.is_page()) {
        let what = format!("{} {}", operation.method, operation.path);
        let described = &operation.described;
        let responses = described["responses"].as_object().unwrap().values();
        let mut content = responses.flat_map(|response| response["content"].as_object().into_iter().flatten());
        // A reply without JSON has nothing to show.
        let has_body = |(status, response): (&String, &Value)| {
            status.as_str() < "300" && response["content"].get("application/json").is_some()
        };
        let is_json = described["responses"].as_object().unwrap().iter().any(has_body);
        if is_json && operation.path != DOCUMENT && !content.any(|(_, kind)| kind["examples"].is_object()) {
            bare.push(format!("{what}: no reply"));
        }
        let body = described["requestBody"]["content"].as_object().into_iter().flatten().next();
        let needs_body = described["requestBody"]["required"] == true;
        if needs_body && body.is_some_and(|(_, kind)| kind["examples"].is_null() && kind["example"].is_null()) {
            bare.push(format!("{what}: no request"));
        }
    }
    assert!(bare.is_empty(), "{}", bare.join("\n"));
}
