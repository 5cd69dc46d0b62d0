//! The operator API: unusable input is named by its field and changes nothing; card numbers are accepted and never returned.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::Call;
use harness::operations::operations;
use harness::paystar::{CARD as PAYER, SEQUENCE};
use harness::world::{BON, DROPS, OPERATOR, World, charge_call, charge_inquiry_call};
use serde_json::{Value, json};

const CARDS: &str = "/admin/v1/cards";
const USERS: &str = "/admin/v1/users";
const TERMINALS: &str = "/admin/v1/terminals";
const PAYERS: &str = "/admin/v1/payer-cards";

async fn send(world: &mut World, method: &str, path: &str, body: Value) -> (u16, Value) {
    let call = Call::new(method, path).bearer(OPERATOR);
    let call = if method == "PUT" { call.header("If-Match", "*") } else { call };
    let call = if body.is_null() { call } else { call.json(&body) };
    let reply = world.send(&call).await.unwrap();
    (reply.status, if reply.body.is_empty() { Value::Null } else { reply.json().unwrap() })
}

/// docs/sandbox.md: the operators' API refuses what it does not know; a call without a form takes no body.
#[apply(each_store)]
async fn a_call_that_takes_no_body_refuses_one(#[case] _on: OnStore) {
    let mut world = World::start("operator-no-body").await;
    let document = world.operator(Call::get("/openapi.json")).await.unwrap();
    let bodiless = |operation: &harness::operations::Operation| {
        operation.path.starts_with("/admin/") && operation.method != "GET" && operation.kind().is_none()
    };
    let tried: Vec<_> = operations(&document).into_iter().filter(bodiless).collect();
    assert!(tried.len() >= 9, "{}", tried.len());
    for operation in tried {
        for body in ["{\"x\":1}", "[]", "garbage", "\"\""] {
            let reply = world.send(&operation.call().bearer(OPERATOR).body(body)).await.unwrap();
            let (method, path) = (&operation.method, &operation.path);
            assert_eq!(
                (reply.status, &reply.json().unwrap()["error"]["field"]),
                (400, &json!("body")),
                "{method} {path} {body}"
            );
        }
        let reply = world.send(&operation.call().bearer(OPERATOR).body(" {}\n")).await.unwrap();
        assert_ne!(reply.status, 400, "{} {}", operation.method, operation.path);
    }
}

