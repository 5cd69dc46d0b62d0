//! A change through the operator API or the console applies only to the version that its author has read (second-edition.md 5).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use harness::browser::{Tab, text};
use harness::client::{Call, Client, Reply};
use harness::paystar::SEQUENCE;
use harness::server::{Home, Launch, Server};
use harness::world::{Caller, DROPS, ELEVEN, OPERATOR, World};
use serde_json::{Value, json};

const PAIRS: usize = 100;

/// A PUT of the document, at a row of the demo world.
struct Route {
    path: &'static str,
    target: String,
    /// The address where the row is read, and the key of the row in a list.
    read: String,
    row: Option<(&'static str, Value)>,
    /// Bodies, of which successive ones differ.
    form: fn(u64) -> Value,
    /// The field in which the first body differs from the present row.
    field: &'static str,
}

fn one_of(three: [&str; 3], n: u64) -> &str {
    three[usize::try_from(n % 3).unwrap()]
}

fn gate(n: u64) -> Value {
    json!({"gate": one_of(["open", "noDebits", "noCredits"], n)})
}

fn route(path: &'static str, name: &str, form: fn(u64) -> Value, field: &'static str) -> Route {
    let target =
        path.split('/').map(|part| if part.starts_with('{') { name } else { part }).collect::<Vec<_>>().join("/");
    Route { path, read: target.clone(), target, row: None, form, field }
}

/// Every route, with the rows that it needs.
async fn routes(world: &mut Caller) -> Vec<Route> {
    let listed = |route: Route, list: &str, key: &'static str, value: Value| Route {
        read: format!("/admin/v1/{list}"),
        row: Some((key, value)),
        ..route
    };
    let deposit = world.deposit_id(DROPS).await;
    let first = async |world: &mut Caller, list: &str| {
        let found = world.operator(Call::get(&format!("/admin/v1/{list}"))).await.unwrap();
        let active = found.as_array().unwrap().iter().find(|card| card["active"] != false).unwrap();
        active["id"].as_i64().unwrap()
    };
    let (card, payer) = (first(world, "cards").await, first(world, "payer-cards").await);
    let operator = json!({"name": "second", "password": "second-password", "role": "viewer"});
    world.operator(Call::post("/admin/v1/operators").json(&operator)).await.unwrap();
    let of_deposit = route("/admin/v1/deposits/{id}/gate", &deposit.to_string(), gate, "gate");
    let of_card = route(
        "/admin/v1/cards/{id}",
        &card.to_string(),
        |n| json!({"approvedFor": if n % 3 == 2 { vec!["drops"] } else { Vec::new() }, "active": n % 3 == 0}),
        "active",
    );
    let of_client = route(
        "/admin/v1/clients/{id}",
        "drops",
        |n| json!({"secret": "drops-secret", "nids": ["0499370899"], "redirectOrigin": "http://127.0.0.1", "maxCount": n}),
        "maxCount",
    );
    let of_payer = route(
        "/admin/v1/payer-cards/{id}",
        &payer.to_string(),
        |n| json!({"mobile": "09120000000", "expires": "1408/12", "state": "active", "perTransaction": 0, "daily": 1_000 + n}),
        "daily",
    );
    let of_terminal = route(
        "/admin/v1/terminals/{sequence}",
        SEQUENCE,
        |n| json!({"merchant": format!("shop {n}"), "disabled": false}),
        "merchant",
    );
    // A field that a form omits stays: successive bodies write different fields of one row.
    let of_party = route(
        "/admin/v1/parties/{id}",
        "201",
        |n| if n % 2 == 0 { json!({"mobile": format!("0912{n:07}")}) } else { json!({"sheba": format!("{n:024}")}) },
        "sheba",
    );
    let of_operator = route(
        "/admin/v1/operators/{name}",
        "second",
        |n| json!({"role": one_of(["viewer", "operator", "admin"], n)}),
        "role",
    );
    let of_payer_gate = route("/admin/v1/payer-cards/{id}/gate", &payer.to_string(), gate, "gate");
    let of_pos = route(
        "/admin/v1/pos/terminals",
        "",
        |n| json!({"terminalNumber": "T1", "merchantCode": format!("m{n}"), "business": 201}),
        "merchantCode",
    );
    let look = Call::new("PUT", "/admin/v1/businesses/201/look").header("if-match", "*");
    world.operator(look.json(&json!({"name": "the shop"}))).await.unwrap();
    let of_look = route("/admin/v1/businesses/{id}/look", "201", |n| json!({"name": format!("shop {n}")}), "name");
    vec![
        of_look,
        listed(of_client, "clients", "id", json!("drops")),
        listed(of_deposit, "deposits", "id", json!(deposit)),
        listed(of_card, "cards", "id", json!(card)),
        listed(of_payer, "payer-cards", "id", json!(payer)),
        listed(of_payer_gate, "payer-cards", "id", json!(payer)),
        listed(of_terminal, "terminals", "sequence", json!(SEQUENCE)),
        listed(of_party, "parties", "id", json!(201)),
        listed(of_operator, "operators", "name", json!("second")),
        Route { read: "/admin/v1/pos/terminals/T1".to_owned(), ..of_pos },
        route("/admin/v1/day-close", "", |n| json!({"on": n % 2 == 1}), "on"),
        route("/admin/v1/users/{nid}", "1111111111", |n| json!({"password": format!("p{n}")}), "password"),
    ]
}

