//! World files: many objects at once, at the start of a sandbox, at a reset and by `POST /admin/v1/world` (`docs/how-to/make-a-world.md`).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::fs;

use harness::client::Call;
use harness::documents::Page;
use harness::pod::line;
use harness::server::{Home, Launch, Server, daric};
use harness::world::{OPERATOR, World};
use serde_json::{Value, json};

/// The deposit of the document's file.
const SARA: &str = "0302876000001";
const REZA: &str = "reza-token";

/// The world file that the document shows.
fn documented() -> String {
    let page = Page::read("docs/how-to/make-a-world.md");
    let text = page.by_hand();
    let (_, file) = text.split_once("<<'TOML'\n").unwrap();
    file.split_once("\nTOML").unwrap().0.to_owned()
}

/// The balance of a deposit by its number; `None`: there is none.
async fn deposit(world: &mut World, number: &str) -> Option<i64> {
    let found = world.operator(Call::get("/admin/v1/deposits").query("limit", "100")).await.unwrap();
    let found = found.as_array().unwrap().iter().find(|deposit| deposit["number"] == number);
    found.map(|deposit| deposit["posted"].as_i64().unwrap())
}

/// Whether the API token of the file's user is valid.
async fn knows_reza(world: &mut World) -> bool {
    let call = Call::post("/nzh/getCredit").header("_token_", REZA).body("wallet=any");
    world.send(&call).await.unwrap().json().unwrap()["hasError"] == false
}

#[apply(each_store)]
async fn a_world_file_fills_an_empty_store_and_every_reset_beside_the_demo_world(#[case] _on: OnStore) {
    let home = Home::new("world-file");
    let file = home.folder().join("world.toml");
    fs::write(&file, documented()).unwrap();
    let args = ["--world", file.to_str().unwrap()];
    let server = Server::start(&home, Launch { args: &args, env: &[] });
    let caller = harness::world::Caller::at(server.address).await;
    let mut world = World::of(server, caller, home);
    for round in 0..2 {
        assert_eq!(deposit(&mut world, SARA).await, Some(5_000_000), "round {round}");
        assert_eq!(deposit(&mut world, "0302876214008").await, Some(1_000_000_000_000), "round {round}");
        assert!(knows_reza(&mut world).await, "round {round}");
        world.open_deposit("062", "0302876000009", 1).await.unwrap();
        world.reset_at(harness::world::ELEVEN).await.unwrap();
        assert_eq!(deposit(&mut world, "0302876000009").await, None, "round {round}");
    }
}

#[apply(each_store)]
async fn a_reset_reads_the_file_again_and_one_that_is_not_valid_changes_nothing(#[case] _on: OnStore) {
    let home = Home::new("world-again");
    let file = home.folder().join("world.toml");
    fs::write(&file, documented()).unwrap();
    let args = ["--world", file.to_str().unwrap()];
    let server = Server::start(&home, Launch { args: &args, env: &[] });
    let caller = harness::world::Caller::at(server.address).await;
    let mut world = World::of(server, caller, home);
    let reset = Call::post("/admin/v1/reset").bearer(OPERATOR);
    fs::write(&file, documented().replace("5_000_000", "7_000_000")).unwrap();
    assert_eq!(world.send(&reset).await.unwrap().status, 200);
    assert_eq!(deposit(&mut world, SARA).await, Some(7_000_000));
    world.open_deposit("062", "0302876000009", 1).await.unwrap();
    for (from, to, said) in [
        ("bank = \"062\"", "bank = \"999\"", "deposits[0].bank: a hosted bank"),
        (SARA, "0302876214008", "deposits[0].number: the bank has a deposit"),
        ("[[deposits]]", "[[deposits]", "line "),
    ] {
        fs::write(&file, documented().replace(from, to)).unwrap();
        let reply = world.send(&reset).await.unwrap();
        let error = reply.json().unwrap()["error"].take();
        let message = error["message"].as_str().unwrap();
        assert!(reply.status == 409 && error["field"] == "world" && message.contains(said), "{to}: {reply}");
        assert_eq!(deposit(&mut world, "0302876000009").await, Some(1), "{to}: nothing has changed");
    }
    fs::write(&file, documented()).unwrap();
    assert_eq!(world.send(&reset).await.unwrap().status, 200);
    assert_eq!(deposit(&mut world, SARA).await, Some(5_000_000));
}

