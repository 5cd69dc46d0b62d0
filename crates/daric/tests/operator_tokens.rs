//! Named tokens of the operator API, and the rights of the settings' token in production.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::path::PathBuf;

use harness::browser::{Tab, text};
use harness::client::{Call, Reply};
use harness::device::enrol;
use harness::production::{KEY, OPERATOR, Production};
use harness::server::Home;
use harness::world::{Caller, Grant, TRANSFER_TO, World};
use serde_json::{Value, json};

const TOKENS: &str = "/admin/v1/operator-tokens";

async fn send(caller: &mut Caller, token: &str, call: Call) -> Reply {
    caller.send(&call.bearer(token)).await.unwrap()
}

/// The status and the body of the reply to a call with a token.
async fn come(caller: &mut Caller, token: &str, call: Call) -> (u16, Value) {
    let reply = send(caller, token, call).await;
    (reply.status, reply.json().unwrap_or_default())
}

fn post(path: &str, form: &Value) -> Call {
    Call::post(path).json(form)
}

/// Makes a named token, with the settings' token of a sandbox; returns it.
async fn made(world: &mut World, form: Value) -> String {
    let made = world.operator(post(TOKENS, &form)).await.unwrap();
    made["token"].as_str().unwrap().to_owned()
}

/// Signs in at the demo world's console.
async fn admin(world: &mut World, name: &str, password: &str) -> Tab {
    let mut tab = Tab::of(world.server.address);
    let form = format!("name={name}&password={password}&next=/console");
    let reply = tab.submit(world, "/console/login", "/console/login", &form).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console")), "{reply}");
    tab
}

async fn send_decision(caller: &mut Caller, tab: &mut Tab, proposal: &Value, say: &str) -> u16 {
    let form = format!("say={say}&version={}", proposal["version"].as_str().unwrap());
    tab.submit(caller, "/console/decisions", &format!("/console/decisions/{}", proposal["id"]), &form).await.status
}

/// second-edition.md 5: API tokens are named and have roles.
#[apply(each_store)]
async fn a_token_does_what_its_role_does_and_is_named_in_the_audit(#[case] _on: OnStore) {
    let mut world = World::start("tokens-roles").await;
    for (form, field) in [
        (json!({"name": "", "role": "viewer", "days": 1}), "name"),
        (json!({"name": "x".repeat(41), "role": "viewer", "days": 1}), "name"),
        (json!({"name": "api:x", "role": "viewer", "days": 1}), "name"),
        (json!({"name": "ci", "role": "root", "days": 1}), "role"),
        (json!({"name": "ci", "role": "viewer"}), "days"),
        (json!({"name": "ci", "role": "viewer", "days": 0}), "days"),
        (json!({"name": "ci", "role": "viewer", "days": 367}), "days"),
    ] {
        let (status, reply) = come(&mut world, "demo-admin-token", post(TOKENS, &form)).await;
        assert_eq!((status, reply["error"]["field"].as_str()), (400, Some(field)), "{form} {reply}");
    }
    let mut tokens = Vec::new();
    for role in ["viewer", "operator", "admin"] {
        let form = json!({"name": format!("{role}-token"), "role": role, "days": 1});
        tokens.push(made(&mut world, form).await);
    }
    let client = |id: &str| {
        let redirect = "http://127.0.0.1";
        json!({"id": id, "secret": "a-long-client-secret", "nids": ["1111111111"], "redirectOrigin": redirect})
    };
    let operator = json!({"name": "x", "password": "y", "role": "viewer", "reason": "hired"});
    for (at, token) in tokens.iter().enumerate() {
        for (call, least, status) in [
            (Call::get("/admin/v1/clients"), 0, 200),
            (Call::get("/admin/v1/audit"), 0, 200),
            (Call::get("/admin/v1/chains"), 0, 200),
            (Call::get("/admin/v1/chains/audit/links"), 0, 200),
            (Call::get("/admin/v1/alerts"), 0, 200),
            (Call::post("/admin/v1/chains/seal"), 1, 200),
            (Call::post("/admin/v1/alerts/look"), 1, 200),
            (post("/admin/v1/clients", &client(&format!("c{at}"))), 1, 201),
            (post("/admin/v1/faults", &json!({"fault": "rail_timeout"})), 1, 201),
            (Call::get("/admin/v1/operators"), 2, 200),
            (Call::get(TOKENS), 2, 200),
            (post("/admin/v1/operators", &operator), 2, 202),
        ] {
            let what = format!("{} {}", call.method, call.target);
            let (came, reply) = come(&mut world, token, call).await;
            let expected = if at < least { 403 } else { status };
            assert_eq!(came, expected, "{what} as {at}: {reply}");
            assert!(came != 403 || reply["error"]["code"] == "FORBIDDEN", "{reply}");
        }
    }
    let lines = world.operator(Call::get("/admin/v1/audit?limit=100")).await.unwrap();
    let has = |by: &str, action: &str, subject: &str| {
        lines.as_array().unwrap().iter().any(|line| {
            (line["by"].as_str(), line["action"].as_str(), line["subject"].as_str())
                == (Some(by), Some(action), Some(subject))
        })
    };
    for (by, action, subject) in [
        ("api", "api token", "operator-token"),
        ("api:operator-token", "client", "c1"),
        ("api:admin-token", "client", "c2"),
        ("api:admin-token", "propose operator", "x"),
        ("api:viewer-token", "refused call", "/admin/v1/clients"),
        ("api:operator-token", "refused call", "/admin/v1/operators"),
    ] {
        assert!(has(by, action, subject), "{by} {action} {subject}: {lines}");
    }
    // A token is shown once, and stored as a hash.
    let listed = world.operator(Call::get(TOKENS)).await.unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    for token in &tokens {
        assert!(
            token.starts_with("daric_") && !listed.to_string().contains(token) && !lines.to_string().contains(token)
        );
        assert_eq!(world.home.files_with(token), Vec::<PathBuf>::new());
        assert!(!world.home.printed().contains(token.as_str()));
    }
    // Values that are not tokens are refused.
    for wrong in [&format!("{}x", tokens[2]), &tokens[2][..tokens[2].len() - 1], "daric_", "demo-shop-token"] {
        assert_eq!(come(&mut world, wrong, Call::get("/admin/v1/clients")).await.0, 401, "{wrong}");
    }
}

