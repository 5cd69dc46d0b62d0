//! The operators' console, and what it shares with the operator API: roles, authorship, two-person approval, and the request log.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;

use harness::browser::{Tab, field, text};
use harness::client::{Call, Reply};
use harness::paystar::{CARD, pay_call};
use harness::pod::{SHOP, line};
use harness::server::verify;
use harness::world::{Grant, OPERATOR, TRANSFER_TO, World};
use serde_json::{Value, json};

/// `demo.md`.
pub const ADMIN: (&str, &str) = ("admin", "daric-admin");

/// A browser in which an operator has signed in.
pub async fn signed_in(world: &mut World, (name, password): (&str, &str)) -> Tab {
    let mut tab = Tab::of(world.server.address);
    let reply = sign_in(world, &mut tab, name, password, "/console").await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console")), "{reply}");
    tab
}

async fn sign_in(world: &mut World, tab: &mut Tab, name: &str, password: &str, next: &str) -> Reply {
    let form = format!("name={name}&password={password}&next={next}");
    tab.submit(world, "/console/login", "/console/login", &form).await
}

async fn make(world: &mut World, name: &str, role: &str) {
    let form = json!({"name": name, "password": format!("{name}-password"), "role": role});
    world.operator(Call::post("/admin/v1/operators").json(&form)).await.unwrap();
}

/// A browser in which a new operator of a role has signed in.
pub async fn operator(world: &mut World, name: &str, role: &str) -> Tab {
    make(world, name, role).await;
    signed_in(world, (name, &format!("{name}-password"))).await
}

/// The version of an operator's record, as forms about it carry it.
async fn version(world: &mut World, name: &str) -> String {
    let found = world.operator(Call::get("/admin/v1/operators")).await.unwrap();
    let found = found.as_array().unwrap().iter().find(|found| found["name"] == name).unwrap();
    found["version"].as_str().unwrap().to_owned()
}

/// The newest audit lines: author, action, subject.
async fn audit(world: &mut World, lines: usize) -> Vec<(String, String, String)> {
    let found = world.operator(Call::get(&format!("/admin/v1/audit?limit={lines}"))).await.unwrap();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let line = |line: &Value| (text(line, "by"), text(line, "action"), text(line, "subject"));
    found.as_array().unwrap().iter().map(line).collect()
}

/// The number of a new order whose outcome is unknown.
pub async fn unknown_order(world: &mut World, track_id: &str) -> i64 {
    let token = world.grant(Grant::default()).await.unwrap();
    let body = json!({
        "amount": 1000, "description": "d", "destinationFirstname": "fi", "destinationLastname": "la",
        "destinationNumber": "0302876732005", "paymentNumber": "1",
    });
    let call = Call::post(TRANSFER_TO).query("trackId", track_id).bearer(&token.value).json(&body);
    let reply = world.send(&call).await.unwrap();
    assert_eq!(reply.json().unwrap()["status"], "UNKNOWN", "{reply}");
    let orders = world.operator(Call::get("/admin/v1/orders?client=drops")).await.unwrap();
    let found = orders.as_array().unwrap().iter().find(|order| order["trackId"] == track_id);
    found.unwrap()["id"].as_i64().unwrap()
}

#[apply(each_store)]
async fn operators_do_what_their_role_lets_them_and_nothing_once_they_are_disabled(#[case] _on: OnStore) {
    let mut world = World::start("console-roles").await;
    let mut admin = signed_in(&mut world, ADMIN).await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    let mut viewer = operator(&mut world, "viewer", "viewer").await;
    for (path, least) in [
        ("/console", 0),
        ("/console/orders", 0),
        ("/console/audit", 0),
        ("/console/audit/heads", 0),
        ("/console/card-attempts", 0),
        ("/console/lists/audit/export?format=ndjson", 0),
        ("/console/lists/orders/export?format=csv", 0),
        ("/console/sandbox", 0),
        ("/console/setup", 0),
        ("/console/once", 0),
        ("/console/operators", 2),
    ] {
        for (role, tab) in [&mut viewer, &mut worker, &mut admin].into_iter().enumerate() {
            let expected = if role < least { 403 } else { 200 };
            let reply = tab.get(&mut world, path).await;
            assert_eq!((reply.status, reply.header("cache-control")), (expected, Some("no-store")), "{path} {role}");
        }
    }
    // A viewer has a valid form token, and may still change nothing.
    let clock = world.operator(Call::get("/admin/v1/clock")).await.unwrap();
    for path in ["clock", "faults", "faults/clear", "reset"] {
        let path = format!("/console/sandbox/{path}");
        let reply = viewer.submit(&mut world, "/console", &path, "advance=PT1H&fault=rail_timeout").await;
        assert_eq!(reply.status, 403, "{path}");
    }
    let form = "name=me&password=me&role=admin";
    assert_eq!(worker.submit(&mut world, "/console", "/console/operators", form).await.status, 403);
    assert_eq!(world.operator(Call::get("/admin/v1/clock")).await.unwrap(), clock);
    // Without a session a page leads to the sign-in page, and from there back.
    let mut anonymous = Tab::of(world.server.address);
    let reply = anonymous.get(&mut world, "/console/orders?which=undecided").await;
    let to = "/console/login?next=%2Fconsole%2Forders%3Fwhich%3Dundecided";
    assert_eq!((reply.status, reply.header("location")), (302, Some(to)));
    // The log-in of a party does not open the console.
    anonymous.log_in(&mut world, "ali").await;
    let shown = anonymous.cookie("daric_sso").unwrap().to_owned();
    anonymous.set_cookie("daric_console", &shown);
    assert_eq!(anonymous.get(&mut world, "/console").await.status, 302);
    // Disabling ends the sessions at once.
    let form = json!({"role": "operator", "disabled": true});
    world.operator(Call::new("PUT", "/admin/v1/operators/worker").json(&form)).await.unwrap();
    assert_eq!(worker.get(&mut world, "/console").await.status, 302);
    let again = sign_in(&mut world, &mut Tab::of("x"), "worker", "worker-password", "/console").await;
    assert_eq!(again.status, 403, "a form of another origin");
    let mut tab = Tab::of(world.server.address);
    assert_eq!(sign_in(&mut world, &mut tab, "worker", "worker-password", "/console").await.status, 401);
    // A new password ends the sessions that began with the old one.
    let form = json!({"role": "viewer", "password": "another-password"});
    world.operator(Call::new("PUT", "/admin/v1/operators/viewer").json(&form)).await.unwrap();
    assert_eq!(viewer.get(&mut world, "/console").await.status, 302);
    let mut viewer = signed_in(&mut world, ("viewer", "another-password")).await;
    let form = json!({"role": "operator"});
    world.operator(Call::new("PUT", "/admin/v1/operators/viewer").json(&form)).await.unwrap();
    assert_eq!(viewer.get(&mut world, "/console").await.status, 200, "another role only");
    // An operator who is enabled again has to sign in again: the old session stays ended.
    let mut back = viewer.clone();
    for disabled in [true, false] {
        let form = json!({"role": "operator", "disabled": disabled});
        world.operator(Call::new("PUT", "/admin/v1/operators/viewer").json(&form)).await.unwrap();
        assert_eq!(back.get(&mut world, "/console").await.status, 302, "disabled: {disabled}");
    }
    // A request of a script gets 401, not a redirect.
    assert_eq!(back.get(&mut world, "/console/live").await.status, 401);
    // An admin sets all fields of other operators, but not its own role and state. Fields that a form omits are not guessed.
    for (form, status) in [
        ("kind=change&name=admin&role=viewer&disabled=no", 409),
        ("kind=change&name=admin&role=admin&disabled=yes", 409),
        ("kind=change&name=viewer&disabled=no", 409),
        ("kind=change&name=viewer&role=operator", 409),
        ("kind=change&name=viewer&role=root&disabled=no", 409),
        ("kind=x&name=viewer&role=viewer&disabled=no", 409),
        ("name=viewer&role=viewer&disabled=no", 409),
        ("kind=change&name=viewer&role=operator&disabled=no&password=chosen-by-admin", 303),
    ] {
        let form = format!("{form}&version={}", version(&mut world, "viewer").await);
        let reply = admin.submit(&mut world, "/console/operators", "/console/operators", &form).await;
        assert_eq!(reply.status, status, "{form}");
    }
    let newest = world.operator(Call::get("/admin/v1/audit?limit=1")).await.unwrap();
    assert_eq!(newest[0]["detail"], "operator, password set");
    signed_in(&mut world, ("viewer", "chosen-by-admin")).await;
    // After sign-out the cookie is not valid.
    let shown = admin.cookie("daric_console").unwrap().to_owned();
    assert_eq!(admin.submit(&mut world, "/console", "/console/logout", "").await.status, 303);
    admin.set_cookie("daric_console", &shown);
    assert_eq!(admin.get(&mut world, "/console").await.status, 302);
}