#[apply(each_store)]
async fn objects_of_a_world_pay_each_other(#[case] _on: OnStore) {
    let mut world = World::start("world-pays").await;
    let form: Value = toml::from_str(&documented()).unwrap();
    let shop = json!({"tokens": [{"party": 301, "token": "bookshop-token"}]});
    let added = world.operator(Call::post("/admin/v1/world").json(&form)).await.unwrap();
    assert_eq!(added, json!({"entries": 7}));
    world.operator(Call::post("/admin/v1/world").json(&shop)).await.unwrap();
    let invoice = world.issue("bookshop-token", &format!("userId=302&{}", line(50_000, "1"))).await;
    world.pod_done(REZA, 30382, &format!("invoiceId={}", invoice["id"])).await;
    assert_eq!(world.wallet(REZA).await, 2_000_000 - 54_500, "the sum with its tax");
    // The audit has a line for each of the two calls.
    let audit = world.operator(Call::get("/admin/v1/audit").query("limit", "10")).await.unwrap();
    let lines: Vec<&Value> = audit.as_array().unwrap().iter().filter(|line| line["action"] == "world").collect();
    assert_eq!(lines.iter().map(|line| &line["detail"]).collect::<Vec<_>>(), ["1 entries", "7 entries"], "{audit}");
}

/// Worlds that are refused, with the field that is named. Each has a good entry before the bad one.
fn refused() -> Vec<(Value, u16, &'static str)> {
    let good = || json!({"bank": "062", "number": "0302876000010", "owner": "0499370899", "firstName": "Sara"});
    let card = |number: &str| json!({"number": number, "mobile": "09121110000", "expires": "1408/12"});
    let with = |list: &str, entry: Value| {
        let mut world = json!({"deposits": [good()]});
        match world[list].as_array_mut() {
            Some(entries) => entries.push(entry),
            None => world[list] = json!([entry]),
        }
        world
    };
    let deposit = |changes: Value| {
        let mut deposit = good();
        deposit["number"] = json!("0302876000011");
        deposit.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        with("deposits", deposit)
    };
    vec![
        (deposit(json!({"bank": "999"})), 400, "deposits[1].bank"),
        (deposit(json!({"balance": -1})), 400, "deposits[1].balance"),
        (deposit(json!({"balance": true})), 400, "deposits[1].balance"),
        (deposit(json!({"colour": 1})), 400, "deposits[1].colour"),
        (with("deposits", json!({"bank": "062"})), 400, "deposits[1].number"),
        (with("deposits", json!(5)), 400, "deposits[1]"),
        (deposit(json!({"number": "0302876000010"})), 409, "deposits[1].number"),
        (deposit(json!({"number": "0302876214008"})), 409, "deposits[1].number"),
        (deposit(json!({"approvedFor": ["nobody"]})), 409, "deposits[1].approvedFor"),
        (with("payerCards", card("1")), 400, "payerCards[0].number"),
        (with("payerCards", card("5022000012340000")), 409, "payerCards[0].number"),
        (with("cards", json!({"number": "6362141000000001", "kind": "float"})), 400, "cards[0].floatOf"),
        (with("bankUsers", json!({"nid": "1", "password": "x"})), 400, "bankUsers[0].nid"),
        (with("bankUsers", json!({"nid": "1111111111", "password": "x"})), 409, "bankUsers[0].nid"),
        (with("terminals", json!({"sequence": "x", "merchant": "x"})), 400, "terminals[0].sequence"),
        (with("parties", json!({"kind": "user"})), 400, "parties[0].name"),
        (with("parties", json!({"kind": "user", "name": "ali"})), 409, "parties[0].name"),
        (with("parties", json!({"kind": "user", "name": "u", "guilds": []})), 400, "parties[0].guilds"),
        (with("tokens", json!({"party": 999, "token": "t"})), 409, "tokens[0]"),
        (with("tokens", json!({"party": 0, "token": "t"})), 400, "tokens[0].party"),
        (with("tokens", json!({"party": 101, "token": ""})), 400, "tokens[0].token"),
        (with("tokens", json!({"party": 102, "token": "demo-ali-token"})), 409, "tokens[0].token"),
        (json!({"tokens": [{"party": 101, "token": "t"}, {"party": 102, "token": "t"}]}), 409, "tokens[1].token"),
        (with("money", json!({"party": 101, "amount": 0})), 400, "money[0].amount"),
        (with("credits", json!({"party": 101, "holder": 201, "hash": "", "limit": 1})), 400, "credits[0].hash"),
        (with("vouchers", json!({"party": 101, "code": "X", "value": 1})), 409, "vouchers[0]"),
        (with("vouchers", json!({"party": 201, "code": "GIFT100", "value": 1})), 409, "vouchers[0].code"),
        (
            with("posTerminals", json!({"terminalNumber": "1", "merchantCode": "1", "business": 0})),
            400,
            "posTerminals[0].business",
        ),
        (
            with("posTerminals", json!({"terminalNumber": "10001000", "merchantCode": "99", "business": 202})),
            409,
            "posTerminals[0].terminalNumber",
        ),
        (json!({"nothing": []}), 400, "nothing"),
        (json!({"deposits": {}}), 400, "deposits"),
    ]
}