/// A token ends at its time, with its operator, or when it is revoked; its name is not given again.
#[apply(each_store)]
async fn a_token_ends_by_its_time_by_its_operator_and_by_hand(#[case] _on: OnStore) {
    let mut world = World::start("tokens-end").await;
    world
        .operator(post("/admin/v1/operators", &json!({"name": "worker", "password": "w", "role": "operator"})))
        .await
        .unwrap();
    let form =
        |name: &str, days: i64, owner: &str| json!({"name": name, "role": "operator", "days": days, "operator": owner});
    let short = made(&mut world, json!({"name": "short", "role": "operator", "days": 1})).await;
    let owned = made(&mut world, form("owned", 30, "worker")).await;
    let look = Call::get("/admin/v1/clients");
    let work = post("/admin/v1/sms", &json!({"to": "09120000000", "text": "x"}));
    for (change, status) in [
        (json!({"role": "viewer"}), (200, 403)),
        (json!({"role": "admin"}), (200, 202)),
        (json!({"role": "admin", "disabled": true}), (401, 401)),
        (json!({"role": "operator"}), (200, 202)),
    ] {
        world.operator(Call::new("PUT", "/admin/v1/operators/worker").json(&change)).await.unwrap();
        let came = (come(&mut world, &owned, look.clone()).await.0, come(&mut world, &owned, work.clone()).await.0);
        assert_eq!(came, status, "{change}");
    }
    for (clock, status) in [("2026-11-22T10:59:59+03:30", 200), ("2026-11-22T11:00:00+03:30", 401)] {
        world.set_clock(clock).await.unwrap();
        assert_eq!(come(&mut world, &short, look.clone()).await.0, status, "{clock}");
    }
    let end = |name: &str| Call::delete(&format!("{TOKENS}/{name}"));
    for (name, status) in [("owned", 204), ("owned", 404), ("short", 404), ("none", 404)] {
        assert_eq!(come(&mut world, "demo-admin-token", end(name)).await.0, status, "{name}");
    }
    assert_eq!(come(&mut world, &owned, look).await.0, 401);
    for name in ["owned", "short"] {
        assert_eq!(come(&mut world, "demo-admin-token", post(TOKENS, &form(name, 1, "worker"))).await.0, 409);
    }
    let listed = world.operator(Call::get(TOKENS)).await.unwrap();
    assert_eq!(json!([listed[0]["state"], listed[1]["state"]]), json!(["revoked", "ended"]));
}