#[apply(each_store)]
async fn signing_in_leads_nowhere_else_and_is_locked_after_ten_wrong_passwords(#[case] _on: OnStore) {
    let mut world = World::start("console-locked").await;
    let mut tab = Tab::of(world.server.address);
    for (next, to) in [
        ("/console/orders%3Fwhich=undecided", "/console/orders?which=undecided"),
        ("https://evil.example/console", "/console"),
        ("//evil.example/console", "/console"),
        ("/console/..//evil.example", "/console"),
        ("/console%0D%0ASet-Cookie:a=b", "/console"),
        ("/consolation", "/console"),
    ] {
        let reply = sign_in(&mut world, &mut tab, ADMIN.0, ADMIN.1, next).await;
        assert_eq!((reply.status, reply.header("location")), (303, Some(to)), "{next}");
        let cookie = reply.header("set-cookie").unwrap();
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"),
            "{cookie}"
        );
    }
    for name in ["admin", "nobody"] {
        for _ in 0..10 {
            assert_eq!(sign_in(&mut world, &mut tab, name, "guess", "/console").await.status, 401);
        }
    }
    assert_eq!(sign_in(&mut world, &mut tab, ADMIN.0, ADMIN.1, "/console").await.status, 401);
    // A lock follows the machine's time.
    world.set_clock("2026-12-31T11:00:00+03:30").await.unwrap();
    assert_eq!(sign_in(&mut world, &mut tab, ADMIN.0, ADMIN.1, "/console").await.status, 401);
}

