//! Texts of the operator API are kept as they were sent; invalid texts are refused by the name of their field, and change nothing. The fields are
//! those of the API's document: each is a text that is read back here, or has another form that is listed here.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use crate::pay_pages::undecided_card_attempt;
use rstest_reuse::apply;

use std::collections::BTreeSet;

use harness::browser::Tab;
use harness::client::{Call, Reply};
use harness::device::{Device, recovery_codes, send_code};
use harness::operations::{Operation, operations};
use harness::paystar::{CARD, pay_call};
use harness::pod::{ALI, SHOP, line};
use harness::world::{OPERATOR, PASARGAD, World, fifty_thousand, paya_but, transfer_call};
use serde_json::{Value, json};

/// Fields that are not free text: numbers, codes, names that are looked up, addresses, instants and secrets. Each has a form of its own.
const FORMS: [&str; 46] = [
    "accountType",
    "advance",
    "after",
    "approvedFor",
    "bank",
    "card",
    "client",
    "clientSecret",
    "code",
    "depositId",
    "deposits",
    "destination",
    "distribution",
    "expires",
    "expiresAt",
    "fault",
    "floatOf",
    "frameOrigins",
    "guilds",
    "hash",
    "id",
    "key",
    "merchantCode",
    "mobile",
    "nid",
    "nids",
    "number",
    "on",
    "operation",
    "operator",
    "owner",
    "password",
    "redirectOrigin",
    "redirectUris",
    "referenceNumber",
    "replacedBy",
    "scenario",
    "scopes",
    "secret",
    "sequence",
    "set",
    "sheba",
    "terminalNumber",
    "then",
    "to",
    "token",
];
/// The same, for fields whose names are those of texts elsewhere, or that have one of a few values.
const MORE_FORMS: [&str; 10] = [
    "trackId",
    "trackingNumber",
    "transactionDate",
    "version",
    "webhookSecret",
    // Of a shop's look: colours, addresses and an image.
    "accent",
    "colour",
    "help",
    "logo",
    "site",
];
/// Names of operators may have letters of one script only, so that they cannot imitate others; names of snapshots are parts of paths; and a party's name, which a PUT does not change.
const NAMES: [(&str, &str); 5] = [
    ("POST", "/admin/v1/snapshots"),
    ("POST", "/admin/v1/operators"),
    ("PUT", "/admin/v1/operators/{name}"),
    ("POST", "/admin/v1/operator-tokens"),
    ("PUT", "/admin/v1/parties/{id}"),
];

/// Digits and letters of both scripts, joiners, and blanks everywhere.
const TEXT: &str = " علي\u{200c}كریمی  ۱۲٣٤5 \u{200f}x\u{200d}y ";

/// A field of a body, and the body with only `@` in it.
struct Field {
    name: String,
    body: Value,
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => resolved(document, &document["components"]["schemas"][name.rsplit('/').next().unwrap()]),
        None => schema,
    }
}

/// The string fields of a schema, except those that have one of a few values.
fn strings(document: &Value, name: &str, schema: &Value, wrap: &dyn Fn(Value) -> Value, found: &mut Vec<Field>) {
    let schema = resolved(document, schema);
    for part in ["oneOf", "anyOf", "allOf"] {
        for part in schema[part].as_array().into_iter().flatten() {
            strings(document, name, part, wrap, found);
        }
    }
    let is = |kind: &str| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    if is("string") && schema["enum"].is_null() {
        found.push(Field { name: name.to_owned(), body: wrap(json!("@")) });
    }
    if is("array") {
        strings(document, name, &schema["items"], &|value| wrap(json!([value])), found);
    }
    for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
        strings(document, member, schema, &|value| wrap(json!({(member): value})), found);
    }
}

fn fields(document: &Value, operation: &Operation) -> Vec<Field> {
    let mut found = Vec::new();
    let schema = &operation.described["requestBody"]["content"]["application/json"]["schema"];
    strings(document, "", schema, &|value| value, &mut found);
    found
}