#[apply(each_store)]
async fn what_cannot_be_used_is_named_by_its_field_and_changes_nothing(#[case] _on: OnStore) {
    let mut world = World::start("operator-input").await;
    let before = (
        send(&mut world, "GET", CARDS, Value::Null).await,
        send(&mut world, "GET", "/admin/v1/clients", Value::Null).await,
        send(&mut world, "GET", PAYERS, Value::Null).await,
        send(&mut world, "GET", TERMINALS, Value::Null).await,
        send(&mut world, "GET", "/admin/v1/sms", Value::Null).await,
    );
    let card = |changes: Value| {
        let mut card = json!({"number": "6362144000000017", "kind": "bon", "approvedFor": ["drops"]});
        card.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        card
    };
    let payer = |changes: Value| {
        let mut card = json!({"number": "5022000000000008", "mobile": "09120000000", "expires": "1408/12"});
        card.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        card
    };
    let limits = |limits: Value| json!({"secret": "drops-secret", "nids": ["0499370899"], "redirectOrigin": "http://127.0.0.1", "chargeLimits": limits});
    let redirects = |to: &str| json!({"secret": "drops-secret", "nids": ["0499370899"], "redirectOrigin": to});
    for (method, path, body, status, field) in [
        ("PUT", "/admin/v1/clients/drops", redirects("http://127.0.0.1/path"), 400, "redirectOrigin"),
        ("PUT", "/admin/v1/clients/drops", redirects("http://127.0.0.1\r\nx"), 400, "redirectOrigin"),
        ("PUT", "/admin/v1/clients/drops", redirects("http://127.0.0.1 "), 400, "redirectOrigin"),
        ("PUT", "/admin/v1/clients/drops", redirects("http://user@127.0.0.1"), 400, "redirectOrigin"),
        ("PUT", "/admin/v1/clients/drops", redirects("http://127.0.0.1?x"), 400, "redirectOrigin"),
        ("PUT", "/admin/v1/clients/drops", redirects("ftp://127.0.0.1"), 400, "redirectOrigin"),
        ("POST", CARDS, card(json!({"number": "636214400000001"})), 400, "number"),
        ("POST", CARDS, card(json!({"number": "6362144000000O17"})), 400, "number"),
        ("POST", CARDS, card(json!({"number": 6_362_144_000_000_017_u64})), 400, "number"),
        ("POST", CARDS, card(json!({"number": BON})), 409, "number"),
        ("POST", CARDS, card(json!({"kind": "gold"})), 400, "kind"),
        ("POST", CARDS, card(json!({"kind": "float"})), 400, "floatOf"),
        ("POST", CARDS, card(json!({"floatOf": "drops"})), 400, "floatOf"),
        ("POST", CARDS, card(json!({"approvedFor": ["nobody"]})), 400, "approvedFor"),
        ("POST", CARDS, card(json!({"balance": -1})), 400, "balance"),
        ("POST", CARDS, card(json!({"balance": 2_000_000_000_000_000_u64})), 400, "balance"),
        ("POST", CARDS, card(json!({"replacedBy": "1"})), 400, "replacedBy"),
        ("POST", CARDS, card(json!({"cvv2": "123"})), 400, "cvv2"),
        ("PUT", "/admin/v1/cards/1", json!({"approvedFor": []}), 404, ""),
        ("PUT", "/admin/v1/cards/x", json!({"approvedFor": []}), 400, "id"),
        ("POST", USERS, json!({"nid": "12", "password": "x"}), 400, "nid"),
        ("POST", USERS, json!({"nid": "1111111111", "password": "x"}), 409, "nid"),
        ("POST", USERS, json!({"nid": "4444444444", "password": ""}), 400, "password"),
        ("POST", USERS, json!({"nid": "4444444444", "password": "x".repeat(129)}), 400, "password"),
        ("PUT", "/admin/v1/users/4444444444", json!({"password": "x"}), 404, ""),
        ("PUT", "/admin/v1/users/1111111111", json!({"nid": "2222222222", "password": "x"}), 409, "nid"),
        ("PUT", "/admin/v1/clients/drops", limits(json!({"daily": -1})), 400, "chargeLimits"),
        ("PUT", "/admin/v1/clients/drops", limits(json!({"weekly": 1})), 400, "chargeLimits.weekly"),
        // Not even an array in the order of the fields.
        ("PUT", "/admin/v1/clients/drops", limits(json!([1, 2, 3])), 400, "chargeLimits"),
        ("PUT", "/admin/v1/clients/drops", limits(json!([])), 400, "chargeLimits"),
        (
            "POST",
            "/admin/v1/operator-tokens",
            json!({"name": "q", "role": "admin", "days": 1, "operator": ""}),
            400,
            "operator",
        ),
        ("GET", "/admin/v1/orders", Value::Null, 400, "client"),
        ("GET", "/admin/v1/orders?client=drops&limit=101", Value::Null, 400, "limit"),
        ("GET", "/admin/v1/orders?client=drops&status=LOST", Value::Null, 400, "status"),
        ("GET", "/admin/v1/orders/1", Value::Null, 404, ""),
        ("POST", "/admin/v1/orders/1/resolve", json!({"verdict": "done"}), 404, ""),
        ("POST", "/admin/v1/orders/1/resolve", json!({"verdict": "maybe"}), 400, "verdict"),
        ("POST", "/admin/v1/orders/1/return", json!({"reason": " "}), 400, "reason"),
        ("POST", "/admin/v1/orders/1/return", json!({"reason": "بسته"}), 404, ""),
        ("GET", "/admin/v1/cycles?before=yesterday", Value::Null, 400, "before"),
        ("GET", "/admin/v1/cycles?limit=0", Value::Null, 400, "limit"),
        ("GET", "/admin/v1/cycles/1", Value::Null, 404, ""),
        ("GET", "/admin/v1/cycles/1/file", Value::Null, 404, ""),
        ("GET", "/admin/v1/sms?to=12", Value::Null, 400, "to"),
        ("GET", "/admin/v1/sms?state=lost", Value::Null, 400, "state"),
        ("GET", "/admin/v1/sms?limit=101", Value::Null, 400, "limit"),
        ("POST", "/admin/v1/sms", json!({"to": "12", "text": "x"}), 400, "to"),
        ("POST", "/admin/v1/sms", json!({"to": "09120000000", "text": " "}), 400, "text"),
        ("POST", "/admin/v1/sms", json!({"to": "09120000000", "text": "x".repeat(671)}), 400, "text"),
        ("POST", "/admin/v1/sms/17/resend", Value::Null, 404, ""),
        ("POST", "/admin/v1/sms/x/resend", Value::Null, 400, "id"),
        ("POST", TERMINALS, json!({"sequence": "abc", "merchant": "m"}), 400, "sequence"),
        ("POST", TERMINALS, json!({"sequence": "a b c d", "merchant": "m"}), 400, "sequence"),
        ("POST", TERMINALS, json!({"sequence": "abcd", "merchant": " "}), 400, "merchant"),
        ("POST", TERMINALS, json!({"sequence": "abcd", "merchant": "m".repeat(41)}), 400, "merchant"),
        ("POST", TERMINALS, json!({"sequence": "abcd", "merchant": "a\nb"}), 400, "merchant"),
        ("POST", TERMINALS, json!({"sequence": SEQUENCE, "merchant": "m"}), 409, "sequence"),
        ("POST", TERMINALS, json!({"sequence": "abcd", "merchant": "m", "pin": 1}), 400, "pin"),
        ("PUT", "/admin/v1/terminals/nobody", json!({"merchant": "m", "disabled": false}), 404, ""),
        ("PUT", "/admin/v1/terminals/disabled00000000000v", json!({"merchant": "m"}), 400, "disabled"),
        ("GET", "/admin/v1/terminals?limit=0", Value::Null, 400, "limit"),
        ("POST", PAYERS, payer(json!({"number": "1"})), 400, "number"),
        ("POST", PAYERS, payer(json!({"number": PAYER})), 409, "number"),
        ("POST", PAYERS, payer(json!({"number": BON})), 409, "number"),
        ("POST", CARDS, card(json!({"number": PAYER})), 409, "number"),
        ("POST", PAYERS, payer(json!({"mobile": "0912"})), 400, "mobile"),
        ("POST", PAYERS, payer(json!({"expires": "1408/13"})), 400, "expires"),
        ("POST", PAYERS, payer(json!({"expires": "08/12"})), 400, "expires"),
        ("POST", PAYERS, payer(json!({"state": "gold"})), 400, "state"),
        ("POST", PAYERS, payer(json!({"daily": -1})), 400, "daily"),
        ("POST", PAYERS, payer(json!({"perTransaction": -1})), 400, "perTransaction"),
        ("POST", PAYERS, payer(json!({"balance": -1})), 400, "balance"),
        ("POST", PAYERS, payer(json!({"cvv2": "123"})), 400, "cvv2"),
        ("PUT", "/admin/v1/payer-cards/1", json!({"mobile": "09120000000", "expires": "1408/12"}), 400, "state"),
        (
            "PUT",
            "/admin/v1/payer-cards/1",
            json!({"mobile": "09120000000", "expires": "1408/12", "state": "active", "perTransaction": 0, "daily": 0}),
            404,
            "",
        ),
        ("POST", "/admin/v1/sms", json!({"to": "09120000000", "text": "a\u{0}b"}), 400, "text"),
        ("POST", "/admin/v1/payer-cards/1/unlock", Value::Null, 404, ""),
        ("PUT", "/admin/v1/payer-cards/1/gate", json!({"gate": "closed"}), 404, ""),
        ("PUT", "/admin/v1/day-close", json!({"on": "yes"}), 400, "on"),
        ("POST", "/admin/v1/faults", json!({"fault": "paystar:22"}), 400, "fault"),
        ("POST", "/admin/v1/faults", json!({"fault": "paystar:91", "operation": "transferTo"}), 400, "operation"),
        ("POST", "/admin/v1/faults", json!({"fault": "paystar:80", "operation": "otp-v2"}), 400, "operation"),
        ("DELETE", "/admin/v1/faults/17", Value::Null, 404, ""),
        ("DELETE", "/admin/v1/faults/-1", Value::Null, 404, ""),
    ] {
        let (found, reply) = send(&mut world, method, path, body.clone()).await;
        let named = reply["error"]["field"].as_str().unwrap_or_default();
        assert_eq!((found, named), (status, field), "{method} {path} {body}: {reply}");
    }
    let after = (
        send(&mut world, "GET", CARDS, Value::Null).await,
        send(&mut world, "GET", "/admin/v1/clients", Value::Null).await,
        send(&mut world, "GET", PAYERS, Value::Null).await,
        send(&mut world, "GET", TERMINALS, Value::Null).await,
        send(&mut world, "GET", "/admin/v1/sms", Value::Null).await,
    );
    assert_eq!(before, after);
}

