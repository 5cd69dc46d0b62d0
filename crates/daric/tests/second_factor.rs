//! The second factor of operators: required in production, required in a sandbox of those who have enrolled; each code is accepted once.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::net::SocketAddr;
use std::path::PathBuf;

use harness::browser::{Tab, text};
use harness::client::Call;
use harness::device::{Device, STEP, enrol, recovery_codes, send_code, show_code, show_password};
use harness::production::{KEY, OPERATOR, Production};
use harness::server::Home;
use harness::world::{Caller, World};
use serde_json::{Value, json};

async fn call_as_operator(caller: &mut Caller, call: Call) -> (u16, Value) {
    let reply = caller.send(&call.bearer(OPERATOR)).await.unwrap();
    (reply.status, reply.json().unwrap_or_default())
}

async fn make(caller: &mut Caller, name: &str, role: &str) {
    let form = json!({"name": name, "password": password(name), "role": role});
    assert_eq!(call_as_operator(caller, Call::post("/admin/v1/operators").json(&form)).await.0, 201);
}

fn password(name: &str) -> String {
    format!("{name}-long-password")
}

/// The newest audit lines: author, action, detail.
async fn audit(caller: &mut Caller, lines: usize) -> Vec<(String, String, String)> {
    let (status, found) = call_as_operator(caller, Call::get(&format!("/admin/v1/audit?limit={lines}"))).await;
    assert_eq!(status, 200);
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let line = |line: &Value| (text(line, "by"), text(line, "action"), text(line, "detail"));
    found.as_array().unwrap().iter().map(line).collect()
}

fn line(by: &str, action: &str, detail: &str) -> (String, String, String) {
    (by.to_owned(), action.to_owned(), detail.to_owned())
}

async fn is_in(caller: &mut Caller, tab: &mut Tab) -> bool {
    match tab.get(caller, "/console").await.status {
        200 => true,
        302 => false,
        other => panic!("{other}"),
    }
}

async fn production(home: &Home) -> (Production, Caller, SocketAddr) {
    let server = Production::start(home, KEY);
    let caller = Caller::of_production(server.1).await;
    let address = server.1;
    (server, caller, address)
}

/// RFC 6238: a code is valid in its step, one step before and one after, and once.
#[apply(each_store)]
async fn production_asks_for_a_device_after_the_password_and_takes_each_code_once(#[case] _on: OnStore) {
    let home = Home::new("factor-production");
    let (_server, mut caller, address) = production(&home).await;
    make(&mut caller, "first", "admin").await;
    let mut tab = Tab::of(address);
    show_password(&mut caller, &mut tab, "first", &password("first")).await;
    // The session of the password opens nothing else, whatever its cookie is called.
    assert!(!is_in(&mut caller, &mut tab).await);
    let shown = tab.cookie("daric_console_step").unwrap().to_owned();
    let mut liar = tab.clone();
    liar.set_cookie("daric_console", &shown);
    assert!(!is_in(&mut caller, &mut liar).await);
    assert_eq!(liar.get(&mut caller, "/console/factor").await.status, 302);
    // Each view of the page has another secret; the secret of a sent form stays until it is enrolled.
    let (page, other) = (tab.get(&mut caller, STEP).await, tab.get(&mut caller, STEP).await);
    let mut device = Device::of(&page);
    assert_ne!(Device::of(&other).secret, device.secret);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let again = send_code(&mut caller, &mut tab, &page, STEP, &device.wrong_code()).await;
    assert_eq!((again.status, Device::of(&again).secret), (401, device.secret.clone()));
    for none in ["", "12345", "1234567", "abcdef", "%E2%82%AC"] {
        assert_eq!(send_code(&mut caller, &mut tab, &page, STEP, none).await.status, 401, "{none}");
    }
    // A form of another session, and a form without its token.
    let mut stranger = Tab::of(address);
    show_password(&mut caller, &mut stranger, "first", &password("first")).await;
    let code = device.code();
    assert_eq!(send_code(&mut caller, &mut stranger, &page, STEP, &code).await.status, 403);
    assert_eq!(tab.post(&mut caller, STEP, &format!("code={code}")).await.status, 403);
    // Digits are accepted as phones write them.
    let persian: String = code.chars().map(|c| char::from_u32('۰' as u32 + c.to_digit(10).unwrap()).unwrap()).collect();
    let written = format!("{}+{}", &persian[..6], &persian[6..]);
    let codes = recovery_codes(&send_code(&mut caller, &mut tab, &again, STEP, &written).await);
    assert!(is_in(&mut caller, &mut tab).await);
    // After the enrolment neither this form nor another browser's form enrols a second device.
    assert_eq!(send_code(&mut caller, &mut tab, &again, STEP, &code).await.status, 403);
    let mut late = Device::of(&other);
    assert!(!text(&stranger.get(&mut caller, STEP).await).contains("id=\"secret\""));
    assert_eq!(show_code(&mut caller, &mut stranger, &late.code()).await.status, 401);
    // A used code is not accepted again, the next one is, and an older one is not.
    assert_eq!(show_code(&mut caller, &mut stranger, &code).await.status, 401);
    let next = device.code();
    let reply = show_code(&mut caller, &mut stranger, &next).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console")), "{reply}");
    assert!(is_in(&mut caller, &mut stranger).await && is_in(&mut caller, &mut tab).await);
    for used in [&next, &code] {
        let mut third = Tab::of(address);
        show_password(&mut caller, &mut third, "first", &password("first")).await;
        assert_eq!(show_code(&mut caller, &mut third, used).await.status, 401);
    }
    // A recovery code is accepted once, written with or without its dash.
    let mut lost = Tab::of(address);
    for (code, status) in
        [(codes[0].clone(), 303), (codes[0].clone(), 401), (codes[9].replace('-', "").to_uppercase(), 303)]
    {
        show_password(&mut caller, &mut lost, "first", &password("first")).await;
        assert_eq!(show_code(&mut caller, &mut lost, &code).await.status, status, "{code}");
        assert!(is_in(&mut caller, &mut lost).await);
    }
    let page = text(&lost.get(&mut caller, "/console/factor?lang=en").await);
    assert!(page.contains("Recovery codes left") && page.contains(">8<"), "{page}");
    let lines = audit(&mut caller, 40).await;
    for line in [
        line("first", "password", ""),
        line("first", "sign-in refused", "wrong code"),
        line("first", "second factor", "enrolled"),
        line("first", "second factor", "recovery code"),
        line("first", "sign in", ""),
    ] {
        assert!(lines.contains(&line), "{line:?}: {lines:?}");
    }
    // No secret is stored in clear.
    for secret in [&device.secret, &codes[1], &codes[1].replace('-', ""), &shown] {
        assert_eq!(home.files_with(secret), Vec::<PathBuf>::new());
    }
    assert!(!format!("{lines:?}").contains(&device.secret));
}