/// The replies of all lists and single rows of the API.
async fn everything(world: &mut World, operations: &[Operation]) -> Vec<(String, String)> {
    let mut said = Vec::new();
    // The log of requests changes with every request.
    let is_list = |one: &&Operation| one.method == "GET" && !one.path.contains('{') && one.path != "/admin/v1/requests";
    for operation in operations.iter().filter(is_list) {
        let query = if operation.path == "/admin/v1/orders" { "?client=drops" } else { "" };
        let target = format!("{}{query}", operation.path);
        let reply = world.send(&Call::get(&target).bearer(OPERATOR)).await.unwrap();
        assert_eq!(reply.status, 200, "{target}: {reply}");
        said.push((target, String::from_utf8(reply.body.to_vec()).unwrap()));
    }
    said
}

async fn document(world: &mut World) -> (Value, Vec<Operation>) {
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let operations = operations(&document).into_iter().filter(|one| one.path.starts_with("/admin/"));
    let operations = operations.collect();
    (document, operations)
}

/// second-edition.md 1.2.
#[apply(each_store)]
async fn what_no_text_may_hold_is_refused_by_its_name_in_every_field_and_changes_nothing(#[case] _on: OnStore) {
    let mut world = World::start("operator-no-texts").await;
    let (document, operations) = document(&mut world).await;
    let before = everything(&mut world, &operations).await;
    let mut tried = 0;
    for operation in &operations {
        for field in fields(&document, operation) {
            // As escapes, and as they are.
            for bad in [
                r"\u0000",
                r"\u0007",
                r"\u001f",
                r"\u007f",
                r"\u0085",
                r"\ufffe",
                r"\uffff",
                r"\ufdd0",
                r"\ud83f\udffe",
                r"\ud800",
                r"\udc00x",
                "\u{fffe}",
                "\u{1ffff}",
                "\u{7f}",
                "\u{9f}",
            ] {
                let body = field.body.to_string().replace('@', &format!("a{bad}b"));
                let call = operation.call().bearer(OPERATOR).header("if-match", "*");
                let call = call.header("content-type", "application/json").body(body.clone());
                let reply = world.send(&call).await.unwrap();
                let what = format!("{} {} {body}: {reply}", operation.method, operation.path);
                assert_eq!(reply.status, 400, "{what}");
                let error = reply.json().unwrap()["error"].take();
                assert_eq!((&error["code"], &error["field"]), (&json!("INVALID"), &json!(field.name)), "{what}");
                assert!(error["message"].as_str().unwrap().contains(&field.name), "{what}");
                tried += 1;
            }
        }
        // The texts in the address.
        let parameters = operation.described["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in
            parameters.iter().filter(|parameter| resolved(&document, &parameter["schema"])["type"] != "integer")
        {
            let name = parameter["name"].as_str().unwrap();
            for bad in ["%00", "%07", "%EF%BF%BE", "%ED%A0%80", "%FF"] {
                let target = operation.call().target;
                let (target, named) = match parameter["in"].as_str().unwrap() {
                    "query" => (format!("{target}?{name}=a{bad}"), name),
                    "path" => (operation.path.replace(&format!("{{{name}}}"), &format!("a{bad}")), "path"),
                    _ => continue,
                };
                let reply = world.send(&Call::new(&operation.method, &target).bearer(OPERATOR)).await.unwrap();
                let error = reply.json().unwrap()["error"].take();
                assert_eq!(
                    (reply.status, &error["field"]),
                    (400, &json!(named)),
                    "{} {target}: {reply}",
                    operation.method
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 900, "{tried}");
    assert_eq!(everything(&mut world, &operations).await, before);
}

/// A text of the API: how it is sent, and where it is read.
struct Sent {
    method: &'static str,
    /// As in the document.
    path: &'static str,
    field: &'static str,
    call: Call,
    form: Value,
    read: Call,
}

/// The text fields, with everything else that their calls need; `{text}` stands for the text.
async fn texts(world: &mut World, attempt: i64) -> Vec<Sent> {
    let token = world.named_token("code062").await.unwrap();
    // Objects that can be decided, released and returned.
    world.arm("rail_pending").await.unwrap();
    let pending = world.send(&transfer_call(&token, "texts-pending", &paya_but(json!({})))).await.unwrap();
    assert_eq!(pending.status, 200, "{pending}");
    for track_id in ["texts-1", "texts-2"] {
        let paya = paya_but(json!({"destinationNumber": PASARGAD}));
        assert_eq!(world.send(&transfer_call(&token, track_id, &paya)).await.unwrap().status, 200);
    }
    let reply = world.send(&transfer_call(&token, "daric-unknown-done-texts", &fifty_thousand())).await.unwrap();
    assert_eq!(reply.status, 200, "{reply}");
    let orders = world.operator(Call::get("/admin/v1/orders").query("client", "drops")).await.unwrap();
    let order = |track_id: &str| {
        let orders = orders.as_array().unwrap();
        orders.iter().find(|order| order["trackId"] == track_id).unwrap()["id"].as_i64().unwrap()
    };
    // A report that comes too late, which can be closed.
    let decide = Call::post(&format!("/admin/v1/orders/{}/resolve", order("daric-unknown-done-texts")));
    world.operator(decide.json(&json!({"verdict": "failed"}))).await.unwrap();
    world.set_clock("2026-11-21T13:45:00+03:30").await.unwrap();
    let job = loop {
        let mut jobs = world.operator(Call::get("/admin/v1/jobs")).await.unwrap();
        let of_order = |job: &&mut Value| job["kind"] != "cardAttempt";
        match jobs.as_array_mut().unwrap().iter_mut().find(of_order) {
            None => tokio::task::yield_now().await,
            Some(job) => break job.take(),
        }
    };
    let settled = Call::get(&format!("/admin/v1/orders/{}", order("texts-1")));
    while world.operator(settled.clone()).await.unwrap()["state"] != "settled" {
        tokio::task::yield_now().await;
    }
    let invoice = world.issue(SHOP, &format!("redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"))).await;
    world.follow(&invoice, "gateway=LOC").await;
    world.pod_done(SHOP, 29810, &format!("id={}", invoice["id"])).await;
    for name in ["first", "second"] {
        let form = json!({"name": name, "password": "a-long-password", "role": "viewer"});
        world.operator(Call::post("/admin/v1/operators").json(&form)).await.unwrap();
    }
    // One operator has a second factor that can be removed.
    let mut tab = Tab::of(world.server.address);
    let form = "name=second&password=a-long-password&next=/console";
    assert_eq!(tab.submit(world, "/console/login", "/console/login", form).await.status, 303);
    let page = tab.get(world, "/console/factor").await;
    let code = Device::of(&page).code();
    recovery_codes(&send_code(world, &mut tab, &page, "/console/factor", &code).await);
    // An invoice that can be canceled, and payments that can be refunded.
    let (unpaid, paid) = (world.issue_to_ali("").await, world.issue_to_ali("").await);
    world.pod_done(ALI, 29821, &format!("invoiceId={paid}&wallet=PODLAND_WALLET")).await;
    let paid = world.operator(Call::get(&format!("/admin/v1/invoices/{paid}"))).await.unwrap();
    let pin = world.asked("texts-order", 5_000).await;
    assert_eq!(world.send(&pay_call(CARD, "texts-order", 5_000, &pin)).await.unwrap().status, 200);
    let phone = world.operator(Call::get("/admin/v1/phone-orders")).await.unwrap()[0].clone();
    // A named token proposes, and a proposal has a reason.
    let form = json!({"name": "texts", "role": "admin", "days": 1});
    let named = world.operator(Call::post("/admin/v1/operator-tokens").json(&form)).await.unwrap();
    let named = named["token"].as_str().unwrap().to_owned();
    let proposals = || Call::get("/admin/v1/proposals");
    let sent = |method: &'static str, path: &'static str, target: String, field, form, read| Sent {
        method,
        path,
        field,
        call: Call::new(method, &target).bearer(OPERATOR),
        form,
        read,
    };
    let proposed = |method: &'static str, path: &'static str, target: String, form| Sent {
        call: Call::new(method, &target).bearer(&named),
        ..sent(method, path, target, "reason", form, proposals())
    };
    let plain = |path: &'static str, field, form| sent("POST", path, path.to_owned(), field, form, Call::get(path));
    let deposit = |number: &str, first: &str, last: &str| json!({"bank": "062", "number": number, "owner": "1111111111", "firstName": first, "lastName": last, "approvedFor": ["drops"]});
    let terminals = || Call::get("/admin/v1/terminals");
    let world = |field, form, read: &'static str| {
        sent("POST", "/admin/v1/world", "/admin/v1/world".to_owned(), field, form, Call::get(read))
    };
    let by_fault = json!({"fault": "paya_return:texts-2", "reason": "{text}"});
    let returned = |track_id| Call::get(&format!("/admin/v1/orders/{}", order(track_id)));
    vec![
        plain("/admin/v1/deposits", "firstName", deposit("0302876999001", "{text}", "")),
        plain("/admin/v1/deposits", "lastName", deposit("0302876999002", "x", "{text}")),
        plain("/admin/v1/terminals", "merchant", json!({"sequence": "texts-terminal", "merchant": "{text}"})),
        sent(
            "PUT",
            "/admin/v1/terminals/{sequence}",
            "/admin/v1/terminals/texts-terminal".to_owned(),
            "merchant",
            json!({"merchant": "{text}", "disabled": false}),
            terminals(),
        ),
        plain("/admin/v1/parties", "name", json!({"kind": "user", "name": "{text}"})),
        world("firstName", json!({"deposits": [deposit("0302876999003", "{text}", "")]}), "/admin/v1/deposits"),
        world("lastName", json!({"deposits": [deposit("0302876999004", "x", "{text}")]}), "/admin/v1/deposits"),
        world(
            "merchant",
            json!({"terminals": [{"sequence": "texts-world", "merchant": "{text}"}]}),
            "/admin/v1/terminals",
        ),
        world("name", json!({"parties": [{"kind": "user", "name": "{text}"}]}), "/admin/v1/parties"),
        sent(
            "PUT",
            "/admin/v1/businesses/{id}/look",
            "/admin/v1/businesses/201/look".to_owned(),
            "name",
            json!({"name": "{text}"}),
            Call::get("/admin/v1/businesses/201/look"),
        ),
        plain("/admin/v1/sms", "text", json!({"to": "09121234567", "text": "{text}"})),
        sent(
            "POST",
            "/admin/v1/orders/{id}/return",
            format!("/admin/v1/orders/{}/return", order("texts-1")),
            "reason",
            json!({"reason": "{text}"}),
            returned("texts-1"),
        ),
        sent(
            "POST",
            "/admin/v1/jobs/{id}/close",
            format!("/admin/v1/jobs/{}/close", job["id"]),
            "reason",
            json!({"reason": "{text}", "version": job["version"]}),
            Call::get("/admin/v1/audit"),
        ),
        sent(
            "POST",
            "/admin/v1/invoices/{id}/cancel",
            format!("/admin/v1/invoices/{unpaid}/cancel"),
            "reason",
            json!({"reason": "{text}"}),
            Call::get("/admin/v1/audit"),
        ),
        proposed(
            "POST",
            "/admin/v1/invoices/{id}/refund",
            format!("/admin/v1/invoices/{}/refund", paid["id"]),
            json!({"amount": 500, "reason": "{text}", "version": paid["version"]}),
        ),
        proposed(
            "POST",
            "/admin/v1/phone-orders/{id}/refund",
            format!("/admin/v1/phone-orders/{}/refund", phone["id"]),
            json!({"amount": 500, "reason": "{text}", "version": phone["version"]}),
        ),
        sent("POST", "/admin/v1/faults", "/admin/v1/faults".to_owned(), "reason", by_fault, returned("texts-2")),
        proposed(
            "POST",
            "/admin/v1/orders/{id}/resolve",
            format!("/admin/v1/orders/{}/resolve", order("texts-pending")),
            json!({"verdict": "done", "reason": "{text}"}),
        ),
        proposed(
            "POST",
            "/admin/v1/card-attempts/{id}/resolve",
            format!("/admin/v1/card-attempts/{attempt}/resolve"),
            json!({"verdict": "failed", "reason": "{text}"}),
        ),
        proposed(
            "POST",
            "/admin/v1/suspense/{entry}/release",
            "/admin/v1/suspense/1/release".to_owned(),
            json!({"account": 2_000_000_001_010_000_i64, "reason": "{text}"}),
        ),
        proposed(
            "POST",
            "/admin/v1/operators",
            "/admin/v1/operators".to_owned(),
            json!({"name": "third", "password": "a-long-password", "role": "viewer", "reason": "{text}"}),
        ),
        proposed(
            "PUT",
            "/admin/v1/operators/{name}",
            "/admin/v1/operators/first".to_owned(),
            json!({"name": "first", "role": "operator", "reason": "{text}"}),
        ),
        proposed(
            "POST",
            "/admin/v1/operators/{name}/factor/reset",
            "/admin/v1/operators/second/factor/reset".to_owned(),
            json!({"reason": "{text}"}),
        ),
        proposed(
            "POST",
            "/admin/v1/operator-tokens",
            "/admin/v1/operator-tokens".to_owned(),
            json!({"name": "fourth", "role": "viewer", "days": 1, "reason": "{text}"}),
        ),
    ]
}

impl Sent {
    async fn says(&self, world: &mut World, text: &str) -> Reply {
        let form = self.form.to_string().replace("{text}", json!(text).to_string().trim_matches('"'));
        let call = self.call.clone().header("if-match", "*").header("content-type", "application/json").body(form);
        world.send(&call).await.unwrap()
    }
}

/// Whether a reply contains this string.
fn has(value: &Value, text: &str) -> bool {
    match value {
        Value::String(one) => one == text,
        Value::Array(all) => all.iter().any(|one| has(one, text)),
        Value::Object(members) => members.values().any(|one| has(one, text)),
        _ => false,
    }
}

/// The number of rows of a list, or the content of a single row.
async fn rows(world: &mut World, read: &Call) -> Value {
    match world.operator(read.clone()).await.unwrap() {
        Value::Array(rows) => json!(rows.len()),
        one => one["state"].clone(),
    }
}

/// second-edition.md 1.1, 1.2.
#[apply(each_store)]
async fn every_text_is_read_back_as_it_was_sent_and_a_line_has_no_breaks(#[case] _on: OnStore) {
    let (mut world, attempt) = undecided_card_attempt(World::start("operator-texts").await).await;
    let (document, operations) = document(&mut world).await;
    let texts = texts(&mut world, attempt).await;
    // Every described field is in one of the tables, and every field of the tables is in the document.
    let mut described = BTreeSet::new();
    for operation in &operations {
        for Field { name, .. } in fields(&document, operation) {
            let (method, path) = (&*operation.method, &*operation.path);
            described.insert((method.to_owned(), path.to_owned(), name.clone()));
            let is_text = texts.iter().any(|one| (one.method, one.path, one.field) == (method, path, &*name));
            let is_form = FORMS.iter().chain(&MORE_FORMS).any(|form| *form == name)
                || (name == "name" && NAMES.contains(&(method, path)));
            assert!(is_text != is_form, "{method} {path} {name}: a text or another form");
        }
    }
    for (at, one) in texts.iter().enumerate() {
        let what = format!("{} {} {}", one.method, one.path, one.field);
        let before = rows(&mut world, &one.read).await;
        for bad in ["a\tb", "a\nb", "a\r\nb"] {
            // The text of an SMS may have several lines.
            if one.field == "text" && bad == "a\nb" {
                continue;
            }
            let reply = one.says(&mut world, bad).await;
            let error = reply.json().unwrap()["error"].take();
            // That of an entry is named by its list and place, too.
            let named = error["field"].as_str().and_then(|field| field.rsplit('.').next());
            assert_eq!((reply.status, named), (400, Some(one.field)), "{what} {bad:?}: {reply}");
        }
        assert_eq!(rows(&mut world, &one.read).await, before, "{what}");
        // Other rows may change meanwhile: a message is sent, a day is settled.
        for (target, said) in everything(&mut world, &operations).await {
            assert!(!said.contains(r"a\tb") && !said.contains(r"\nb"), "{what} is in {target}: {said}");
        }
        let text = format!("{TEXT}{at}");
        let reply = one.says(&mut world, &text).await;
        assert!((200..300).contains(&reply.status), "{what}: {reply}");
        let read = world.operator(one.read.clone()).await.unwrap();
        assert!(has(&read, &text), "{what}: {read}");
    }
    let owned = |one: &Sent| (one.method.to_owned(), one.path.to_owned(), one.field.to_owned());
    let all: BTreeSet<_> = texts.iter().map(owned).collect();
    assert_eq!((all.len(), all.difference(&described).collect::<Vec<_>>()), (texts.len(), Vec::new()));
}