/// second-edition.md 5: API tokens may only propose where two operators are needed.
#[apply(each_store)]
async fn a_token_proposes_what_takes_two_and_an_independent_operator_approves(#[case] _on: OnStore) {
    let mut world = World::start("tokens-propose").await;
    for name in ["second", "third"] {
        let form = json!({"name": name, "password": format!("{name}-password"), "role": "admin"});
        world.operator(post("/admin/v1/operators", &form)).await.unwrap();
    }
    let mut one = admin(&mut world, "admin", "daric-admin").await;
    let mut two = admin(&mut world, "second", "second-password").await;
    let mut three = admin(&mut world, "third", "third-password").await;
    // On the page: a token is proposed, shown once, and not valid before its approval.
    let form = "name=robot&role=admin&operator=&days=30";
    assert_eq!(one.submit(&mut world, "/console/tokens", "/console/tokens", form).await.status, 409, "no reason");
    let made = one.submit(&mut world, "/console/tokens", "/console/tokens", &format!("{form}&reason=ci")).await;
    assert_eq!((made.status, made.header("location")), (303, Some("/console/once")), "{made}");
    let html = text(&one.get(&mut world, "/console/once").await);
    let at = html.find("daric_").unwrap_or_else(|| panic!("no token: {html}"));
    let robot = html[at..].split('<').next().unwrap().to_owned();
    assert_eq!(come(&mut world, &robot, Call::get("/admin/v1/clients")).await.0, 401);
    let open = world.operator(Call::get("/admin/v1/proposals")).await.unwrap()[0].clone();
    let token = json!({"name": "robot", "role": "admin", "days": 30});
    assert_eq!((&open["kind"], &open["token"]), (&"token".into(), &token), "{open}");
    for (tab, status) in [(&mut one, 409), (&mut two, 303)] {
        assert_eq!(send_decision(&mut world, tab, &open, "yes").await, status);
    }
    for lang in ["fa", "en"] {
        let page = text(&one.get(&mut world, &format!("/console/tokens?lang={lang}")).await);
        assert!(page.contains("robot") && !page.contains(&robot), "{page}");
        assert!(text(&one.get(&mut world, &format!("/console/decisions?lang={lang}")).await).contains("robot"));
    }
    // An order: the settings' token of a sandbox decides it directly, this token proposes.
    let grant = world.grant(Grant::default()).await.unwrap();
    let body = json!({
        "amount": 1000, "description": "d", "destinationFirstname": "fi", "destinationLastname": "la",
        "destinationNumber": "0302876732005", "paymentNumber": "1",
    });
    let call = Call::post(TRANSFER_TO).query("trackId", "daric-unknown-robot").bearer(&grant.value).json(&body);
    assert_eq!(world.send(&call).await.unwrap().json().unwrap()["status"], "UNKNOWN");
    let order = world.operator(Call::get("/admin/v1/orders?client=drops")).await.unwrap()[0]["id"].clone();
    let resolve = format!("/admin/v1/orders/{order}/resolve");
    let (status, reply) = come(&mut world, &robot, post(&resolve, &json!({"verdict": "failed"}))).await;
    assert_eq!((status, reply["error"]["field"].as_str()), (400, Some("reason")), "{reply}");
    let verdict = json!({"verdict": "failed", "reason": "the bank says so"});
    let (status, open) = come(&mut world, &robot, post(&resolve, &verdict)).await;
    assert_eq!((status, &open["by"], &open["state"]), (202, &"api:robot".into(), &"open".into()), "{open}");
    // No token approves, nor does the operator who made the token.
    let approve = format!("/admin/v1/proposals/{}/approve", open["id"]);
    let seen = json!({"version": open["version"]});
    assert_eq!(come(&mut world, &robot, post(&approve, &seen)).await.0, 409);
    for (tab, status) in [(&mut one, 409), (&mut three, 303)] {
        assert_eq!(send_decision(&mut world, tab, &open, "yes").await, status);
    }
    let found = world.operator(Call::get(&format!("/admin/v1/orders/{order}"))).await.unwrap();
    assert_eq!(found["status"], "FAILED");
    // Changes of operators, their factors and tokens, and of the independence of operators are proposals, too, or refused.
    let wanted = json!({"name": "x", "password": "p", "role": "viewer", "reason": "hired"});
    let (status, open) = come(&mut world, &robot, post("/admin/v1/operators", &wanted)).await;
    assert_eq!((status, &open["kind"]), (202, &"operator".into()), "{open}");
    let (status, _) =
        come(&mut world, &robot, post("/admin/v1/operators/third/confirm", &json!({"on": "admin"}))).await;
    assert_eq!(status, 409);
    let another = json!({"name": "another", "role": "viewer", "days": 1, "reason": "more"});
    let (status, made) = come(&mut world, &robot, post(TOKENS, &another)).await;
    assert_eq!((status, &made["proposal"]["by"]), (202, &"api:robot".into()), "{made}");
    assert_eq!(send_decision(&mut world, &mut one, &made["proposal"], "yes").await, 409);
    let reject = format!("/admin/v1/proposals/{}/reject", made["proposal"]["id"]);
    let seen = json!({"version": made["proposal"]["version"]});
    assert_eq!(come(&mut world, &robot, post(&reject, &seen)).await.0, 200, "it takes back its own");
    // An operator alone revokes the token on the page.
    let revoke = one.submit(&mut world, "/console/tokens", "/console/tokens/revoke", "name=robot").await;
    assert_eq!(revoke.header("location"), Some("/console/tokens?done=1"), "{revoke}");
    assert_eq!(come(&mut world, &robot, Call::get("/admin/v1/clients")).await.0, 401);
}