impl Route {
    fn call(&self, form: &Value) -> Call {
        Call::new("PUT", &self.target).bearer(OPERATOR).json(form)
    }

    fn with_version(&self, n: u64, version: &str) -> Call {
        let mut form = (self.form)(n);
        form["version"] = json!(version);
        self.call(&form)
    }

    /// The row as it is read; a row that is read alone has its version in the header, too.
    async fn now(&self, world: &mut Caller) -> Value {
        let reply = world.send(&Call::get(&self.read).bearer(OPERATOR)).await.unwrap();
        assert_eq!(reply.status, 200, "{}: {reply}", self.read);
        let found = reply.json().unwrap();
        let Some((key, value)) = &self.row else {
            assert_eq!(tag(&reply), version(&found), "{}", self.read);
            return found;
        };
        let row = found.as_array().unwrap().iter().find(|row| row[key] == *value);
        row.unwrap_or_else(|| panic!("no {key} {value} in {found}")).clone()
    }
}

fn version(row: &Value) -> String {
    row["version"].as_str().unwrap_or_else(|| panic!("no version: {row}")).to_owned()
}

/// The version in `ETag`.
fn tag(reply: &Reply) -> String {
    let tag = reply.header("etag").unwrap_or_else(|| panic!("no ETag: {reply}"));
    tag.trim_matches('"').to_owned()
}

/// Status, code and field of a refusal.
fn answer_of(reply: &Reply) -> (u16, String, String) {
    let error = reply.json().unwrap()["error"].clone();
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (reply.status, text("code"), text("field"))
}

fn refused(status: u16, code: &str, field: &str) -> (u16, String, String) {
    (status, code.to_owned(), field.to_owned())
}