#[apply(each_store)]
async fn a_world_that_is_refused_names_entry_and_field_and_makes_nothing(#[case] _on: OnStore) {
    let mut world = World::start("world-refused").await;
    let seen = async |world: &mut World| {
        let mut seen = Vec::new();
        for list in ["deposits", "cards", "payer-cards", "parties", "clients", "terminals", "audit"] {
            let call = Call::get(&format!("/admin/v1/{list}")).query("limit", "100");
            seen.push(world.operator(call).await.unwrap());
        }
        seen
    };
    let before = seen(&mut world).await;
    for (form, status, field) in refused() {
        let reply = world.send(&Call::post("/admin/v1/world").bearer(OPERATOR).json(&form)).await.unwrap();
        let error = reply.json().unwrap()["error"].take();
        assert_eq!((reply.status, &error["field"]), (status, &json!(field)), "{form}: {reply}");
    }
    assert_eq!(seen(&mut world).await, before);
}

#[apply(each_store)]
async fn a_server_does_not_start_with_a_world_that_is_refused_and_leaves_its_store_empty(#[case] _on: OnStore) {
    let home = Home::new("world-not-started");
    let file = home.folder().join("world.toml");
    let entry = "[[deposits]]\nbank = \"062\"\nowner = \"0499370899\"\nfirstName = \"S\"\nnumber = ";
    for (text, said) in [
        (format!("{entry}\"0302876000010\"\n{entry}\"0302876214008\"\n"), "deposits[1].number: the bank has a deposit"),
        (format!("{entry}\"1\"\n"), "deposits[0].number: 5 to 30 digits"),
        (format!("{entry}\"0302876000010\"\ncolour = 1\n"), "line 6: unknown field `colour`"),
        ("deposits = 1\n".to_owned(), "line 1:"),
    ] {
        fs::write(&file, &text).unwrap();
        let mut serve = daric();
        serve.args(["serve", "--listen", "127.0.0.1:0", "--world"]).arg(&file).args(home.store());
        let output = serve.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && stderr.contains(said), "{text}: {stderr}");
    }
    // The store is as it was: the demo world fills it.
    let server = Server::start(&home, Launch::default());
    let caller = harness::world::Caller::at(server.address).await;
    let mut world = World::of(server, caller, home);
    assert_eq!(deposit(&mut world, "0302876000010").await, None);
    assert_eq!(deposit(&mut world, "0302876214008").await, Some(1_000_000_000_000));
}
