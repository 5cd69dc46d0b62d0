//! Setting up by the console: shops, clients, terminals, cards, deposits and users are listed, made, changed, disabled and given new secrets, which
//! are shown once. Who may, and what the operator API says of it.

use crate::console::operator;
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::path::PathBuf;

use harness::browser::{Tab, field, text};
use harness::client::{Call, Reply};
use harness::paystar::{CARD, pay_call, wrong};
use harness::server::verify;
use harness::world::{OPERATOR, World};
use serde_json::{Value, json};

const SETUP: &str = "/console/setup";

async fn read(world: &mut World, path: &str) -> Value {
    world.operator(Call::get(path)).await.unwrap()
}

/// Sends a form of the page at `page`, encoded already, with the version that the page shows first.
async fn send(world: &mut World, tab: &mut Tab, page: &str, path: &str, form: &str) -> Reply {
    let shown = tab.get(world, page).await;
    let version = field(&shown, "version").unwrap_or_default();
    tab.submit(world, page, path, &format!("{form}&version={version}")).await
}

/// The value of a fact on the page that shows new secrets, behind a redirect to it.
async fn shown_once(world: &mut World, tab: &mut Tab, made: &Reply, label: &str) -> String {
    assert_eq!((made.status, made.header("location")), (303, Some("/console/once")), "{made}");
    let page = tab.get(world, "/console/once").await;
    let html = text(&page);
    let (_, rest) = html.split_once(&format!("<dt>{label}</dt>")).unwrap_or_else(|| panic!("no {label}: {html}"));
    let (_, rest) = rest.split_once("long\">").unwrap();
    let value = rest.split_once('<').unwrap().0.to_owned();
    // It is shown once: the cookie is gone, and without it nothing is shown.
    assert!(
        page.headers
            .get_all("set-cookie")
            .iter()
            .any(|cookie| { cookie.to_str().unwrap().starts_with("daric_console_once=;") })
    );
    let again = text(&tab.get(world, "/console/once").await);
    assert!(again.contains("was shown before") && !again.contains(&value), "{again}");
    value
}

#[apply(each_store)]
async fn only_operators_change_what_is_set_up_and_only_by_forms_of_the_console(#[case] _on: OnStore) {
    let mut world = World::start("setup-roles").await;
    let mut viewer = operator(&mut world, "viewer", "viewer").await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    let card = world.payer_card("0000").await["id"].as_i64().unwrap();
    let deposit = world.deposit_id("0302876214008").await;
    for path in [
        SETUP.to_owned(),
        format!("{SETUP}/parties"),
        format!("{SETUP}/parties/201"),
        format!("{SETUP}/clients"),
        format!("{SETUP}/clients/drops"),
        format!("{SETUP}/terminals"),
        format!("{SETUP}/payer-cards"),
        format!("{SETUP}/payer-cards/{card}"),
        format!("{SETUP}/cards"),
        format!("{SETUP}/deposits"),
        format!("{SETUP}/deposits/{deposit}"),
        format!("{SETUP}/users"),
    ] {
        for lang in ["fa", "en"] {
            let page = viewer.get(&mut world, &format!("{path}?lang={lang}")).await;
            let html = text(&page);
            assert_eq!(page.status, 200, "{path}");
            // The viewer's only forms are the search and the log-out.
            assert_eq!(html.matches("method=\"post\"").count(), 2, "{path}: {html}");
            assert!(!html.contains("<th scope=\"col\"></th>"), "{path}: a head without a word");
            let shown = text(&worker.get(&mut world, &format!("{path}?lang={lang}")).await);
            assert!(path == SETUP || shown.matches("method=\"post\"").count() > 2, "{path}: {shown}");
        }
        let mut stranger = Tab::of(world.server.address);
        assert_eq!(stranger.get(&mut world, &path).await.status, 302, "{path}");
    }
    let before = read(&mut world, "/admin/v1/parties").await;
    let invoice = world.issue_to_ali("").await;
    for path in [
        format!("{SETUP}/parties"),
        format!("{SETUP}/parties/201"),
        format!("{SETUP}/parties/201/secret"),
        format!("{SETUP}/parties/201/password"),
        format!("{SETUP}/parties/201/tokens"),
        format!("{SETUP}/parties/201/tokens/revoke"),
        format!("{SETUP}/parties/201/pos"),
        format!("{SETUP}/clients"),
        format!("{SETUP}/clients/drops"),
        format!("{SETUP}/clients/drops/secret"),
        format!("{SETUP}/terminals"),
        format!("{SETUP}/terminals/change"),
        format!("{SETUP}/payer-cards"),
        format!("{SETUP}/payer-cards/{card}"),
        format!("{SETUP}/payer-cards/{card}/unlock"),
        format!("{SETUP}/payer-cards/{card}/gate"),
        format!("{SETUP}/cards"),
        format!("{SETUP}/cards/change"),
        format!("{SETUP}/deposits"),
        format!("{SETUP}/deposits/{deposit}/gate"),
        format!("{SETUP}/users"),
        format!("{SETUP}/users/password"),
        format!("/console/invoices/{invoice}/refund"),
        format!("/console/invoices/{invoice}/cancel"),
        "/console/phone/1/refund".to_owned(),
        "/console/orders/1/return".to_owned(),
    ] {
        let form = "kind=user&name=x&reason=r&version=v&which=webhookSecret";
        assert_eq!(viewer.submit(&mut world, "/console", &path, form).await.status, 403, "{path}");
        // Without the token of a page, with another operator's, and from another site.
        let theirs = field(&viewer.get(&mut world, "/console").await, "csrf").unwrap();
        let own = field(&worker.get(&mut world, "/console").await, "csrf").unwrap();
        let mut evil = worker.clone();
        evil.headers = vec![("origin", "http://evil.example".to_owned())];
        for (tab, token) in [(worker.clone(), String::new()), (worker.clone(), theirs), (evil, own)] {
            let reply = tab.clone().post(&mut world, &path, &format!("csrf={token}&{form}")).await;
            assert_eq!(reply.status, 403, "{path} {token}");
        }
    }
    assert_eq!(read(&mut world, "/admin/v1/parties").await, before);
}