#[apply(each_store)]
async fn every_put_replaces_the_version_that_it_says_and_nothing_without_one(#[case] _on: OnStore) {
    let mut world = World::start("versions").await;
    let routes = routes(&mut world).await;
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let paths = document["paths"].as_object().unwrap();
    let described: BTreeSet<&str> =
        paths.iter().filter(|(_, item)| item["put"].is_object()).map(|(p, _)| &**p).collect();
    assert_eq!(routes.iter().map(|route| route.path).collect::<BTreeSet<_>>(), described);
    for route in &routes {
        let Route { path, form, field, .. } = route;
        let put = &paths[*path]["put"];
        let header = put["parameters"].as_array().unwrap().iter().find(|parameter| parameter["name"] == "If-Match");
        assert_eq!(header.unwrap()["in"], "header", "{path}");
        let schema = put["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
        let schema = &document["components"]["schemas"][schema.rsplit('/').next().unwrap()];
        assert_eq!(schema["properties"]["version"]["type"], "string", "{path}");
        assert!(put["responses"]["409"].is_object() && put["responses"]["428"].is_object(), "{path}");

        // The first PUT of a shop's terminal makes it, and needs no version; from then on it is as all others.
        if *path == "/admin/v1/pos/terminals" {
            let early = world.send(&route.with_version(0, "0a")).await.unwrap();
            assert_eq!(answer_of(&early), refused(409, "STALE", "version"), "{path}");
            assert_eq!(world.send(&route.call(&form(0))).await.unwrap().status, 200, "{path}");
        }
        let none = world.send(&route.call(&form(1))).await.unwrap();
        assert_eq!(answer_of(&none), refused(428, "VERSION_REQUIRED", "version"), "{path}");
        let read = version(&route.now(&mut world).await);
        let done = world.send(&route.with_version(1, &read)).await.unwrap();
        assert_eq!(done.status, 200, "{path}: {done}");
        let written = version(&done.json().unwrap());
        assert_ne!(written, read, "{path}");
        assert_eq!((&tag(&done), &version(&route.now(&mut world).await)), (&written, &written), "{path}");

        let quoted = |version: &str| format!("\"{version}\"");
        let stale = route.call(&form(2)).header("If-Match", &quoted(&read));
        for stale in [stale, route.with_version(2, &read)] {
            let reply = world.send(&stale).await.unwrap();
            assert_eq!(answer_of(&reply), refused(409, "STALE", "version"), "{path}");
            assert!(reply.message().contains(&format!("`{field}`")), "{path}: {reply}");
        }
        let never = world.send(&route.with_version(2, "never")).await.unwrap();
        assert_eq!(answer_of(&never), refused(409, "STALE", "version"), "{path}");
        let two = route.with_version(2, &read).header("If-Match", &quoted(&written));
        assert_eq!(answer_of(&world.send(&two).await.unwrap()), refused(400, "INVALID", "version"), "{path}");
        for wrong in ["", "\"\"", "\"a\", \"b\"", "W/\"a\""] {
            let call = route.call(&form(2)).header("If-Match", wrong);
            assert_eq!(
                answer_of(&world.send(&call).await.unwrap()),
                refused(400, "INVALID", "If-Match"),
                "{path} {wrong}"
            );
        }
        assert_eq!(version(&route.now(&mut world).await), written, "{path}: what is refused changes nothing");
        for tag in [quoted(&written), "*".to_owned()] {
            let reply = world.send(&route.call(&form(2)).header("If-Match", &tag)).await.unwrap();
            assert_eq!(reply.status, 200, "{path} {tag}: {reply}");
        }
        let both = route.with_version(3, &version(&route.now(&mut world).await));
        let both = both.header("If-Match", &quoted(&version(&route.now(&mut world).await)));
        assert_eq!(world.send(&both).await.unwrap().status, 200, "{path}");
    }
    // A request that makes a row replaces none, so a version is refused.
    let made = json!({"sequence": "made-with-a-version", "merchant": "m", "version": "0a"});
    let made = world.send(&Call::post("/admin/v1/terminals").bearer(OPERATOR).json(&made)).await.unwrap();
    assert_eq!(answer_of(&made), refused(400, "INVALID", "version"));
    // Refusals are in the audit.
    let audit = world.operator(Call::get("/admin/v1/audit?limit=100")).await.unwrap();
    assert!(audit.to_string().contains("changed since it was read: `password`"), "{audit}");
}

#[apply(each_store)]
async fn of_two_changes_at_once_one_is_made_and_the_other_is_told(#[case] _on: OnStore) {
    let mut world = World::start("versions-at-once").await;
    let address = world.server.address;
    pairs(&mut world, [address, address]).await;
}

/// Two processes have separate caches; the database decides.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_two_nodes_at_once_one_is_made_and_the_other_is_told() {
    let home = Home::on_postgres("versions-nodes");
    let servers = [(); 2].map(|()| Server::start(&home, Launch::default()));
    let addresses = servers.each_ref().map(|server| server.address);
    let mut world = Caller::at(addresses[0]).await;
    world.reset_at(ELEVEN).await.unwrap();
    pairs(&mut world, addresses).await;
    servers.into_iter().for_each(Server::stop);
}