#[apply(each_store)]
async fn a_card_is_shown_by_six_and_four_digits_and_nowhere_in_full(#[case] _on: OnStore) {
    let mut world = World::start("cards").await;
    let token = world.named_token("code062").await.unwrap();
    let number = "6362144000000017";
    let card = json!({"number": number, "kind": "bon", "approvedFor": ["drops"]});
    let (status, made) = send(&mut world, "POST", CARDS, card).await;
    assert_eq!((status, &made["number"], &made["balance"]), (201, &json!("636214******0017"), &json!(0)));
    let path = format!("{CARDS}/{}", made["id"]);
    let charged = |reply: Value| reply["result"]["chargeState"].clone();
    let reply = world.send(&charge_call(&token, "c-1", number, 20_000)).await.unwrap().json().unwrap();
    assert_eq!(charged(reply), "DONE");
    for (state, code) in [
        (json!({"approvedFor": [], "active": true}), "A105"),
        (json!({"approvedFor": ["drops"], "active": false}), "B78"),
    ] {
        assert_eq!(send(&mut world, "PUT", &path, state).await.0, 200);
        let reply = world.send(&charge_call(&token, &format!("c-{code}"), number, 20_000)).await.unwrap();
        assert_eq!(reply.json().unwrap()["result"]["code"], code);
    }
    let rule = json!({"fault": "charge:B75", "card": number});
    let (_, armed) = send(&mut world, "POST", "/admin/v1/faults", rule).await;
    assert_eq!(armed["card"], "636214******0017");
    let inquiry = world.send(&charge_inquiry_call(&token, "c-1")).await.unwrap().json().unwrap();
    assert_eq!(inquiry["result"]["code"], "A00");
    let (_, orders) = send(&mut world, "GET", "/admin/v1/orders?client=drops", Value::Null).await;
    assert!(!orders.to_string().contains(number), "{orders}");
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), 1_000_000_000_000 - 20_000);
    let World { server, home, .. } = world;
    server.stop();
    assert!(!home.printed().contains(number), "in the log");
    assert_eq!(home.files_with(number), Vec::<std::path::PathBuf>::new(), "on the disk");
}