#[apply(each_store)]
async fn a_shop_is_set_up_and_its_secrets_are_shown_once_and_stored_nowhere(#[case] _on: OnStore) {
    let mut world = World::start("setup-shop").await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    worker.get(&mut world, "/console?lang=en").await;
    let list = format!("{SETUP}/parties");
    let form = "kind=business&name=%DA%A9%D8%AA%D8%A7%D8%A8&guilds=API_GUILD&mobile=09120000001&sheba=";
    let made = worker.submit(&mut world, &list, &list, form).await;
    let webhook = shown_once(&mut world, &mut worker, &made, "Signing secret").await;
    assert_eq!(webhook.len(), 40);
    let parties = read(&mut world, "/admin/v1/parties").await;
    let party = parties.as_array().unwrap().iter().find(|party| party["name"] == "کتاب").unwrap().clone();
    let id = party["id"].as_i64().unwrap();
    assert_eq!(json!([party["kind"], party["guilds"]]), json!(["business", ["API_GUILD"]]));
    // The same name again is refused in words.
    let again = worker.submit(&mut world, &format!("{list}?lang=fa"), &list, form).await;
    assert!(again.status == 409 && text(&again).contains("با این شماره یا نام هست"), "{again}");
    worker.get(&mut world, "/console?lang=en").await;
    // A token that works, and is ended.
    let page = format!("{list}/{id}");
    let given = send(&mut world, &mut worker, &page, &format!("{page}/tokens"), "days=30&reason=integration").await;
    let token = shown_once(&mut world, &mut worker, &given, "Token").await;
    let works = async |world: &mut World| {
        let reply = world.send(&Call::get("/nzh/getCredit").header("_token_", &token)).await.unwrap();
        reply.json().unwrap()["hasError"] == false
    };
    assert!(works(&mut world).await);
    let listed = read(&mut world, &format!("/admin/v1/parties/{id}/tokens")).await;
    assert_eq!(json!([listed.as_array().unwrap().len(), listed[0]["alive"]]), json!([1, true]));
    let html = text(&worker.get(&mut world, &page).await);
    assert!(!html.contains(&token) && !html.contains(&webhook), "{html}");
    let revoke = format!("token={}&reason=lost", listed[0]["id"].as_str().unwrap());
    let path = format!("{page}/tokens/revoke");
    for (form, status) in [("token=x&reason=lost", 409), (revoke.as_str(), 303), (revoke.as_str(), 409)] {
        assert_eq!(send(&mut world, &mut worker, &page, &path, form).await.status, status, "{form}");
    }
    assert_eq!(read(&mut world, &format!("/admin/v1/parties/{id}/tokens")).await, json!([]));
    assert!(!works(&mut world).await);
    // New secrets, each with a reason.
    let rotate = format!("{page}/secret");
    let refused = send(&mut world, &mut worker, &page, &rotate, "which=webhookSecret&reason=").await;
    assert_eq!(refused.status, 409);
    let rotated = send(&mut world, &mut worker, &page, &rotate, "which=webhookSecret&reason=leaked").await;
    let another = shown_once(&mut world, &mut worker, &rotated, "Signing secret").await;
    assert_ne!(another, webhook);
    let rotated = send(&mut world, &mut worker, &page, &rotate, "which=clientSecret&reason=new+site").await;
    let log_in = shown_once(&mut world, &mut worker, &rotated, "Log-in secret").await;
    assert_eq!(send(&mut world, &mut worker, &page, &rotate, "which=password&reason=x").await.status, 404);
    // Changed and disabled, on the version that was read.
    let stale = worker.submit(&mut world, &page, &page, "disabled=yes&reason=fraud&version=old").await;
    assert_eq!(stale.status, 409);
    let form = "mobile=09120000002&mobileVerified=no&disabled=yes&guilds=API_GUILD&sheba=&redirectUris=https%3A%2F%2Fa.example%2Fb&frameOrigins=&returnsWhenTaken=no";
    assert_eq!(send(&mut world, &mut worker, &page, &page, form).await.status, 409, "no reason");
    assert_eq!(send(&mut world, &mut worker, &page, &page, &format!("{form}&reason=fraud")).await.status, 303);
    let party = read(&mut world, "/admin/v1/parties").await;
    let party = party.as_array().unwrap().iter().find(|party| party["id"] == id).unwrap().clone();
    let told = json!([party["disabled"], party["mobile"], party["redirectUris"], party["clientSecret"]]);
    assert_eq!(told, json!([true, "09120000002", ["https://a.example/b"], true]));
    let lines = read(&mut world, "/admin/v1/audit?limit=100").await;
    let has = |action: &str, reason: &str| {
        lines.as_array().unwrap().iter().any(|line| {
            line["by"] == "worker" && line["action"] == action && line["detail"].as_str().unwrap().contains(reason)
        })
    };
    for (action, reason) in [
        ("party", "leaked"),
        ("party", "fraud"),
        ("token", "integration"),
        ("token", "lost"),
        ("party", "webhookSecret"),
    ] {
        assert!(has(action, reason), "{action} {reason}: {lines}");
    }
    for secret in [&webhook, &token, &another, &log_in] {
        assert!(!lines.to_string().contains(secret.as_str()), "{lines}");
        assert_eq!(world.home.files_with(secret), Vec::<PathBuf>::new());
        assert!(!world.home.printed().contains(secret.as_str()));
    }
    // The page of the demo shop: balances, invoices, keys.
    let html = text(&worker.get(&mut world, &format!("{list}/201?lang=en")).await);
    for part in ["guild, open", "Newest invoices", "Calls to businesses: sent", "Signing secret", "Tokens"] {
        assert!(html.contains(part), "{part}: {html}");
    }
    for path in ["/console/setup/parties/0", "/console/setup/parties/999999", "/console/setup/parties/x"] {
        assert_eq!(worker.get(&mut world, path).await.status, 404, "{path}");
    }
}