async fn pairs(world: &mut Caller, addresses: [SocketAddr; 2]) {
    let routes = routes(world).await;
    for route in &routes {
        let first = world.send(&route.call(&(route.form)(0)).header("If-Match", "*")).await.unwrap();
        assert_eq!(first.status, 200, "{}: {first}", route.path);
    }
    let mut others = [Client::connect(addresses[0]).await.unwrap(), Client::connect(addresses[1]).await.unwrap()];
    let mut last = vec![0; routes.len()];
    for pair in 0..PAIRS {
        let at = pair % routes.len();
        let (route, k) = (&routes[at], last[at]);
        let read = version(&route.now(world).await);
        // A switch has only one other state.
        let forms = if route.path == "/admin/v1/day-close" { [k + 1, k + 3] } else { [k + 1, k + 2] };
        let [one, two] = &mut others;
        let calls = forms.map(|n| route.with_version(n, &read));
        let (one, two) = tokio::join!(one.send(&calls[0]), two.send(&calls[1]));
        let replies = [one.unwrap(), two.unwrap()];
        let statuses = replies.each_ref().map(|reply| reply.status);
        let winner =
            statuses.iter().position(|status| *status == 200).unwrap_or_else(|| panic!("{} {statuses:?}", route.path));
        assert_eq!(statuses[1 - winner], 409, "{} {}", route.path, replies[1 - winner]);
        assert_eq!(answer_of(&replies[1 - winner]), refused(409, "STALE", "version"), "{}", route.path);
        let now = route.now(world).await;
        assert_eq!(
            (now.clone(), version(&now)),
            (replies[winner].json().unwrap(), tag(&replies[winner])),
            "{}",
            route.path
        );
        last[at] = forms[winner];
    }
    // No change that was made is lost to a refused one.
    let lost = routes.iter().zip(&last).filter(|(route, _)| route.path == "/admin/v1/parties/{id}");
    for (route, last) in lost {
        let (now, last) = (route.now(world).await, (route.form)(*last));
        for (field, value) in last.as_object().unwrap() {
            assert_eq!(&now[field], value, "{now}");
        }
    }
}

async fn signed_in(world: &mut World, name: &str, password: &str) -> Tab {
    let mut tab = Tab::of(world.server.address);
    let form = format!("name={name}&password={password}&next=/console");
    let reply = tab.submit(world, "/console/login", "/console/login", &form).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console")), "{reply}");
    tab
}

async fn make(world: &mut World, name: &str, role: &str) {
    let form = json!({"name": name, "password": format!("{name}-password"), "role": role});
    world.operator(Call::post("/admin/v1/operators").json(&form)).await.unwrap();
}

async fn change(world: &mut World, name: &str, form: &Value) {
    let call = Call::new("PUT", &format!("/admin/v1/operators/{name}")).header("If-Match", "*").json(form);
    world.operator(call).await.unwrap();
}

/// The version in the console's form about an operator.
fn shown(page: &Reply, name: &str) -> String {
    let html = text(page);
    let (_, form) = html.split_once(&format!("name=\"name\" value=\"{name}\"")).unwrap_or_else(|| panic!("{html}"));
    let (_, version) = form.split_once("name=\"version\" value=\"").unwrap();
    version.split_once('"').unwrap().0.to_owned()
}

const OPERATORS: &str = "/console/operators";

#[apply(each_store)]
async fn a_form_of_the_console_changes_what_its_page_has_shown(#[case] _on: OnStore) {
    let mut world = World::start("versions-console").await;
    make(&mut world, "clerk", "viewer").await;
    let mut admin = signed_in(&mut world, "admin", "daric-admin").await;
    let old = shown(&admin.get(&mut world, OPERATORS).await, "clerk");
    change(&mut world, "clerk", &json!({"role": "operator"})).await;
    let role = async |world: &mut World| {
        let found = world.operator(Call::get("/admin/v1/operators")).await.unwrap();
        found.as_array().unwrap().iter().find(|found| found["name"] == "clerk").unwrap()["role"].clone()
    };
    let form = "kind=change&name=clerk&role=admin&disabled=no";
    for version in ["", "&version=", "&version=never", &format!("&version={old}")] {
        let reply = admin.submit(&mut world, OPERATORS, OPERATORS, &format!("{form}{version}")).await;
        assert_eq!((reply.status, role(&mut world).await), (409, json!("operator")), "{version}");
        assert_ne!(shown(&reply, "clerk"), old, "the page shows the record as it is now");
    }
    let english = admin.get(&mut world, "/console/operators?lang=en").await;
    let reply = admin.submit(&mut world, OPERATORS, OPERATORS, &format!("{form}&version={old}")).await;
    assert!(text(&reply).contains("has changed since the page was shown"), "{reply}");
    let new = shown(&english, "clerk");
    let reply = admin.submit(&mut world, OPERATORS, OPERATORS, &format!("{form}&version={new}")).await;
    assert_eq!((reply.status, role(&mut world).await), (303, json!("admin")), "{reply}");
}