/// docs/sandbox.md: a moved clock does not sign operators out. That their sessions end is tested with the decisions (`crates/payments`).
#[apply(each_store)]
async fn a_session_goes_on_when_the_clock_is_moved(#[case] _on: OnStore) {
    let mut world = World::start("console-sessions").await;
    let mut tab = signed_in(&mut world, ADMIN).await;
    for advance in ["PT16M", "PT9H", "P40D"] {
        world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": advance}))).await.unwrap();
        assert_eq!(tab.get(&mut world, "/console").await.status, 200, "{advance}");
    }
    assert_eq!(tab.submit(&mut world, "/console/sandbox", "/console/sandbox/clock", "advance=P30D").await.status, 303);
    assert_eq!(tab.get(&mut world, "/console").await.status, 200);
    // A person writes the time of the clock as dates in lists are written.
    for (written, shown) in [
        ("1406/09/10+10:30", "2027-12-01T10:30:00+03:30"),
        ("۱۴۰۶/۰۹/۱۱", "2027-12-02T00:00:00+03:30"),
        ("2027-12-04T11:00:00%2B03:30", "2027-12-04T11:00:00+03:30"),
    ] {
        let set = format!("set={written}");
        assert_eq!(tab.submit(&mut world, "/console/sandbox", "/console/sandbox/clock", &set).await.status, 303);
        let clock = world.operator(Call::get("/admin/v1/clock")).await.unwrap();
        let at = clock["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert_eq!(at, shown.parse().unwrap(), "{written}");
    }
    // The clock back at the machine's time.
    world.operator(Call::post("/admin/v1/reset")).await.unwrap();
    let mut tab = signed_in(&mut world, ADMIN).await;
    world.set_clock("2046-11-21T11:00:00+03:30").await.unwrap();
    assert_eq!(tab.get(&mut world, "/console").await.status, 200);
}

#[apply(each_store)]
async fn forms_of_the_console_come_from_its_own_pages_only(#[case] _on: OnStore) {
    let mut world = World::start("console-forms").await;
    let mut admin = signed_in(&mut world, ADMIN).await;
    let mut other = operator(&mut world, "other", "admin").await;
    let theirs = field(&other.get(&mut world, "/console/sandbox").await, "csrf").unwrap();
    let own = field(&admin.get(&mut world, "/console/sandbox").await, "csrf").unwrap();
    let post = async |tab: &Tab, world: &mut World, form: &str| {
        tab.clone().post(world, "/console/sandbox/faults", form).await.status
    };
    let mut evil = admin.clone();
    evil.headers = vec![("origin", "http://evil.example".to_owned())];
    let mut framed = admin.clone();
    framed.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    let mut program = admin.clone();
    program.headers.clear();
    for (tab, token) in [(&admin, ""), (&admin, theirs.as_str()), (&evil, &own), (&framed, &own), (&program, "")] {
        let form = format!("csrf={token}&fault=rail_timeout");
        assert_eq!(post(tab, &mut world, &form).await, 403, "{form} {tab:?}");
    }
    assert_eq!(post(&program, &mut world, "fault=rail_timeout").await, 403);
    let faults = world.operator(Call::get("/admin/v1/faults")).await.unwrap();
    assert_eq!(faults["faults"], json!([]));
    assert_eq!(post(&admin, &mut world, &format!("csrf={own}&fault=rail_timeout")).await, 303);
    // A form that is too large is refused before it is read.
    let huge = format!("csrf={own}&fault={}", "x".repeat(2_000_000));
    let refused = admin.post(&mut world, "/console/sandbox/faults", &huge).await;
    assert_eq!((refused.status, refused.header("connection")), (413, Some("close")));
    // The console may not be framed, and scripts in its texts do not run.
    let page = admin.get(&mut world, "/console").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
}

#[apply(each_store)]
async fn every_change_of_an_operator_is_written_with_who_did_it_and_without_secrets(#[case] _on: OnStore) {
    let mut world = World::start("console-audit").await;
    make(&mut world, "second", "operator").await;
    for (method, path, form) in [
        (
            "POST",
            "/admin/v1/clients",
            json!({"id": "new", "secret": "a-long-client-secret", "nids": ["1111111111"], "redirectOrigin": "http://127.0.0.1"}),
        ),
        ("PUT", "/admin/v1/operators/second", json!({"role": "viewer", "password": "another-long-password"})),
        ("PUT", "/admin/v1/day-close", json!({"on": true})),
        ("POST", "/admin/v1/faults", json!({"fault": "rail_timeout"})),
        ("POST", "/admin/v1/parties/201/vouchers", json!({"code": "AUDITED", "value": 5000})),
    ] {
        world.operator(Call::new(method, path).json(&form)).await.unwrap();
    }
    // A refused change is written as refused; a read is not written.
    let refused =
        Call::post("/admin/v1/parties/201/vouchers").bearer(OPERATOR).json(&json!({"code": "AUDITED", "value": 5000}));
    assert_eq!(world.send(&refused).await.unwrap().status, 409);
    world.operator(Call::get("/admin/v1/orders?client=drops")).await.unwrap();
    let mut admin = signed_in(&mut world, ADMIN).await;
    let reply = admin.submit(&mut world, "/console/sandbox", "/console/sandbox/faults/clear", "").await;
    assert_eq!(reply.status, 303);
    let line = |by: &str, action: &str, subject: &str| (by.to_owned(), action.to_owned(), subject.to_owned());
    let lines = audit(&mut world, 9).await;
    let expected = [
        line("admin", "fault", "all"),
        line("admin", "sign in", "127.0.0.1"),
        line("api", "refused voucher", "…ED"),
        line("api", "voucher", "…ED"),
        line("api", "fault", "rail_timeout"),
        line("api", "day close", ""),
        line("api", "operator", "second"),
        line("api", "client", "new"),
        line("api", "operator", "second"),
    ];
    assert_eq!(lines, expected);
    let all = world.operator(Call::get("/admin/v1/audit?limit=100")).await.unwrap().to_string();
    for secret in ["a-long-client-secret", "another-long-password", "second-password", "AUDITED"] {
        assert!(!all.contains(secret), "{all}");
    }
    for (lang, said) in [("en", "day close"), ("fa", "پایان روز بانک‌ها")] {
        let page = text(&admin.get(&mut world, &format!("/console/audit?lang={lang}")).await);
        assert!(page.contains("…ED") && page.contains(said), "{page}");
    }
    let reply = world.send(&Call::get("/admin/v1/audit?limit=101").bearer(OPERATOR)).await.unwrap();
    assert_eq!((reply.status, reply.json().unwrap()["error"]["field"].clone()), (400, json!("limit")));
}

#[apply(each_store)]
async fn a_token_without_consent_is_in_the_audit_with_what_it_opens_and_a_refused_one_is_not(#[case] _on: OnStore) {
    // second-edition.md 5: changes by operators are in the audit.
    let mut world = World::start("console-token-audit").await;
    let before = audit(&mut world, 100).await.len();
    let make = async |world: &mut World, form: Value| {
        world.send(&Call::post("/admin/v1/tokens").bearer(OPERATOR).json(&form)).await.unwrap()
    };
    let mut values = Vec::new();
    for form in [
        json!({"client": "drops", "type": "CODE", "bank": "062", "deposits": ["302876214008"]}),
        json!({"client": "drops", "type": "CLIENT-CREDENTIAL"}),
    ] {
        let reply = make(&mut world, form).await;
        assert_eq!(reply.status, 200, "{reply}");
        let told = reply.json().unwrap()["result"].clone();
        values.extend(["value", "refreshToken"].map(|name| told[name].as_str().unwrap().to_owned()));
    }
    for form in [
        json!({"client": "none", "type": "CODE", "bank": "062", "deposits": ["0302876214008"]}),
        json!({"client": "drops", "type": "CODE", "bank": "062", "deposits": ["5"]}),
        json!({"client": "drops", "type": "CODE", "bank": "062", "deposits": ["0302876214008"], "limit": -1}),
        json!({"client": "drops", "type": "CLIENT-CREDENTIAL", "deposits": ["0302876214008"]}),
    ] {
        let reply = make(&mut world, form).await;
        assert_eq!(reply.status, 400, "{reply}");
    }
    let lines = world.operator(Call::get("/admin/v1/audit?limit=100")).await.unwrap();
    let lines = lines.as_array().unwrap();
    assert_eq!(lines.len() - before, 2, "{lines:?}");
    let told: Vec<Value> =
        lines[..2].iter().map(|line| json!([line["by"], line["action"], line["subject"], line["detail"]])).collect();
    let expected = ["client credentials, deposits: ", "code, deposits: 0302876214008"];
    assert_eq!(told, expected.map(|detail| json!(["api", "token", "drops", detail])));
    let all = json!(lines).to_string();
    assert!(values.iter().all(|value| !all.contains(value.as_str())), "{all}");
}

/// The number of an order that was decided as failed and that its network reports as done a minute later, and the listed report.
async fn contradicted(world: &mut World, track_id: &str) -> (i64, Value) {
    let order = unknown_order(world, track_id).await;
    let decide = Call::post(&format!("/admin/v1/orders/{order}/resolve")).json(&json!({"verdict": "failed"}));
    world.operator(decide).await.unwrap();
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT61S"}))).await.unwrap();
    (order, dead(world).await)
}

/// The newest dead job.
async fn dead(world: &mut World) -> Value {
    loop {
        let jobs = world.operator(Call::get("/admin/v1/jobs")).await.unwrap();
        if let Some(job) = jobs.as_array().unwrap().last() {
            return job.clone();
        }
        tokio::task::yield_now().await;
    }
}

#[apply(each_store)]
async fn a_report_that_contradicts_an_order_is_listed_run_again_or_closed_with_a_reason(#[case] _on: OnStore) {
    let mut world = World::start("console-jobs").await;
    let mut admin = signed_in(&mut world, ADMIN).await;
    let mut viewer = operator(&mut world, "viewer", "viewer").await;
    let page = text(&admin.get(&mut world, "/console/jobs?lang=en").await);
    assert_eq!(page.matches("There is nothing.").count(), 2, "{page}");
    let (order, job) = contradicted(&mut world, "daric-unknown-done-1").await;
    let why = "the report says Done, the order is refused";
    assert_eq!(
        json!([job["kind"], job["subject"], job["verdict"], job["error"], job["tries"]]),
        json!(["inquireOrder", order, "done", why, 1])
    );
    // In both languages, from the first page on.
    for (lang, given_up, reports) in [
        ("en", "Work given up", "Reports of networks that could not be booked"),
        ("fa", "کارهای رهاشده", "گزارش‌های شبکه که ثبت نشد"),
    ] {
        let overview = text(&admin.get(&mut world, &format!("/console?lang={lang}")).await);
        assert!(overview.contains(given_up) && overview.contains("href=\"/console/jobs\""), "{overview}");
        let page = text(&admin.get(&mut world, &format!("/console/jobs?lang={lang}")).await);
        let link = format!("href=\"/console/orders/{order}\"");
        assert!([reports, why, &link].iter().all(|part| page.contains(part)), "{page}");
    }
    // A viewer sees the job and may not change it.
    let page = text(&viewer.get(&mut world, "/console/jobs").await);
    let paths = ["retry", "close"].map(|does| format!("/console/jobs/{}/{does}", job["id"]));
    assert!(page.contains(why) && paths.iter().all(|path| !page.contains(path)), "{page}");
    for path in &paths {
        assert_eq!(viewer.submit(&mut world, "/console", path, "reason=r&version=x").await.status, 403);
    }
    let close = async |world: &mut World, id: &Value, form: Value| {
        let reply = world.send(&Call::post(&format!("/admin/v1/jobs/{id}/close")).bearer(OPERATOR).json(&form)).await;
        let reply = reply.unwrap();
        let field = reply.json().map(|body| body["error"]["field"].clone()).unwrap_or_default();
        (reply.status, field)
    };
    let (id, version) = (&job["id"], &job["version"]);
    for (form, status, field) in [
        (json!({"reason": " ", "version": version}), 400, json!("reason")),
        (json!({"reason": "x".repeat(201), "version": version}), 400, json!("reason")),
        (json!({"reason": "r"}), 400, json!("version")),
    ] {
        assert_eq!(close(&mut world, id, form.clone()).await, (status, field), "{form}");
    }
    // After a retry the job is dead again, and the version that was read before is outdated.
    let again = Call::post(&format!("/admin/v1/jobs/{id}/retry"));
    assert_eq!(world.send(&again.bearer(OPERATOR)).await.unwrap().status, 204);
    let job = loop {
        let job = dead(&mut world).await;
        if job["version"] != *version {
            break job;
        }
    };
    assert_eq!((&job["id"], &job["error"]), (id, &json!(why)));
    let stale = close(&mut world, id, json!({"reason": "r", "version": version})).await;
    assert_eq!(stale.0, 409, "{stale:?}");
    let form = json!({"reason": "the bank has taken it back", "version": job["version"]});
    assert_eq!(close(&mut world, id, form.clone()).await, (204, Value::Null));
    assert_eq!(close(&mut world, id, form).await.0, 404);
    assert_eq!(world.operator(Call::get("/admin/v1/jobs")).await.unwrap(), json!([]));
    let lines = world.operator(Call::get("/admin/v1/audit?limit=3")).await.unwrap();
    let told = |line: &Value| json!([line["by"], line["action"], line["subject"], line["detail"]]);
    let told: Vec<Value> = lines.as_array().unwrap().iter().map(told).collect();
    let number = id.to_string();
    assert_eq!(told[0], json!(["api", "close job", number, "the bank has taken it back"]));
    assert_eq!(json!([told[1][1], told[2][1]]), json!(["refused close job", "retry job"]), "{told:?}");
    // The same on the page.
    let (_, job) = contradicted(&mut world, "daric-unknown-done-2").await;
    let path = format!("/console/jobs/{}/close", job["id"]);
    let version = job["version"].as_str().unwrap();
    for (form, status) in [
        (format!("version={version}"), 409),
        ("reason=seen&version=other".to_owned(), 409),
        (format!("reason=seen&version={version}"), 303),
        (format!("reason=seen&version={version}"), 409),
    ] {
        assert_eq!(admin.submit(&mut world, "/console/jobs", &path, &form).await.status, status, "{form}");
    }
    let lines = world.operator(Call::get("/admin/v1/audit?limit=1")).await.unwrap();
    assert_eq!(json!([lines[0]["by"], lines[0]["action"], lines[0]["detail"]]), json!(["admin", "close job", "seen"]));
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn an_unknown_order_is_decided_by_two_operators_and_never_by_one(#[case] _on: OnStore) {
    let mut world = World::start("console-two").await;
    let mut one = signed_in(&mut world, ADMIN).await;
    let mut two = operator(&mut world, "second", "operator").await;
    let order = unknown_order(&mut world, "daric-unknown-two").await;
    let status = async |world: &mut World| {
        let found = world.operator(Call::get(&format!("/admin/v1/orders/{order}"))).await.unwrap();
        found["status"].as_str().unwrap().to_owned()
    };
    let (page, resolve) = (format!("/console/orders/{order}"), format!("/console/orders/{order}/resolve"));
    // The page says that the network is not asked again, and changes nothing.
    let inquired = text(&one.get(&mut world, &format!("{page}?inquired=1&lang=en")).await);
    assert!(inquired.contains("The network is not asked again"), "{inquired}");
    for wrong in ["verdict=failed&reason=", "verdict=failed", &format!("verdict=failed&reason={}", "x".repeat(201))] {
        assert_eq!(one.submit(&mut world, &page, &resolve, wrong).await.status, 409, "{wrong}");
    }
    assert_eq!(one.submit(&mut world, &page, &resolve, "verdict=maybe&reason=x").await.status, 404);
    let said = one.submit(&mut world, &page, &resolve, "verdict=failed&reason=the+bank+says+so").await;
    assert_eq!((said.status, said.header("location")), (303, Some("/console/decisions?done=2")));
    assert_eq!(status(&mut world).await, "UNKNOWN");
    // An order has at most one open proposal, whatever its verdict is.
    for verdict in ["failed", "done"] {
        let again = two.submit(&mut world, &page, &resolve, &format!("verdict={verdict}&reason=x")).await;
        assert_eq!(again.status, 409, "{verdict}");
    }
    let proposals = world.operator(Call::get("/admin/v1/proposals")).await.unwrap();
    assert_eq!(proposals.as_array().unwrap().len(), 1);
    let (id, open) = (proposals[0]["id"].as_i64().unwrap(), &proposals[0]);
    assert_eq!(
        json!([open["kind"], open["order"], open["verdict"], open["by"], open["reason"], open["state"]]),
        json!(["resolve", order.to_string(), "failed", "admin", "the bank says so", "open"])
    );
    let decide = format!("/console/decisions/{id}");
    let yes = format!("say=yes&version={}", open["version"].as_str().unwrap());
    let no = format!("say=no&version={}", open["version"].as_str().unwrap());
    // A decision names the version of the proposal that was read: its content may have changed meanwhile.
    for other in ["say=yes", "say=yes&version=", "say=yes&version=AAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(two.submit(&mut world, "/console/decisions", &decide, other).await.status, 409, "{other}");
    }
    assert_eq!(status(&mut world).await, "UNKNOWN");
    assert_eq!(one.submit(&mut world, "/console/decisions", &decide, &yes).await.status, 409, "its author");
    assert_eq!(status(&mut world).await, "UNKNOWN");
    assert_eq!(two.submit(&mut world, "/console/decisions", &decide, &yes).await.status, 303);
    assert_eq!(status(&mut world).await, "FAILED");
    // A proposal is decided once.
    assert_eq!(two.submit(&mut world, "/console/decisions", &decide, &no).await.status, 409);
    let approve = |form: &Value| Call::post(&format!("/admin/v1/proposals/{id}/approve")).bearer(OPERATOR).json(form);
    assert_eq!(world.send(&approve(&json!({"version": open["version"]}))).await.unwrap().status, 409);
    for (form, status) in [(json!({}), 400), (json!({"version": 5}), 400), (json!({"version": "other"}), 409)] {
        assert_eq!(world.send(&approve(&form)).await.unwrap().status, status, "{form}");
    }
    let lines = audit(&mut world, 4).await;
    let line = |by: &str, action: &str| (by.to_owned(), action.to_owned(), order.to_string());
    let expected = [
        line("api", "refused approve resolve"),
        line("second", "refused reject resolve"),
        line("second", "approve resolve"),
        line("admin", "refused approve resolve"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(one.submit(&mut world, &page, &resolve, "verdict=done&reason=x").await.status, 409, "decided");
    // A proposal whose order was decided in another way is shown as no longer needed, and cannot be approved.
    let order = unknown_order(&mut world, "daric-unknown-moot").await;
    let (page, resolve) = (format!("/console/orders/{order}"), format!("/console/orders/{order}/resolve"));
    assert_eq!(one.submit(&mut world, &page, &resolve, "verdict=done&reason=x").await.status, 303);
    let verdict = Call::post(&format!("/admin/v1/orders/{order}/resolve")).json(&json!({"verdict": "failed"}));
    world.operator(verdict).await.unwrap();
    let page = text(&two.get(&mut world, "/console/decisions?lang=en").await);
    assert!(page.contains("no longer needed") && !page.contains("Agree: do it"), "{page}");
    let proposals = world.operator(Call::get("/admin/v1/proposals")).await.unwrap();
    let decide = format!("/console/decisions/{}", proposals[0]["id"]);
    let version = proposals[0]["version"].as_str().unwrap();
    for (say, status) in [("yes", 409), ("no", 303)] {
        let form = format!("say={say}&version={version}");
        assert_eq!(two.submit(&mut world, "/console/decisions", &decide, &form).await.status, status);
    }
    // A rejected proposal does nothing. Its author may withdraw it.
    for (say, track_id) in [(&mut two, "daric-unknown-no"), (&mut one, "daric-unknown-back")] {
        let order = unknown_order(&mut world, track_id).await;
        let (page, resolve) = (format!("/console/orders/{order}"), format!("/console/orders/{order}/resolve"));
        let mut author = signed_in(&mut world, ADMIN).await;
        assert_eq!(author.submit(&mut world, &page, &resolve, "verdict=done&reason=x").await.status, 303);
        let proposals = world.operator(Call::get("/admin/v1/proposals")).await.unwrap();
        let decide = format!("/console/decisions/{}", proposals[0]["id"]);
        let no = format!("say=no&version={}", proposals[0]["version"].as_str().unwrap());
        assert_eq!(say.submit(&mut world, "/console/decisions", &decide, &no).await.status, 303);
        let found = world.operator(Call::get(&format!("/admin/v1/orders/{order}"))).await.unwrap();
        assert_eq!(found["status"], "UNKNOWN");
    }
}

/// Decides the newest proposal on the page; returns the status of the reply.
pub async fn send_decision(world: &mut World, tab: &mut Tab, say: &str) -> u16 {
    let proposals = world.operator(Call::get("/admin/v1/proposals")).await.unwrap();
    let (id, version) = (&proposals[0]["id"], proposals[0]["version"].as_str().unwrap());
    let form = format!("say={say}&version={version}");
    tab.submit(world, "/console/decisions", &format!("/console/decisions/{id}"), &form).await.status
}

/// second-edition.md 5: changes of operators need a second admin, who is another person.
#[apply(each_store)]
async fn an_admin_changes_operators_with_an_independent_admin_and_no_second_name_of_its_own(#[case] _on: OnStore) {
    const PAGE: &str = "/console/operators";
    let mut world = World::start("console-admins").await;
    let mut admin = signed_in(&mut world, ADMIN).await;
    // A single admin acts alone. An operator that it makes does not count as a second person.
    let form = "kind=new&disabled=no&name=mine&role=admin&password=mine-password";
    let reply = admin.submit(&mut world, PAGE, PAGE, form).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console/operators?done=1")));
    let mut mine = signed_in(&mut world, ("mine", "mine-password")).await;
    let made = "kind=new&disabled=no&name=worker&role=operator&password=worker-password";
    assert_eq!(admin.submit(&mut world, PAGE, PAGE, made).await.status, 409, "without a reason");
    let reply = admin.submit(&mut world, PAGE, PAGE, &format!("{made}&reason=hired")).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console/operators?done=2")));
    let names = async |world: &mut World| -> Vec<String> {
        let found = world.operator(Call::get("/admin/v1/operators")).await.unwrap();
        found.as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&mut world).await, ["admin", "mine"]);
    assert_eq!(send_decision(&mut world, &mut mine, "yes").await, 409, "one person");
    assert_eq!(send_decision(&mut world, &mut admin, "yes").await, 409, "its author");
    let mut second = operator(&mut world, "second", "admin").await;
    let mut clerk = operator(&mut world, "clerk", "operator").await;
    assert_eq!(send_decision(&mut world, &mut clerk, "yes").await, 409, "no admin");
    let proposals = world.operator(Call::get("/admin/v1/proposals")).await.unwrap();
    assert_eq!(
        json!([proposals[0]["kind"], proposals[0]["operator"]]),
        json!(["operator", {"name": "worker", "role": "operator", "disabled": false, "replaces": false}])
    );
    assert!(!proposals.to_string().contains("argon"), "{proposals}");
    assert_eq!(send_decision(&mut world, &mut second, "yes").await, 303);
    assert_eq!(names(&mut world).await, ["admin", "clerk", "mine", "second", "worker"]);
    let mut worker = signed_in(&mut world, ("worker", "worker-password")).await;
    // The worker's password was set by the author, so the worker may not approve what that author proposes about money.
    let order = unknown_order(&mut world, "daric-unknown-one-person").await;
    let (page, resolve) = (format!("/console/orders/{order}"), format!("/console/orders/{order}/resolve"));
    assert_eq!(admin.submit(&mut world, &page, &resolve, "verdict=failed&reason=x").await.status, 303);
    assert_eq!(send_decision(&mut world, &mut worker, "yes").await, 409);
    // Only an admin who is independent of both may confirm the worker.
    let confirm = "name=worker&on=admin";
    for (tab, status) in [(&mut admin, 409), (&mut mine, 409), (&mut clerk, 403), (&mut second, 303)] {
        let from = if status == 403 { "/console" } else { PAGE };
        let reply = tab.submit(&mut world, from, "/console/operators/confirm", confirm).await;
        assert_eq!(reply.status, status, "{reply}");
    }
    assert_eq!(second.submit(&mut world, PAGE, "/console/operators/confirm", confirm).await.status, 409, "once");
    assert_eq!(send_decision(&mut world, &mut worker, "yes").await, 303);
    // The holder of the settings' token confirms through the API.
    let found = world.operator(Call::get("/admin/v1/operators")).await.unwrap();
    assert_eq!(found[2]["dependsOn"][0]["on"], "admin", "{found}");
    let form = json!({"on": "admin"});
    let found = world.operator(Call::post("/admin/v1/operators/mine/confirm").json(&form)).await.unwrap();
    assert_eq!(found["dependsOn"], json!([]));
    // An operator changes its own password alone.
    let own = "kind=change&name=second&role=admin&disabled=no&password=second-own";
    let own = &format!("{own}&version={}", version(&mut world, "second").await);
    assert_eq!(second.submit(&mut world, PAGE, PAGE, own).await.header("location"), Some("/console/operators?done=1"));
    // Sign-ins, refusals and approvals are in the audit.
    let mut tab = Tab::of(world.server.address);
    assert_eq!(sign_in(&mut world, &mut tab, "second", "wrong", "/console").await.status, 401);
    assert_eq!(sign_in(&mut world, &mut tab, "typed", "wrong", "/console").await.status, 401);
    let lines = audit(&mut world, 60).await;
    for (by, action, subject) in [
        ("-", "sign-in refused", "127.0.0.1"),
        ("second", "sign-in refused", "127.0.0.1"),
        ("second", "sign in", "127.0.0.1"),
        ("second", "operator", "second"),
        ("api", "confirm operator", "mine"),
        ("second", "confirm operator", "worker"),
        ("clerk", "refused page", "/console/operators/confirm"),
        ("admin", "refused confirm operator", "worker"),
        ("second", "approve operator", "worker"),
        ("clerk", "refused approve operator", "worker"),
        ("mine", "refused approve operator", "worker"),
        ("admin", "propose operator", "worker"),
        ("admin", "operator", "mine"),
    ] {
        let line = (by.to_owned(), action.to_owned(), subject.to_owned());
        assert!(lines.contains(&line), "{line:?}: {lines:?}");
    }
}

/// demo.md: `POST /suspense/{entry}/release`.
#[apply(each_store)]
async fn money_in_suspense_goes_to_its_owner_once(#[case] _on: OnStore) {
    let mut world = World::start("console-suspense").await;
    // The gateway's payer is not known by name, so its refund goes to suspense.
    let invoice = world.issue(SHOP, &format!("redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"))).await;
    world.follow(&invoice, "gateway=LOC").await;
    world.pod_done(SHOP, 29810, &format!("id={}", invoice["id"])).await;
    assert_eq!(world.account(3_001).await.unwrap(), 54_500);
    let ali = 2_000_000_001_010_000_i64;
    let before = world.account(ali).await.unwrap();
    let release = |entry: i64, form: Value| {
        Call::post(&format!("/admin/v1/suspense/{entry}/release")).bearer(OPERATOR).json(&form)
    };
    for (entry, form, status) in [
        (1, json!({"account": ali}), 400),
        (1, json!({"account": ali, "reason": ""}), 400),
        (1, json!({"account": "x", "reason": "r"}), 400),
        (1, json!({"account": 77, "reason": "r"}), 409),
        (1, json!({"account": 3_001, "reason": "r"}), 409),
        (1, json!({"account": 3_002, "reason": "r"}), 409),
        (1, json!({"account": 3_004, "reason": "r"}), 409),
        (9, json!({"account": ali, "reason": "r"}), 404),
    ] {
        let reply = world.send(&release(entry, form.clone())).await.unwrap();
        assert_eq!(reply.status, status, "{entry} {form}: {reply}");
    }
    assert_eq!(world.account(3_001).await.unwrap(), 54_500);
    let good = json!({"account": ali, "reason": "the payer's wallet"});
    assert_eq!(world.send(&release(1, good.clone())).await.unwrap().status, 204);
    assert_eq!((world.account(3_001).await.unwrap(), world.account(ali).await.unwrap()), (0, before + 54_500));
    for entry in [1, 2] {
        assert_eq!(world.send(&release(entry, good.clone())).await.unwrap().status, 409, "released, or no credit");
    }
    let lines = audit(&mut world, 2).await;
    assert_eq!([&*lines[0].1, &*lines[1].1], ["refused release suspense", "release suspense"]);
    let mut admin = signed_in(&mut world, ADMIN).await;
    let page = text(&admin.get(&mut world, "/console/accounts/3001?lang=en").await);
    assert!(page.contains("54,500") && page.contains("released"), "{page}");
}

/// The search finds an object by each of its numbers, in every spelling.
#[apply(each_store)]
async fn a_number_is_found_however_it_is_written(#[case] _on: OnStore) {
    let mut world = World::start("console-search").await;
    let token = world.grant(Grant::default()).await.unwrap();
    world.transfer(&token, "found-by-track-id", &harness::world::fifty_thousand()).await.unwrap();
    let order = world.operator(Call::get("/admin/v1/orders?client=drops")).await.unwrap()[0].clone();
    let invoice = world.issue(SHOP, &format!("userId=101&billNumber=B-77&{}", line(50_000, "1"))).await;
    let pin = world.asked("order-in-hand", 25_000).await;
    let paid = world.send(&pay_call(CARD, "order-in-hand", 25_000, &pin)).await.unwrap().json().unwrap();
    let phone = world.operator(Call::get("/admin/v1/phone-orders")).await.unwrap()[0].clone();
    let (ref_id, transfer) = (phone["refId"].as_str().unwrap().to_owned(), phone["transfer"].clone());
    let (order_page, invoice_page) =
        (format!("/console/orders/{}", order["id"]), format!("/console/invoices/{}", invoice["id"]));
    let phone_page = format!("/console/phone/{}", phone["id"]);
    let deposit = format!("/console/accounts/{}", world.deposit_id("0302876214008").await);
    let drops = "IR230620000000302876214008";
    let mut tab = signed_in(&mut world, ADMIN).await;
    for (query, to) in [
        ("found-by-track-id".to_owned(), &order_page),
        (order["refCode"].as_str().unwrap().to_owned(), &order_page),
        (order["id"].to_string(), &order_page),
        (invoice["id"].to_string(), &invoice_page),
        (invoice["paymentBillNumber"].as_str().unwrap().to_owned(), &invoice_page),
        (invoice["uniqueNumber"].as_str().unwrap().to_owned(), &invoice_page),
        ("B-77".to_owned(), &invoice_page),
        ("order-in-hand".to_owned(), &phone_page),
        (ref_id, &phone_page),
        (phone["id"].to_string(), &phone_page),
        ("0302876214008".to_owned(), &deposit),
    ] {
        let page = text(&tab.submit(&mut world, "/console/search", "/console/search", &format!("q={query}")).await);
        assert!(page.contains(&format!("href=\"{to}\"")), "{query}: {to} {page}");
    }
    for (query, said) in [
        (format!("%23{transfer}"), "/console/accounts/"),
        ("502200+0000".to_owned(), "502200******0000"),
        ("502200******0000".to_owned(), "502200******0000"),
        ("5022000000".to_owned(), "502200******0000"),
        ("5022+0000+1234+0000".to_owned(), "502200******0000"),
        ("9121234567".to_owned(), ">ali<"),
        ("%2B989121234567".to_owned(), ">ali<"),
        ("shop".to_owned(), ">shop<"),
        ("drop".to_owned(), "href=\"/console/orders?of=drops\""),
        ("9123456789".to_owned(), &phone_page),
        ("B-77".to_owned(), "value=\"B-77\""),
        (drops.to_owned(), &deposit),
        (drops[2..].to_owned(), &deposit),
        (drops.to_lowercase(), &deposit),
        (format!("{}+{}", &drops[..4], &drops[4..]), &deposit),
    ] {
        let page = text(&tab.submit(&mut world, "/console/search", "/console/search", &format!("q={query}")).await);
        assert!(page.contains(said), "{query}: {said} {page}");
    }
    // The page shows the entries, too: password, payment, and both accounts.
    let page = text(&tab.get(&mut world, &format!("{phone_page}?lang=en")).await);
    for part in [
        "Password asked for",
        "order-in-hand",
        "502200******0000",
        "Posted 25,000 rials",
        "refID",
        "/console/accounts/",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // The card's number is there only in the call, as the log of a sandbox's requests shows it.
    let (known, _) = page.split_once("The call that began it").unwrap();
    assert!(!paid.is_null() && !known.contains("5022000012340000"), "{page}");
    let list = text(&tab.get(&mut world, "/console/phone").await);
    assert!(list.contains(&phone_page), "{list}");
    // The refCode has sixteen digits, as in replies.
    let page = text(&tab.get(&mut world, &order_page).await);
    assert!(page.contains(order["refCode"].as_str().unwrap()), "{page}");
    let csv = text(&tab.get(&mut world, &format!("{deposit}/statement.csv")).await);
    assert!(
        csv.starts_with(
            "\u{feff}entry,at,jalali,side,amount,balance_after,transfer,cause,track_id,description,counterparty\r\n"
        ),
        "{csv}"
    );
}

/// A card number is in no address: neither of a page, nor in a link, nor in the target after a sign-in.
#[apply(each_store)]
async fn a_card_is_searched_by_a_form_and_stands_in_no_address(#[case] _on: OnStore) {
    let mut world = World::start("console-card-search").await;
    let mut tab = signed_in(&mut world, ADMIN).await;
    let mut out = Tab::of(world.server.address);
    for written in
        ["5022000012340000", "5022-0000-1234-0000", "5022+0000+1234+0000", "%35022000012340000", "۵۰۲۲۰۰۰۰۱۲۳۴۰۰۰۰"]
    {
        for path in [format!("/console/search?q={written}"), format!("/console/orders?which=x&q={written}")] {
            for tab in [&mut tab, &mut out] {
                let reply = tab.get(&mut world, &path).await;
                assert_eq!((reply.status, reply.header("location")), (400, None), "{path}");
                assert!(!text(&reply).contains(written) && !text(&reply).contains("5022"), "{path}");
            }
        }
        let listed = tab.get(&mut world, "/console/accounts?after=2000000001010000").await;
        assert_eq!(listed.status, 200, "an account's number");
        let next = format!("/console/login?next=%2Fconsole%2Fsearch%3Fq%3D{written}");
        assert!(!text(&out.get(&mut world, &next).await).contains("q=5022"), "{next}");
        let found = tab.submit(&mut world, "/console", "/console/search", &format!("q={written}")).await;
        let page = text(&found);
        assert!(found.status == 200 && page.contains("502200******0000"), "{written}: {page}");
        assert!(!page.contains("5022000012340000") && found.header("location").is_none(), "{page}");
        let links = page.split(['"', '\'']).filter(|part| part.starts_with('/'));
        assert!(links.into_iter().all(|link| !link.contains("1234")), "{page}");
    }
}

/// The sandbox's panel: the clock is moved from any state, and a reset needs a confirmation.
#[apply(each_store)]
async fn the_sandbox_is_moved_and_reset_by_operators_who_may(#[case] _on: OnStore) {
    let mut world = World::start("console-sandbox").await;
    world.operator(Call::post("/admin/v1/clock").json(&json!({"run": "system"}))).await.unwrap();
    let mut admin = signed_in(&mut world, ADMIN).await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    let post = async |tab: &mut Tab, world: &mut World, path: &str, form: &str| {
        tab.submit(world, "/console/sandbox", &format!("/console/sandbox/{path}"), form).await.status
    };
    // A running clock runs on from where it was moved to; then it is frozen.
    assert_eq!(post(&mut worker, &mut world, "clock", "advance=PT1H").await, 303);
    assert_eq!(admin.get(&mut world, "/console").await.status, 200, "an hour of the sandbox's clock");
    let first = world.operator(Call::get("/admin/v1/clock")).await.unwrap();
    assert_eq!(first["mode"], "running");
    assert_eq!(post(&mut worker, &mut world, "clock", "freeze=now").await, 303);
    let first = world.operator(Call::get("/admin/v1/clock")).await.unwrap();
    assert_eq!(world.operator(Call::get("/admin/v1/clock")).await.unwrap(), first, "it stands");
    assert_eq!(post(&mut worker, &mut world, "clock", "run=idle").await, 303);
    assert_eq!(post(&mut worker, &mut world, "scenarios", "scenario=busy-three-times&trackId=c-").await, 303);
    let page = text(&worker.get(&mut world, "/console/sandbox").await);
    assert_eq!(page.matches("error:server is busy").count(), 3, "{page}");
    assert_eq!(post(&mut worker, &mut world, "snapshots", "name=x").await, 403);
    assert_eq!(post(&mut admin, &mut world, "snapshots", "name=x").await, 303);
    assert!(text(&admin.get(&mut world, "/console/sandbox").await).contains("/console/sandbox/snapshots/load"));
    assert_eq!(post(&mut admin, &mut world, "snapshots/load", "name=none").await, 409);
    assert_eq!(post(&mut admin, &mut world, "snapshots/load", "name=x").await, 303);
    assert_eq!(post(&mut admin, &mut world, "snapshots/drop", "name=x").await, 303);
    assert_eq!(post(&mut worker, &mut world, "clock", "advance=nonsense").await, 409);
    assert_eq!(post(&mut worker, &mut world, "faults", "fault=rail_timeout&operation=transferTo&amount=5").await, 303);
    let page = text(&worker.get(&mut world, "/console/sandbox").await);
    assert!(page.contains("operation=transferTo amount=5 nth=1"), "{page}");
    for form in ["", "confirm=", "confirm=yes"] {
        assert_eq!(post(&mut admin, &mut world, "reset", form).await, 409, "{form}");
    }
    assert_eq!(post(&mut worker, &mut world, "reset", "confirm=reset").await, 403);
    assert_eq!(world.operator(Call::get("/admin/v1/operators")).await.unwrap().as_array().unwrap().len(), 2);
    assert_eq!(post(&mut admin, &mut world, "reset", "confirm=reset").await, 303);
    assert_eq!(world.operator(Call::get("/admin/v1/operators")).await.unwrap().as_array().unwrap().len(), 1);
}

#[apply(each_store)]
async fn invoices_of_all_businesses_are_listed_for_the_operator(#[case] _on: OnStore) {
    let mut world = World::start("console-invoices").await;
    let first = world.issue_to_ali("billNumber=A").await;
    let second = world.issue_to_ali("billNumber=B").await;
    let pay = format!("invoiceId={first}&wallet=PODLAND_WALLET");
    world.pod_done(harness::pod::ALI, 29821, &pay).await;
    let all = world.operator(Call::get("/admin/v1/invoices")).await.unwrap();
    let row = |invoice: &Value| {
        json!([invoice["id"], invoice["billNumber"], invoice["state"], invoice["means"], invoice["received"]])
    };
    assert_eq!(row(&all[0]), json!([second, "B", "issued", null, 0]));
    assert_eq!(row(&all[1]), json!([first, "A", "payed", "wallet", 54_500]));
    let page = world.operator(Call::get(&format!("/admin/v1/invoices?before={second}&limit=1"))).await.unwrap();
    assert_eq!(json!([page.as_array().unwrap().len(), page[0]["id"]]), json!([1, first]));
    let one = world.operator(Call::get(&format!("/admin/v1/invoices/{first}"))).await.unwrap();
    assert_eq!(one, all[1]);
    for (path, status) in
        [("/admin/v1/invoices?limit=0", 400), ("/admin/v1/invoices?x=1", 400), ("/admin/v1/invoices/1", 404)]
    {
        assert_eq!(world.send(&Call::get(path).bearer(OPERATOR)).await.unwrap().status, status, "{path}");
    }
}

/// Every page that the console's own navigation leads to, in both languages.
#[apply(each_store)]
async fn the_console_has_words_and_digits_of_its_language_and_no_head_without_a_word(#[case] _on: OnStore) {
    let mut world = World::start("console-digits").await;
    let token = world.grant(Grant::default()).await.unwrap();
    world.transfer(&token, "listed", &harness::world::fifty_thousand()).await.unwrap();
    world.issue_to_ali("").await;
    world.asked("order-listed", 25_000).await;
    let mut tab = signed_in(&mut world, ADMIN).await;
    let paid = world.issue_to_ali("").await;
    world.pod_done(harness::pod::ALI, 29821, &format!("invoiceId={paid}&wallet=PODLAND_WALLET")).await;
    let page = text(&tab.get(&mut world, &format!("/console/invoices/{paid}?lang=fa")).await);
    assert!(page.contains("<bdi>کیف پول</bdi>") && !page.contains("wallet"), "{page}");
    assert!(!page.contains("#1"), "numbers of transfers, too: {page}");
    let overview = text(&tab.get(&mut world, "/console?lang=fa").await);
    let places: Vec<String> =
        overview.split("href=\"").filter_map(|rest| rest.split_once('"')).map(|(to, _)| to.to_owned()).collect();
    let mut lists = BTreeSet::new();
    for place in places
        .iter()
        .filter(|to| to.starts_with("/console") && !to.contains('?') && !to.ends_with(|c: char| c.is_ascii_digit()))
    {
        for (lang, is_digit) in
            [("fa", (|c| ('۰'..='۹').contains(&c)) as fn(char) -> bool), ("en", |c| c.is_ascii_digit())]
        {
            let page = text(&tab.get(&mut world, &format!("{place}?lang={lang}")).await);
            assert!(!page.contains("<th scope=\"col\"></th>"), "{place}: a head without a word");
            let says = page.matches("موجودی کارت کافی نیست").count();
            let wanted = if lang == "fa" && place == "/console/sandbox" { 2 } else { 0 };
            assert_eq!(says, wanted, "{place} in {lang}: the reasons of magic values");
            for link in page.split("<a href=\"/console/").skip(1) {
                let (to, rest) = link.split_once('"').unwrap();
                let shown = rest.split_once("<bdi>").and_then(|(_, rest)| rest.split_once("</bdi>"));
                let (Some((list, id)), Some((shown, _))) = (to.split_once('/'), shown) else { continue };
                if !["requests", "looks"].contains(&list)
                    && id.bytes().all(|byte| byte.is_ascii_digit())
                    && rest.starts_with("><bdi>")
                {
                    assert!(shown.chars().all(is_digit), "{place} in {lang}: {shown} leads to {to}");
                    lists.insert(list.to_owned());
                }
            }
        }
    }
    let wanted = ["accounts", "invoices", "orders", "phone"];
    assert!(wanted.iter().all(|list| lists.contains(*list)), "only seen: {lists:?}");
}

/// The console shows requests to the platforms as they were sent, and nothing that opens this server itself; the log and the disk have no secrets.
#[apply(each_store)]
async fn requests_are_shown_as_they_were_sent_and_without_what_opens_the_server(#[case] _on: OnStore) {
    let mut world = World::start("console-requests").await;
    let token = world.grant(Grant::default()).await.unwrap();
    let balance =
        Call::get("/oak/v2/clients/drops/deposits/0302876214008/balance").query("trackId", "kept").bearer(&token.value);
    let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    let came = world.follow(&invoice, "gateway=PEP").await;
    let card = came.header("location").unwrap().to_owned();
    let session = card.trim_end_matches("/card").rsplit('/').next().unwrap().to_owned();
    let mut tab = Tab::of(world.server.address);
    let form = "pan=5022000012340000&cvv2=123&exp_year=1408&exp_month=12";
    tab.submit(&mut world, &card, &format!("{card}/otp"), form).await;
    let asked = tab.get(&mut world, &format!("{card}/otp")).await;
    let sealed = field(&asked, "card").unwrap();
    let sms = world.newest_sms("+989123456789").await.unwrap();
    let otp = sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
    let paid = tab.submit(&mut world, &card, &format!("{card}/pay"), &format!("card={sealed}&otp={otp}")).await;
    assert_eq!(paid.header("location"), Some(format!("{}/result", card.trim_end_matches("/card")).as_str()), "{paid}");
    tab.log_in(&mut world, "ali").await;
    let shown = tab.cookie("daric_sso").unwrap().to_owned();
    let pin =
        json!({"amount": 1, "pan": "5022000012340000", "order_id": "o", "sequence": "s", "pin": "98765", "ivr": 1});
    world.send(&Call::post("/api/ivr/bpm/pay").json(&pin)).await.unwrap();
    world.send(&balance).await.unwrap();
    // Card numbers, and values that open a log-in, in addresses.
    for path in [
        "/console/login?next=%2Fx%2F4222222222222",
        "/nothing/4222222222222",
        "/oauth2/authorize?client_id=shop&state=state-of-shop&code_challenge=challenge-of-shop&username=name-of-ali",
    ] {
        world.send(&Call::get(path)).await.unwrap();
    }
    // A character that turns the direction of text is closed behind it.
    let turned = Call::post("/admin/v1/clients").bearer(OPERATOR).json(&json!({"id": "\u{202E}turned"}));
    world.send(&turned).await.unwrap();
    let mut admin = signed_in(&mut world, ADMIN).await;
    let list = text(&admin.get(&mut world, "/console/requests").await);
    let mut paths: Vec<&str> =
        list.split("href=\"/console/requests/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    paths.dedup();
    assert!(paths.len() > 15, "{paths:?}");
    let mut all = list.clone();
    for id in &paths {
        let page = admin.get(&mut world, &format!("/console/requests/{id}")).await;
        assert_eq!(page.status, 200);
        all.push_str(&text(&page));
    }
    for (secret, what) in [
        (OPERATOR, "the operator's token"),
        ("daric-admin", "an operator's password"),
        ("/console/login?next=", "an address of the console"),
    ] {
        assert!(!all.contains(secret), "{what} is shown");
    }
    // The command that repeats the request has the same method, address and fields.
    for part in [
        "curl -i -X GET",
        "/oak/v2/clients/drops/deposits/0302876214008/balance?trackId=kept",
        &format!("authorization: Bearer {}", token.value),
        "authorization: Bearer $DARIC_OPERATOR_TOKEN",
        "pan=5022000012340000",
        "cvv2=123",
        &otp,
        "98765",
        SHOP,
        "state=state-of-shop",
    ] {
        assert!(all.contains(part), "{part}");
    }
    // Filters.
    for (query, wanted) in [
        ("trackId=kept", "trackId=kept"),
        ("dialect=paystar&orderId=o", "/api/ivr/bpm/pay"),
        ("status=4xx&client=shop", "/oauth2/authorize"),
        (&format!("invoice={}", invoice["id"]), "/srv/sc/nzh/doServiceCall"),
    ] {
        let page = text(&admin.get(&mut world, &format!("/console/requests?{query}")).await);
        assert_eq!(
            (page.matches("href=\"/console/requests/").count(), page.contains(wanted)),
            (1, true),
            "{query}: {page}"
        );
    }
    let count = |c: char| all.matches(c).count();
    assert!(all.contains("\u{202E}turned") && count('\u{202E}') == count('\u{202C}'), "it turns what follows");
    assert_eq!(admin.get(&mut world, "/console/requests/zz").await.status, 404);
    assert_eq!(admin.get(&mut world, "/console/requests/ffffffffffff").await.status, 404);
    // The server's log has none of the secrets either.
    let printed = world.home.printed();
    for secret in [token.value.as_str(), "5022000012340000", "4222222222222", &session, &shown, "state-of-shop"] {
        assert!(!printed.contains(secret), "{secret} in the log");
    }
    // Times and durations contain five digits by chance, so codes are searched as separate values.
    let timed = |word: &&str| !word.starts_with("micros=") && !word.starts_with("reference=");
    let values = printed.split_whitespace().filter(timed).flat_map(|word| word.split(|c: char| !c.is_alphanumeric()));
    for value in values {
        assert!(value != otp && value != "98765", "{value} in the log");
    }
    for secret in ["5022000012340000", session.as_str(), shown.as_str()] {
        assert_eq!(world.home.files_with(secret), Vec::<std::path::PathBuf>::new());
    }
}

/// second-edition.md 5: an operator is named in the audit, so no name imitates another.
#[apply(each_store)]
async fn a_new_name_is_of_one_script_and_looks_like_no_other(#[case] _on: OnStore) {
    let mut world = World::start("console-names").await;
    make(&mut world, "maria", "viewer").await;
    let mut tab = signed_in(&mut world, ADMIN).await;
    for (name, status) in [
        ("-x", 400),
        ("x\u{200c}y", 400),
        ("\u{430}dmin", 400),
        ("1x", 400),
        ("x  y", 400),
        ("api:x", 400),
        ("api", 409),
        ("Admin", 409),
        ("rnaria", 409),
        ("admın", 409),
        ("مریم", 201),
        ("مريم", 409),
        ("mary.r-2", 201),
    ] {
        let form = json!({"name": name, "password": "a-password", "role": "viewer"});
        let reply = world.send(&Call::post("/admin/v1/operators").bearer(OPERATOR).json(&form)).await.unwrap();
        assert_eq!(reply.status, status, "{name:?}: {reply}");
        assert!(status == 201 || reply.json().unwrap()["error"]["field"] == "name", "{reply}");
        let form = json!({"name": name, "role": "viewer", "days": 1});
        let reply = world.send(&Call::post("/admin/v1/operator-tokens").bearer(OPERATOR).json(&form)).await.unwrap();
        // Names of tokens are compared with those of other tokens only.
        let of_token = if matches!(name, "Admin" | "rnaria") { 201 } else { status };
        assert_eq!(reply.status, of_token, "{name:?}: {reply}");
    }
    let form = "kind=new&disabled=no&name=Maria&role=viewer&password=a-password";
    assert_eq!(tab.submit(&mut world, "/console/operators", "/console/operators", form).await.status, 409);
    // A proposed name that was free is refused at the approval, if a similar one was made meanwhile.
    let form = json!({"name": "second", "password": "second-password", "role": "admin"});
    world.operator(Call::post("/admin/v1/operators").json(&form)).await.unwrap();
    let mut two = signed_in(&mut world, ("second", "second-password")).await;
    let form = "kind=new&disabled=no&name=lisa&role=viewer&password=a-password&reason=hired";
    assert_eq!(tab.submit(&mut world, "/console/operators", "/console/operators", form).await.status, 303);
    make(&mut world, "Iisa", "viewer").await;
    assert_eq!(send_decision(&mut world, &mut two, "yes").await, 409);
    // A change does not check the name: there may be older names.
    let put = Call::new("PUT", "/admin/v1/operators/-x").bearer(OPERATOR).json(&json!({"role": "viewer"}));
    assert_eq!(world.send(&put).await.unwrap().status, 404);
}

/// Wrong passwords from other addresses do not lock an operator out of the address where it has signed in.
#[apply(each_store)]
async fn an_address_that_signed_in_is_not_locked_out_by_others(#[case] _on: OnStore) {
    let launch = harness::server::Launch { args: &["--trusted-proxies", "127.0.0.1"], env: &[] };
    let mut world = World::launch("console-known-address", launch).await;
    let address = world.server.address;
    let from = |host: &str| {
        let mut tab = Tab::of(address);
        tab.headers.push(("x-forwarded-for", host.to_owned()));
        tab
    };
    let mut desk = from("203.0.113.1");
    assert_eq!(sign_in(&mut world, &mut desk, ADMIN.0, ADMIN.1, "/console").await.status, 303);
    // Others use up the budget of the name for this minute.
    let mut last = 0;
    for number in 0..70 {
        let mut other = from(&format!("198.51.100.{}", number / 9));
        last = sign_in(&mut world, &mut other, ADMIN.0, "guess", "/console").await.status;
    }
    assert_eq!(last, 429);
    let mut stranger = from("198.51.100.200");
    assert_eq!(sign_in(&mut world, &mut stranger, ADMIN.0, ADMIN.1, "/console").await.status, 429);
    assert_eq!(sign_in(&mut world, &mut desk, ADMIN.0, "guess", "/console").await.status, 401);
    assert_eq!(sign_in(&mut world, &mut desk, ADMIN.0, ADMIN.1, "/console").await.status, 303);
}