/// second-edition.md 5: the settings' token acts alone for the first two admins, and only proposes from then on.
#[apply(each_store)]
async fn in_production_the_settings_token_acts_alone_until_there_are_two_admins(#[case] _on: OnStore) {
    let home = Home::new("tokens-production");
    let server = Production::start(&home, KEY);
    let mut caller = Caller::of_production(server.1).await;
    let form = |name: &str, role: &str| json!({"name": name, "password": format!("{name}-long-password"), "role": role, "reason": "hired"});
    let operators = "/admin/v1/operators";
    for (name, role) in [("worker", "operator"), ("first", "admin"), ("second", "admin")] {
        assert_eq!(come(&mut caller, OPERATOR, post(operators, &form(name, role))).await.0, 201, "{name}");
    }
    let mut first = Tab::of(server.1);
    enrol(&mut caller, &mut first, "first", "first-long-password").await;
    let nameless = json!({"name": "third", "password": "third-long-password", "role": "admin"});
    let (status, reply) = come(&mut caller, OPERATOR, post(operators, &nameless)).await;
    assert_eq!((status, reply["error"]["field"].as_str()), (400, Some("reason")), "{reply}");
    let put = |form: &Value| Call::new("PUT", "/admin/v1/operators/worker").header("If-Match", "*").json(form);
    let reset = json!({"reason": "lost"});
    for (call, kind) in [
        (post(operators, &form("third", "admin")), "operator"),
        (put(&json!({"role": "admin", "reason": "raised"})), "operator"),
        (post("/admin/v1/operators/first/factor/reset", &reset), "resetFactor"),
        (post(TOKENS, &json!({"name": "ci", "role": "admin", "days": 1, "reason": "ci"})), "token"),
    ] {
        let (status, reply) = come(&mut caller, OPERATOR, call).await;
        let open = if kind == "token" { &reply["proposal"] } else { &reply };
        assert_eq!((status, &open["kind"], &open["by"]), (202, &kind.into(), &"api".into()), "{reply}");
        assert!(open["id"].is_i64(), "{open}");
        let approve = format!("/admin/v1/proposals/{}/approve", open["id"]);
        let (status, _) = come(&mut caller, OPERATOR, post(&approve, &json!({"version": open["version"]}))).await;
        assert_eq!(status, 409);
        if kind != "resetFactor" {
            assert_eq!(send_decision(&mut caller, &mut first, open, "yes").await, 303);
        }
    }
    let (status, _) =
        come(&mut caller, OPERATOR, post("/admin/v1/operators/worker/confirm", &json!({"on": "x"}))).await;
    assert_eq!(status, 409);
    // The settings' token does not approve what an operator proposes.
    let (_, listed) = come(&mut caller, OPERATOR, Call::get(operators)).await;
    let worker = listed.as_array().unwrap().iter().find(|operator| operator["name"] == "worker").unwrap();
    let version = worker["version"].as_str().unwrap();
    let wanted = format!("kind=change&name=worker&role=viewer&disabled=no&reason=left&version={version}");
    let page = "/console/operators";
    let proposed = first.submit(&mut caller, page, page, &wanted).await;
    assert_eq!(proposed.header("location"), Some("/console/operators?done=2"), "{proposed}");
    let (_, open) = come(&mut caller, OPERATOR, Call::get("/admin/v1/proposals")).await;
    let approve = format!("/admin/v1/proposals/{}/approve", open[0]["id"]);
    let (status, _) = come(&mut caller, OPERATOR, post(&approve, &json!({"version": open[0]["version"]}))).await;
    assert_eq!(status, 409);
    let (_, lines) = come(&mut caller, OPERATOR, Call::get("/admin/v1/audit?limit=3")).await;
    assert_eq!((&lines[0]["by"], &lines[0]["action"]), (&"api".into(), &"refused approve".into()), "{lines}");
}