#[apply(each_store)]
async fn an_approval_is_of_the_record_that_the_proposal_was_made_about(#[case] _on: OnStore) {
    let mut world = World::start("versions-proposals").await;
    for (name, role) in [("second", "admin"), ("clerk", "viewer")] {
        make(&mut world, name, role).await;
    }
    let mut admin = signed_in(&mut world, "admin", "daric-admin").await;
    let mut second = signed_in(&mut world, "second", "second-password").await;
    let propose = async |world: &mut World, tab: &mut Tab| {
        let version = shown(&tab.get(world, OPERATORS).await, "clerk");
        let form = format!("kind=change&name=clerk&role=operator&disabled=no&reason=x&version={version}");
        let reply = tab.submit(world, OPERATORS, OPERATORS, &form).await;
        assert_eq!((reply.status, reply.header("location")), (303, Some("/console/operators?done=2")), "{reply}");
    };
    let say = async |world: &mut World, tab: &mut Tab, say: &str| {
        let open = world.operator(Call::get("/admin/v1/proposals")).await.unwrap()[0].clone();
        let form = format!("say={say}&version={}", open["version"].as_str().unwrap());
        tab.submit(world, "/console/decisions", &format!("/console/decisions/{}", open["id"]), &form).await.status
    };
    let clerk = async |world: &mut World| {
        let found = world.operator(Call::get("/admin/v1/operators")).await.unwrap();
        let clerk = found.as_array().unwrap().iter().find(|found| found["name"] == "clerk").unwrap().clone();
        json!([clerk["role"], clerk["disabled"]])
    };
    propose(&mut world, &mut admin).await;
    change(&mut world, "clerk", &json!({"role": "viewer", "disabled": true})).await;
    let page = text(&second.get(&mut world, "/console/decisions?lang=en").await);
    assert!(page.contains("changed since it was proposed") && !page.contains("Agree: do it"), "{page}");
    assert_eq!(say(&mut world, &mut second, "yes").await, 409);
    assert_eq!(clerk(&mut world).await, json!(["viewer", true]), "what was changed meanwhile stays");
    let audit = world.operator(Call::get("/admin/v1/audit?limit=1")).await.unwrap();
    assert_eq!(
        json!([audit[0]["action"], audit[0]["detail"]]),
        json!(["refused approve operator", "changed since it was read: `disabled`. Read it again"])
    );
    assert_eq!(say(&mut world, &mut admin, "no").await, 303);
    propose(&mut world, &mut admin).await;
    assert_eq!(say(&mut world, &mut second, "yes").await, 303);
    assert_eq!(clerk(&mut world).await, json!(["operator", false]));
}

/// The audit shows which fields were changed, and no secret value.
#[apply(each_store)]
async fn the_audit_says_which_fields_of_a_row_a_change_has_written(#[case] _on: OnStore) {
    let mut world = World::start("audited-fields").await;
    world.reset_at(ELEVEN).await.unwrap();
    for route in routes(&mut world).await {
        for n in [4, 5] {
            let call = route.call(&(route.form)(n)).header("If-Match", "*");
            assert!(world.send(&call).await.unwrap().status < 300, "{}", route.path);
        }
        let newest = world.operator(Call::get("/admin/v1/audit?limit=1")).await.unwrap();
        let detail = newest[0]["detail"].as_str().unwrap();
        let said = match route.field {
            "gate" => detail.contains("NoCredits"),
            "on" => detail == "on",
            "role" => detail.starts_with("admin"),
            field => detail.contains("changed: ") && detail.contains(field),
        };
        assert!(said, "{}: {detail:?} does not name {}", route.path, route.field);
        assert!(!detail.contains("p5"), "{detail}");
    }
}