#[apply(each_store)]
async fn a_client_keeps_its_secret_in_a_change_and_gets_a_new_one_that_is_shown_once(#[case] _on: OnStore) {
    let mut world = World::start("setup-client").await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    worker.get(&mut world, "/console?lang=en").await;
    let list = format!("{SETUP}/clients");
    let form = "id=books&nids=1111111111&redirectOrigin=https%3A%2F%2Fbooks.example&scopes=&maxAmount=&maxCount=";
    let made = worker.submit(&mut world, &list, &list, form).await;
    let secret = shown_once(&mut world, &mut worker, &made, "Client secret").await;
    let page = format!("{list}/books");
    let logs_in = async |world: &mut World, secret: &str| {
        let basic = data_encoding::BASE64.encode(format!("books:{secret}").as_bytes());
        let body = json!({"grant_type": "client_credentials", "nid": "1111111111"});
        let call =
            Call::post(harness::world::TOKEN_PATH).header("authorization", &format!("Basic {basic}")).json(&body);
        world.send(&call).await.unwrap().status
    };
    assert_eq!(logs_in(&mut world, &secret).await, 200);
    for (form, status) in [
        ("nids=1&redirectOrigin=https%3A%2F%2Fbooks.example&scopes=&reason=x", 409),
        ("nids=1111111111&redirectOrigin=nothing&scopes=&reason=x", 409),
        (
            "nids=1111111111+2222222222&redirectOrigin=https%3A%2F%2Fb.example&scopes=oak%3Aiban-inquiry%3Aget&maxAmount=5,000&chargeLimits.daily=700&disabled=no&reason=moved",
            303,
        ),
    ] {
        assert_eq!(send(&mut world, &mut worker, &page, &page, form).await.status, status, "{form}");
    }
    let client = read(&mut world, "/admin/v1/clients").await;
    let client = client.as_array().unwrap().iter().find(|client| client["id"] == "books").unwrap().clone();
    assert_eq!(
        json!([client["nids"], client["maxAmount"], client["chargeLimits"]["daily"]]),
        json!([["1111111111", "2222222222"], 5_000, 700])
    );
    assert_eq!(logs_in(&mut world, &secret).await, 200, "it kept its secret");
    let path = format!("{page}/secret");
    assert_eq!(worker.submit(&mut world, &page, &path, "reason=leaked&version=old").await.status, 409);
    let rotated = send(&mut world, &mut worker, &page, &path, "reason=leaked").await;
    let another = shown_once(&mut world, &mut worker, &rotated, "Client secret").await;
    assert_ne!(logs_in(&mut world, &secret).await, 200);
    assert_eq!(logs_in(&mut world, &another).await, 200);
    let after = read(&mut world, "/admin/v1/clients").await;
    let after = after.as_array().unwrap().iter().find(|client| client["id"] == "books").unwrap().clone();
    assert_eq!(after["chargeLimits"], client["chargeLimits"], "nothing else has changed");
    // By the API: a PUT without a secret keeps it, a new client needs one.
    let form = json!({"nids": ["1111111111"], "redirectOrigin": "https://b.example"});
    let put = Call::new("PUT", "/admin/v1/clients/books").bearer(OPERATOR).header("if-match", "*").json(&form);
    assert_eq!(world.send(&put).await.unwrap().status, 200);
    assert_eq!(logs_in(&mut world, &another).await, 200);
    let post = json!({"id": "new", "nids": ["1111111111"], "redirectOrigin": "https://b.example"});
    let reply = world.send(&Call::post("/admin/v1/clients").bearer(OPERATOR).json(&post)).await.unwrap();
    assert_eq!((reply.status, &reply.json().unwrap()["error"]["field"]), (400, &json!("secret")), "{reply}");
    for secret in [&secret, &another] {
        assert_eq!(world.home.files_with(secret), Vec::<PathBuf>::new());
        assert!(!world.home.printed().contains(secret.as_str()));
    }
}