/// A body that a schema describes, with a plausible value in each field; and the names of its whole numbers.
fn plausible(document: &Value, schema: &Value) -> (Value, Vec<String>) {
    let named = |schema: &Value| match schema["$ref"].as_str() {
        Some(name) => document["components"]["schemas"][name.rsplit('/').next().unwrap()].clone(),
        None => schema.clone(),
    };
    let (mut body, mut numbers) = (serde_json::Map::new(), Vec::new());
    let schema = named(schema);
    for (field, described) in schema["properties"].as_object().into_iter().flatten() {
        let described = named(described);
        let kind = described["type"].as_str().or_else(|| described["type"][0].as_str()).unwrap_or("");
        if kind == "integer" {
            numbers.push(field.clone());
        }
        let required = schema["required"].as_array().is_some_and(|all| all.iter().any(|name| name == field));
        let value = match (kind, described["enum"].get(0)) {
            (_, Some(first)) => first.clone(),
            ("integer", _) => json!(201),
            ("boolean", _) => json!(false),
            ("array", _) => json!([]),
            ("object", _) => json!({}),
            _ => json!("x"),
        };
        if required {
            body.insert(field.clone(), value);
        }
    }
    (Value::Object(body), numbers)
}

#[apply(each_store)]
async fn a_number_that_none_can_have_is_refused_by_its_name_on_every_path_and_in_every_body(#[case] _on: OnStore) {
    const LARGEST_PARTY: i64 = 99_999_999_999;
    let mut world = World::start("operator-numbers").await;
    let document = send(&mut world, "GET", "/openapi.json", Value::Null).await.1;
    let numbers = [json!(0), json!(-1), json!(i64::MIN), json!(i64::MAX), json!(u64::MAX), json!(LARGEST_PARTY)];
    let (mut walked, mut of_parties) = (0, 0);
    for (path, methods) in document["paths"].as_object().unwrap() {
        // A reset would end what the others inspect; pages are for people, and metrics are no JSON.
        let is_page = methods.as_object().unwrap().values().any(|described| described["tags"][0] == "pages");
        if path.ends_with("/reset") || path == "/metrics" || is_page {
            continue;
        }
        for (method, described) in methods.as_object().unwrap() {
            let method = method.to_uppercase();
            let schema = &described["requestBody"]["content"]["application/json"]["schema"];
            let (body, fields) = plausible(&document, schema);
            let body = if schema.is_null() { Value::Null } else { body };
            let in_path = path.contains('{');
            for number in &numbers {
                let filled = |number: &str| {
                    let parts = path.split('/').map(|part| if part.starts_with('{') { number } else { part });
                    parts.collect::<Vec<_>>().join("/")
                };
                let mut calls = vec![(filled(&number.to_string()), body.clone(), "id")];
                for field in &fields {
                    let mut body = body.clone();
                    body[field] = number.clone();
                    calls.push((filled("201"), body, field));
                }
                for (at, (target, body, field)) in calls.into_iter().enumerate() {
                    let (status, reply) = send(&mut world, &method, &target, body.clone()).await;
                    walked += 1;
                    assert!(status < 500, "{method} {target} {body}: {status} {reply}");
                    let names_party = match at {
                        0 => in_path && path.contains("/parties/{id}"),
                        _ => matches!(field, "holder" | "business"),
                    };
                    if names_party && *number != json!(LARGEST_PARTY) {
                        of_parties += 1;
                        let why = &reply["error"];
                        assert_eq!((status, &why["field"]), (400, &json!(field)), "{method} {target} {body}: {reply}");
                    }
                }
            }
        }
    }
    assert!(walked > 300 && of_parties >= 40, "{walked} calls, {of_parties} about parties");
    // POD's own parameters, too.
    for (id, form, field) in [
        (29_796, "productId[]=0&price[]=9&quantity[]=1&productDescription[]=x&guildCode=API_GUILD&userId=", "userId"),
        (29_813, "offset=0&size=1&userId=", "userId"),
        (29_813, "offset=0&size=1&issuerId=", "issuerId"),
    ] {
        for number in [i64::MAX.to_string(), u64::MAX.to_string(), (LARGEST_PARTY + 1).to_string()] {
            let ott = world.ott("demo-shop-token").await;
            let reply = world.pod("demo-shop-token", id, &format!("_ott_={ott}&{form}{number}")).await;
            let (code, message) = harness::pod::answer_of(&reply);
            assert!(reply.status == 200 && code != 0 && message.contains(field), "{id} {number}: {reply}");
        }
    }
}