/// Wrong codes use up the tries of the name from its address, and a right password gives none of them back.
#[apply(each_store)]
async fn wrong_codes_count_as_wrong_passwords_do(#[case] _on: OnStore) {
    let home = Home::new("factor-limits");
    let (_server, mut caller, address) = production(&home).await;
    make(&mut caller, "first", "admin").await;
    make(&mut caller, "second", "admin").await;
    let mut tab = Tab::of(address);
    let (mut device, codes) = enrol(&mut caller, &mut tab, "first", &password("first")).await;
    for _ in 0..2 {
        show_password(&mut caller, &mut tab, "first", &password("first")).await;
        for _ in 0..5 {
            assert_eq!(show_code(&mut caller, &mut tab, &device.wrong_code()).await.status, 401);
        }
    }
    let code = device.code();
    for right in [&code, &codes[0]] {
        assert_eq!(show_code(&mut caller, &mut tab, right).await.status, 401, "locked");
    }
    let form = format!("name=first&password={}&next=/console", password("first"));
    let reply = tab.submit(&mut caller, "/console/login", "/console/login", &form).await;
    assert_eq!(reply.status, 401, "locked");
    // An operator who has signed in stays so; other names are not locked.
    assert!(is_in(&mut caller, &mut tab).await);
    enrol(&mut caller, &mut Tab::of(address), "second", &password("second")).await;
}