#[apply(each_store)]
async fn cards_terminals_deposits_and_users_are_set_up_unlocked_frozen_and_disabled(#[case] _on: OnStore) {
    let mut world = World::start("setup-others").await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    worker.get(&mut world, "/console?lang=en").await;
    // A card whose security code is shown once.
    let list = format!("{SETUP}/payer-cards");
    for (form, status) in [
        ("number=5022000000000016&mobile=1&expires=1408%2F12", 409),
        ("number=&mobile=09120000000&expires=1408%2F12", 409),
    ] {
        assert_eq!(worker.submit(&mut world, &list, &list, form).await.status, status, "{form}");
    }
    let form = "number=5022000000000016&mobile=09120000000&expires=1408%2F12&balance=50,000";
    let made = worker.submit(&mut world, &list, &list, form).await;
    let code = shown_once(&mut world, &mut worker, &made, "CVV2").await;
    assert!(code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    // Three wrong passwords lock a card, and an operator unlocks it.
    let otp = world.asked("mistyped", 5_000).await;
    for _ in 0..3 {
        world.send(&pay_call(CARD, "mistyped", 5_000, wrong(&otp))).await.unwrap();
    }
    let locked = world.payer_card("0000").await;
    assert_eq!(locked["locked"], true, "{locked}");
    let page = format!("{list}/{}", locked["id"]);
    let path = format!("{page}/unlock");
    assert!(text(&worker.get(&mut world, &page).await).contains(&path));
    for (form, status) in [("reason=", 409), ("reason=the+holder+called", 303)] {
        assert_eq!(worker.submit(&mut world, &page, &path, form).await.status, status, "{form}");
    }
    assert_eq!(world.payer_card("0000").await["locked"], false);
    let lines = read(&mut world, "/admin/v1/audit?limit=1").await;
    assert_eq!(lines[0]["detail"], "unlock: the holder called");
    // Frozen, and opened again; one with a balance is not closed.
    for (gate, status, now) in [("closed", 409, "open"), ("noDebits", 303, "noDebits"), ("open", 303, "open")] {
        let form = format!("gate={gate}&reason=asked+for");
        let reply = send(&mut world, &mut worker, &page, &format!("{page}/gate"), &form).await;
        assert_eq!((reply.status, &world.payer_card("0000").await["gate"]), (status, &json!(now)), "{reply}");
    }
    let form = "mobile=09123456789&expires=1408%2F12&state=inactive&perTransaction=7&daily=0&reason=x";
    assert_eq!(send(&mut world, &mut worker, &page, &page, form).await.status, 303);
    let card = world.payer_card("0000").await;
    assert_eq!(json!([card["state"], card["perTransaction"]]), json!(["inactive", 7]));
    // A deposit.
    let list = format!("{SETUP}/deposits");
    let form = "bank=062&number=0302876999009&owner=1111111111&firstName=Sara&lastName=&approvedFor=drops&balance=1000";
    let made = worker.submit(&mut world, &list, &list, form).await;
    let id = world.deposit_id("0302876999009").await;
    assert_eq!(made.header("location"), Some(format!("{list}/{id}?done=1").as_str()), "{made}");
    let page = format!("{list}/{id}");
    for (gate, status) in [("closed", 409), ("noDebits", 303)] {
        let form = format!("gate={gate}&reason=court+order");
        assert_eq!(send(&mut world, &mut worker, &page, &format!("{page}/gate"), &form).await.status, status);
    }
    let lines = read(&mut world, "/admin/v1/audit?limit=1").await;
    assert_eq!(json!([lines[0]["action"], lines[0]["detail"]]), json!(["gate", "NoDebits: court order"]));
    // A terminal with a random id.
    let list = format!("{SETUP}/terminals");
    assert_eq!(worker.submit(&mut world, &list, &list, "merchant=&sequence=").await.status, 409);
    assert_eq!(worker.submit(&mut world, &list, &list, "merchant=Sara&sequence=").await.status, 303);
    let terminal = |all: Value| all.as_array().unwrap().iter().find(|one| one["merchant"] == "Sara").cloned().unwrap();
    let made = terminal(read(&mut world, "/admin/v1/terminals").await);
    let (sequence, version) = (made["sequence"].as_str().unwrap(), made["version"].as_str().unwrap());
    assert_eq!(sequence.len(), 40);
    let form = format!("sequence={sequence}&version={version}&merchant=Sara&disabled=yes&reason=closed+shop");
    assert_eq!(worker.submit(&mut world, &list, &format!("{list}/change"), &form).await.status, 303);
    assert_eq!(terminal(read(&mut world, "/admin/v1/terminals").await)["disabled"], true);
    // A bank user, and a card of a client.
    let list = format!("{SETUP}/users");
    let form = "nid=4444444444&password=a-long-password&mobile=09120000009";
    assert_eq!(worker.submit(&mut world, &list, &list, form).await.status, 303);
    let users = read(&mut world, "/admin/v1/users?after=4&limit=1").await;
    assert_eq!(json!([users[0]["nid"], users[0]["mobile"]]), json!(["4444444444", true]));
    let form = format!(
        "nid=4444444444&password=another-password&reason=forgotten&version={}",
        users[0]["version"].as_str().unwrap()
    );
    for status in [303, 409] {
        assert_eq!(worker.submit(&mut world, &list, &format!("{list}/password"), &form).await.status, status);
    }
    let list = format!("{SETUP}/cards");
    let form = "number=6362144000000025&kind=bon&floatOf=&approvedFor=drops&balance=";
    assert_eq!(worker.submit(&mut world, &list, &list, form).await.status, 303);
    let cards = read(&mut world, "/admin/v1/cards").await;
    let card = cards.as_array().unwrap().last().unwrap();
    let form = format!(
        "id={}&version={}&approvedFor=drops&active=no&reason=lost",
        card["id"],
        card["version"].as_str().unwrap()
    );
    assert_eq!(worker.submit(&mut world, &list, &format!("{list}/change"), &form).await.status, 303);
    let cards = read(&mut world, "/admin/v1/cards").await;
    assert_eq!(cards.as_array().unwrap().last().unwrap()["active"], false);
    // No whole number of a card stands on a page.
    for path in ["payer-cards", "cards"] {
        let html = text(&worker.get(&mut world, &format!("{SETUP}/{path}")).await);
        assert!(!html.contains("5022000000000016") && !html.contains("6362144000000025"), "{html}");
    }
    // The statuses of accounts are in the audit, with their reasons behind them.
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_refused_form_names_its_field_and_keeps_what_was_typed(#[case] _on: OnStore) {
    let mut world = World::start("setup-refused").await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    let list = format!("{SETUP}/clients");
    let form = "id=fresh&nids=&redirectOrigin=https%3A%2F%2Ffresh.example&scopes=&maxAmount=&maxCount=";
    for (lang, said) in [("fa", "کد ملی: لازم است."), ("en", "National id: it is required")] {
        worker.get(&mut world, &format!("/console?lang={lang}")).await;
        let refused = worker.submit(&mut world, &list, &list, form).await;
        let html = text(&refused);
        assert!(refused.status == 409 && html.contains(said) && !html.contains("line 1 column"), "{html}");
        assert!(html.contains("value=\"fresh\"") && html.contains("value=\"https://fresh.example\""), "{html}");
    }
    // A list names the condition that it cannot read by its label.
    let html = text(&worker.get(&mut world, "/console/invoices?of=no-such-shop").await);
    assert!(html.contains("Shop cannot be read"), "{html}");
    // A token ends after the days of its form; zero is written for one without an end.
    let page = format!("{SETUP}/parties/201");
    let html = text(&worker.get(&mut world, &page).await);
    assert!(html.contains("name=\"days\" value=\"90\""), "{html}");
    let refused = worker.submit(&mut world, &page, &format!("{page}/tokens"), "days=&reason=x").await;
    let html = text(&refused);
    assert!(refused.status == 409 && html.contains("Days (0: without an end): Write a whole number."), "{html}");
}

#[apply(each_store)]
async fn a_terminal_of_a_shop_is_registered_on_the_page_of_the_shop_and_stays_there(#[case] _on: OnStore) {
    let mut world = World::start("setup-pos").await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    worker.get(&mut world, "/console?lang=en").await;
    let page = |business: i64| format!("{SETUP}/parties/{business}");
    for (business, form, status, said) in [
        (201, "terminalNumber=&merchantCode=M-1&reason=new", 409, "Number of the terminal: "),
        (201, "terminalNumber=77001&merchantCode=M-1&reason=", 409, "Give a reason"),
        (201, "terminalNumber=77001&merchantCode=M-1&reason=new", 303, ""),
        (201, "terminalNumber=77001&merchantCode=M-2&reason=moved", 303, ""),
        (202, "terminalNumber=77001&merchantCode=M-3&reason=taken", 409, "registered for another business"),
    ] {
        let reply = worker.submit(&mut world, &page(business), &format!("{}/pos", page(business)), form).await;
        assert!(reply.status == status && text(&reply).contains(said), "{form}: {reply}");
    }
    let terminal = read(&mut world, "/admin/v1/pos/terminals/77001").await;
    assert_eq!(json!([terminal["merchantCode"], terminal["business"]]), json!(["M-2", 201]));
    let lines = read(&mut world, "/admin/v1/audit?limit=1").await;
    assert_eq!(json!([lines[0]["by"], lines[0]["action"]]), json!(["worker", "pos terminal"]));
}