/// Every list with a limit of rows has the same one, in the document and in its replies.
#[apply(each_store)]
async fn lists_are_read_in_pages_of_one_to_a_hundred_rows(#[case] _on: OnStore) {
    let mut world = World::start("operator-pages").await;
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        // Dialects have other limits.
        let of_operators = |parameter: &&Value| path.starts_with("/admin/") && parameter["name"] == "limit";
        let Some(limit) = parameters.iter().find(of_operators) else { continue };
        assert_eq!((&limit["in"], &limit["required"]), (&json!("query"), &json!(false)), "{path}");
        let schema = &limit["schema"];
        let said = (schema["type"].as_str(), schema["minimum"].as_f64(), schema["maximum"].as_f64());
        assert_eq!(said, (Some("integer"), Some(1.0), Some(100.0)), "{path}: {limit}");
        lists += 1;
        let path = path.replace("/chains/{id}", "/chains/ledger").replace("{id}", "3001");
        let query = if path.ends_with("/orders") { "client=drops&" } else { "" };
        for (limit, status) in [("0", 400), ("101", 400), ("-1", 400), ("x", 400), ("1", 200), ("100", 200)] {
            let reply = world.send(&Call::get(&format!("{path}?{query}limit={limit}")).bearer(OPERATOR)).await.unwrap();
            assert_eq!(reply.status, status, "{path} {limit}: {reply}");
            if matches!(limit, "0" | "101") {
                let error = &reply.json().unwrap()["error"];
                assert_eq!((&error["field"], &error["message"]), (&json!("limit"), &json!("1 to 100")), "{path}");
            }
        }
    }
    assert!(lists >= 12, "{lists} lists");
}