/// second-edition.md 5: changes of operators need a second admin.
#[apply(each_store)]
async fn another_admin_takes_a_second_factor_away_with_a_second_one(#[case] _on: OnStore) {
    let home = Home::new("factor-reset");
    let (_server, mut caller, address) = production(&home).await;
    let mut tabs = Vec::new();
    let mut devices = Vec::new();
    for (name, role) in [("third", "viewer"), ("first", "admin"), ("second", "admin")] {
        make(&mut caller, name, role).await;
        let mut tab = Tab::of(address);
        devices.push(enrol(&mut caller, &mut tab, name, &password(name)).await.0);
        tabs.push(tab);
    }
    let [mut three, mut one, mut two] = <[Tab; 3]>::try_from(tabs).unwrap_or_else(|_| panic!("three"));
    let (page, path) = ("/console/operators", "/console/operators/factor");
    assert_eq!(three.submit(&mut caller, "/console", path, "name=third&reason=x").await.status, 403);
    assert_eq!(one.submit(&mut caller, page, path, "name=third").await.status, 409, "without a reason");
    let reply = one.submit(&mut caller, page, path, "name=third&reason=lost").await;
    assert_eq!(reply.header("location"), Some("/console/operators?done=2"), "{reply}");
    let (_, open) = call_as_operator(&mut caller, Call::get("/admin/v1/proposals")).await;
    assert_eq!(json!([open[0]["kind"], open[0]["factorOf"], open[0]["by"]]), json!(["resetFactor", "third", "first"]));
    assert!(is_in(&mut caller, &mut three).await, "proposed only");
    let decide = format!("/console/decisions/{}", open[0]["id"]);
    let yes = format!("say=yes&version={}", open[0]["version"].as_str().unwrap());
    for (tab, status) in [(&mut one, 409), (&mut two, 303)] {
        assert_eq!(tab.submit(&mut caller, "/console/decisions", &decide, &yes).await.status, status);
    }
    // The operator's sessions are over, the old device is not valid, and another one is enrolled.
    assert!(!is_in(&mut caller, &mut three).await);
    show_password(&mut caller, &mut three, "third", &password("third")).await;
    assert_eq!(show_code(&mut caller, &mut three, &devices[0].code()).await.status, 401);
    enrol(&mut caller, &mut three, "third", &password("third")).await;
    assert!(is_in(&mut caller, &mut three).await);
    let lines = audit(&mut caller, 12).await;
    for line in
        [line("first", "propose reset second factor", "lost"), line("second", "approve reset second factor", "")]
    {
        assert!(lines.contains(&line), "{line:?}: {lines:?}");
    }
    // A new password leaves the device as it is.
    let listed = caller.send(&Call::get("/admin/v1/operators").bearer(OPERATOR)).await.unwrap().json().unwrap();
    let second = listed.as_array().unwrap().iter().find(|operator| operator["name"] == "second").unwrap();
    let version = second["version"].as_str().unwrap();
    let own = format!("kind=change&name=second&role=admin&disabled=no&version={version}&password={}", password("new"));
    assert_eq!(two.submit(&mut caller, page, page, &own).await.status, 303);
    show_password(&mut caller, &mut two, "second", &password("new")).await;
    assert_eq!(show_code(&mut caller, &mut two, &devices[2].code()).await.status, 303);
}

#[apply(each_store)]
async fn a_sandbox_asks_for_the_device_of_an_operator_who_has_enrolled_one(#[case] _on: OnStore) {
    const OWN: &str = "/console/factor";
    let mut world = World::start("factor-sandbox").await;
    let address = world.server.address;
    let mut tab = Tab::of(address);
    let form = "name=admin&password=daric-admin&next=/console";
    assert_eq!(tab.submit(&mut world, "/console/login", "/console/login", form).await.status, 303);
    assert!(is_in(&mut world, &mut tab).await);
    let before = tab.clone();
    let page = tab.get(&mut world, OWN).await;
    let mut device = Device::of(&page);
    let code = device.code();
    let codes = recovery_codes(&send_code(&mut world, &mut tab, &page, OWN, &code).await);
    assert!(is_in(&mut world, &mut tab).await && !is_in(&mut world, &mut before.clone()).await);
    let listed = world.operator(Call::get("/admin/v1/operators")).await.unwrap();
    assert_eq!(listed[0]["secondFactor"], true);
    for lang in ["fa", "en"] {
        let page = text(&tab.get(&mut world, &format!("/console/operators?lang={lang}")).await);
        assert!(page.contains("/console/operators/factor"), "{page}");
    }
    // Codes follow the machine's clock, whatever the sandbox's clock shows.
    let mut other = Tab::of(address);
    show_password(&mut world, &mut other, "admin", "daric-admin").await;
    assert_eq!(show_code(&mut world, &mut other, &device.code()).await.status, 303);
    // So do the ten minutes that there are for a code.
    show_password(&mut world, &mut other, "admin", "daric-admin").await;
    let page = other.get(&mut world, STEP).await;
    world.set_clock("2026-11-21T11:10:00+03:30").await.unwrap();
    let reply = send_code(&mut world, &mut other, &page, STEP, &codes[0]).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console")), "{reply}");
    // An admin does not remove its own factor; the settings' token does.
    let own = tab.submit(&mut world, "/console/operators", "/console/operators/factor", "name=admin").await;
    assert_eq!(own.status, 409);
    let reset = Call::post("/admin/v1/operators/admin/factor/reset").json(&json!({}));
    assert_eq!(world.operator(reset.clone()).await.unwrap()["secondFactor"], false);
    assert!(world.operator(reset).await.unwrap_err().contains("409"));
    assert!(!is_in(&mut world, &mut tab).await);
    assert_eq!(
        tab.submit(&mut world, "/console/login", "/console/login", form).await.header("location"),
        Some("/console")
    );
}