/// Every parameter and every whole number of the API, by the document: a wrong value is named in plain words, and numbers are read in every form that
/// programs and people write (second-edition.md 1.1, 1.4).
#[apply(each_store)]
async fn every_parameter_and_number_is_read_as_the_document_says_and_named_where_it_is_wrong(#[case] _on: OnStore) {
    let mut world = World::start("operator-described").await;
    let document: Value = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let of_rust = r"\b(i64|u64|i128|u32|usize|f64|expected|floating point|map|sequence|variant)\b";
    let of_rust = regex::Regex::new(of_rust).unwrap();
    let (mut parameters, mut numbers) = (0, 0);
    for operation in operations(&document).into_iter().filter(|operation| operation.path.starts_with("/admin/")) {
        let call = operation.call().bearer(OPERATOR);
        let call = if operation.method == "PUT" { call.header("if-match", "*") } else { call };
        let mut refused = async |call: Call, field: &str| {
            let what = format!("{} {} {}", call.method, call.target, String::from_utf8_lossy(&call.body));
            let reply = world.send(&call).await.unwrap();
            let body = reply.json().unwrap();
            let error = &body["error"];
            assert_eq!(
                (reply.status, &error["code"], &error["field"]),
                (400, &json!("INVALID"), &json!(field)),
                "{what}: {reply}"
            );
            let message = error["message"].as_str().unwrap();
            assert!(!of_rust.is_match(message), "{what}: {message}");
        };
        refused(call.clone().query("colour", "red"), "colour").await;
        parameters += 1;
        let queried = operation.described["parameters"].as_array().cloned().unwrap_or_default();
        let queried: Vec<Value> = queried.into_iter().filter(|parameter| parameter["in"] == "query").collect();
        let required = queried.iter().filter(|parameter| parameter["required"] == true);
        let all = required
            .clone()
            .fold(call.clone(), |call, parameter| call.query(parameter["name"].as_str().unwrap(), "drops"));
        for parameter in &queried {
            let name = parameter["name"].as_str().unwrap();
            refused(all.clone().query(name, "1").query(name, "1"), name).await;
            if parameter["schema"]["type"].as_str() == Some("integer") {
                refused(all.clone().query(name, "x"), name).await;
            }
            parameters += 1;
        }
        for parameter in required {
            refused(call.clone(), parameter["name"].as_str().unwrap()).await;
        }
        let form = &operation.described["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(form) = form.as_str().and_then(|name| name.rsplit('/').next()) else { continue };
        let fields = document["components"]["schemas"][form]["properties"].as_object().cloned().unwrap_or_default();
        for (name, schema) in fields {
            let kinds = schema["type"].to_string();
            let wrong = match kinds.as_str() {
                kinds if kinds.contains("integer") => json!(0.5),
                kinds if kinds.contains("boolean") => json!("yes"),
                kinds if kinds.contains("array") => json!(1),
                kinds if kinds.contains("string") => json!({}),
                _ => continue,
            };
            refused(call.clone().json(&json!({name.clone(): wrong})), &name).await;
            numbers += usize::from(kinds.contains("integer"));
        }
        if !operation.described["requestBody"].is_null() {
            refused(call.clone().json(&json!({"colour": "red"})), "colour").await;
        }
    }
    assert!(parameters > 100 && numbers > 25, "{parameters} parameters, {numbers} numbers");
    for amount in [r#"50000.0"#, "5e4", r#""50000""#, r#""۵۰۰۰۰""#, r#"" ٥٠٠٠٠ ""#, r#""5.0E+4""#] {
        let body = format!(r#"{{"fault": "drop_after", "amount": {amount}}}"#);
        let call =
            Call::post("/admin/v1/faults").bearer(OPERATOR).header("content-type", "application/json").body(body);
        let reply = world.send(&call).await.unwrap();
        assert_eq!((reply.status, &reply.json().unwrap()["amount"]), (201, &json!(50_000)), "{amount}: {reply}");
    }
    for amount in [r#""-5""#, r#""+5""#, "50000.5", r#""50,000""#, "1e400", r#""""#] {
        let body = format!(r#"{{"fault": "drop_after", "amount": {amount}}}"#);
        let call =
            Call::post("/admin/v1/faults").bearer(OPERATOR).header("content-type", "application/json").body(body);
        let reply = world.send(&call).await.unwrap();
        assert_eq!(
            (reply.status, &reply.json().unwrap()["error"]["field"]),
            (400, &json!("amount")),
            "{amount}: {reply}"
        );
    }
}

/// finnotech.md 2.7 has no pages: either all of a client's tokens are listed, or the call is refused.
#[apply(each_store)]
async fn the_list_of_a_client_s_tokens_is_never_cut_without_a_sign(#[case] _on: OnStore) {
    let args = ["--page-kib", "256"];
    let mut world = World::launch("operator-tokens-list", harness::server::Launch { args: &args, env: &[] }).await;
    let cc = world.named_token("cc").await.unwrap();
    let list = |bank: &str| {
        Call::get("/dev/v2/clients/drops/tokens").query("trackId", "t").query("bank", bank).bearer(&cc.value)
    };
    let issue =
        json!({"client": "drops", "type": "CODE", "scopes": ["oak:balance:get"], "deposits": [DROPS], "bank": "062"});
    let mut issued = 0;
    loop {
        let reply = world.send(&list("062")).await.unwrap();
        if reply.status != 200 {
            assert_eq!(reply.status, 400, "{reply}");
            let message = reply.message();
            let fit: usize = message.split(' ').find_map(|word| word.parse().ok()).unwrap();
            assert!(message.starts_with("nid is invalid") && fit < issued, "{issued}: {reply}");
            break;
        }
        let rows = reply.json().unwrap()["result"]["authorizationCode"].as_array().unwrap().len();
        assert_eq!(rows, issued);
        for _ in 0..400 {
            world.operator(Call::post("/admin/v1/tokens").json(&issue)).await.unwrap();
            issued += 1;
        }
        assert!(issued < 4_000, "256 KiB have less");
    }
    let other = world.send(&list("062").query("nid", "2222222222")).await.unwrap();
    assert_eq!(other.status, 200, "{other}");
}

/// A payer's card is one subject in the audit, from its issue on, and a change of its terms states the new terms.
#[apply(each_store)]
async fn the_audit_names_a_payer_s_card_by_its_mask_and_says_its_new_terms(#[case] _on: OnStore) {
    let mut world = World::start("operator-payer-audit").await;
    let card = json!({"number": "5022000000000008", "mobile": "09120000000", "expires": "1408/12"});
    let made = world.operator(Call::post(PAYERS).json(&card)).await.unwrap();
    let id = &made["id"];
    let terms = json!({"mobile": "09120000001", "expires": "1409/01", "state": "restricted", "perTransaction": 7, "daily": "۹"});
    for (method, path, body) in [
        ("PUT", format!("{PAYERS}/{id}"), terms),
        ("POST", format!("{PAYERS}/{id}/unlock"), Value::Null),
        ("PUT", format!("{PAYERS}/{id}/gate"), json!({"gate": "noDebits"})),
    ] {
        let (status, reply) = send(&mut world, method, &path, body).await;
        assert_eq!(status, 200, "{method} {path}: {reply}");
    }
    let audit = world.operator(Call::get("/admin/v1/audit?limit=4")).await.unwrap();
    let lines: Vec<_> = audit.as_array().unwrap().iter().map(|line| (&line["action"], &line["subject"])).collect();
    assert_eq!(lines, [(&json!("payer card"), &json!("502200******0008")); 4]);
    let detail = audit[2]["detail"].as_str().unwrap();
    for part in ["mobile 09120000001", "expires 1409/01", "state Restricted", "perTransaction 7 rials", "daily 9 rials"]
    {
        assert!(detail.contains(part), "{detail}");
    }
}
