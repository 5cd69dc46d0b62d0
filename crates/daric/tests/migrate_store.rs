//! A store that is moved from a directory to a database has the same contents there.

use crate::harness;

use std::process::{Command, Output, Stdio};

use harness::client::Call;
use harness::pod::{ALI, SHOP, SUPPLIER, line};
use harness::server::{Home, Launch, Server, daric, postgres, verify};
use harness::world::{Caller, DROPS, ELEVEN, SOMAYEH, fifty_thousand};
use serde_json::{Value, json};

fn migrate(from: &Home, to: &Home) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daric"));
    let Output { status, stdout, stderr } =
        command.args(["migrate-store", "--from"]).arg(from.data()).args(["--to", to.url()]).output().unwrap();
    (status.success(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_store_has_the_same_totals_tokens_orders_statements_and_jobs() {
    let (directory, database) = (Home::in_directory("moves-from"), Home::on_postgres("moves-to"));
    let server = Server::start(&directory, Launch { env: &[("DARIC_SETTLE_AFTER", "20")], ..Launch::default() });
    let mut caller = Caller::at(server.address).await;
    caller.reset_at("2026-11-21T11:00:00+03:30").await.unwrap();
    let token = caller.named_token("code062").await.unwrap();
    for number in 0..90 {
        assert_eq!(caller.transfer(&token, &format!("t-{number}"), &fifty_thousand()).await.unwrap().status, 200);
    }
    let deposit = caller.deposit_id(SOMAYEH).await;
    let hold = json!({"amount": 1_000_000, "expiresAt": "2026-11-21T12:00:00+03:30"});
    caller.operator(Call::post(&format!("/admin/v1/deposits/{deposit}/holds")).json(&hold)).await.unwrap();
    let invoice = caller.issue_to_ali("billNumber=M-1").await;
    caller.pod_done(ALI, 29821, &format!("invoiceId={invoice}&wallet=PODLAND_WALLET")).await;
    let later = caller.issue(SHOP, &format!("userId=202&{}", line(50_000, "1"))).await["id"].as_i64().unwrap();
    let future = format!("invoiceId={later}&wallet=PODLAND_WALLET&date=1405/09/01");
    caller.pod_done(SUPPLIER, 29802, &future).await;
    let before = seen(&mut caller, &token.value, deposit).await;
    server.stop();

    let (moved, said) = migrate(&directory, &database);
    assert!(moved && said.contains("moved: the totals are the same"), "{said}");
    assert_eq!(verify(&directory), verify(&database));
    let (again, said) = migrate(&directory, &database);
    assert!(!again && said.contains("the database is not empty"), "{said}");

    let server = Server::start(&database, Launch::default());
    let mut caller = Caller::at(server.address).await;
    assert_eq!(seen(&mut caller, &token.value, deposit).await, before);
    let repeated = caller.transfer(&token, "t-5", &fifty_thousand()).await.unwrap();
    assert_eq!(repeated.message(), "trackId is duplicated");
    assert_eq!(caller.transfer(&token, "t-90", &fifty_thousand()).await.unwrap().status, 200);
    let clock = json!({"set": "2026-11-21T12:00:00+03:30"});
    let clock = caller.operator(Call::post("/admin/v1/clock").json(&clock)).await.unwrap();
    assert_eq!(clock["ran"], 1, "the hold's job came along");
    assert_eq!(caller.invoice(SHOP, invoice).await["serial"], 1);
    assert_eq!(caller.pod(SHOP, 29813, "query=M&isPayed=true").await.json().unwrap()["count"], 1);
    caller.set_clock("2026-11-22T00:00:00+03:30").await.unwrap();
    assert_eq!(caller.invoice(SHOP, later).await["serial"], 2, "the day to come did");
    server.stop();
    verify(&database);
}

/// What callers and the operator see of the store.
async fn seen(caller: &mut Caller, token: &str, deposit: i64) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        format!("/oak/v2/clients/drops/deposits/{DROPS}/balance?trackId=b"),
        format!("/oak/v2/clients/drops/deposits/{DROPS}/statement?trackId=s&fromDate=050830&toDate=050830"),
        "/oak/v2/clients/drops/transferInquiry?trackId=i&inquiryTrackId=t-17".to_owned(),
    ] {
        seen.push(caller.send(&Call::get(&path).bearer(token)).await.unwrap().json().unwrap());
    }
    for path in ["accounts", "deposits", "clients", "clock", &format!("accounts/{deposit}/entries")] {
        seen.push(caller.operator(Call::get(&format!("/admin/v1/{path}"))).await.unwrap());
    }
    seen
}

#[test]
fn what_is_no_store_is_not_moved() {
    let (nothing, database) = (Home::in_directory("moves-nothing"), Home::on_postgres("moves-nowhere"));
    let (moved, said) = migrate(&nothing, &database);
    assert!(!moved && said.contains("there is no store in it"), "{said}");
}

/// A directory with a closed store that was in use.
async fn filled(name: &str) -> Home {
    let directory = Home::in_directory(name);
    let server = Server::start(&directory, Launch { env: &[("DARIC_SETTLE_AFTER", "20")], ..Launch::default() });
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(ELEVEN).await.unwrap();
    let token = caller.named_token("code062").await.unwrap();
    for number in 0..60 {
        assert_eq!(caller.transfer(&token, &format!("t-{number}"), &fifty_thousand()).await.unwrap().status, 200);
    }
    server.stop();
    directory
}

fn sql(home: &Home, statement: &str) -> String {
    postgres().sql(home.database(), statement).unwrap().trim().to_owned()
}

fn is_marked(home: &Home) -> bool {
    sql(home, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'store_move'") == "1"
}

/// The error output of a command that must fail.
fn refused(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert!(!status.success(), "{command:?}");
    String::from_utf8_lossy(&stderr).into_owned()
}

fn assert_no_server_takes(database: &Home) {
    const WHY: &str =
        "daric: a store is being moved into this database and is not whole: run daric migrate-store again, to its end";
    let serve = ["serve", "--demo", "--listen", "127.0.0.1:0"];
    assert!(refused(daric().args(serve).args(database.store())).contains(WHY));
    assert!(refused(daric().arg("verify").args(database.store())).contains(WHY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_killed_anywhere_is_refused_to_servers_and_done_by_the_next_move() {
    let (directory, database) = (filled("killed-from").await, Home::on_postgres("killed-to"));
    let (mut later, mut killed) = (0, 0);
    loop {
        let mut command = daric();
        command.args(["migrate-store", "--from"]).arg(directory.data()).args(["--to", database.url()]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Killed a little later after the mark in each round.
        let mut looked = 0;
        while looked <= later && child.try_wait().unwrap().is_none() {
            looked += u32::from(is_marked(&database));
        }
        child.kill().unwrap();
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
        if status.success() {
            assert!(said.contains("moved: the totals are the same"), "{said}");
            break;
        }
        // The database is still ending the killed command's statements.
        if said.contains("another daric migrate-store fills this database") {
            continue;
        }
        // The command was killed after it had handed over the filled database.
        if said.contains("the database is not empty") && !is_marked(&database) {
            break;
        }
        assert_eq!(status.code(), None, "it was not killed: {said}");
        if is_marked(&database) {
            assert_no_server_takes(&database);
            killed += 1;
        }
        later += 1;
    }
    assert!(killed > 1, "the move was not killed");
    assert_eq!(verify(&directory), verify(&database));
    // A database that was filled and not handed over is filled again, with the present contents of the directory.
    sql(&database, "CREATE TABLE store_move (id BIGINT PRIMARY KEY); INSERT INTO store_move VALUES (1)");
    assert_no_server_takes(&database);
    let server = Server::start(&directory, Launch::default());
    let mut caller = Caller::at(server.address).await;
    let token = caller.named_token("code062").await.unwrap();
    assert_eq!(caller.transfer(&token, "more", &fifty_thousand()).await.unwrap().status, 200);
    server.stop();
    let mut session = postgres().session(database.database()).unwrap();
    session.run("BEGIN; SELECT id FROM store_move FOR UPDATE;").unwrap();
    let (moved, said) = migrate(&directory, &database);
    assert!(!moved && said.contains("another daric migrate-store fills this database"), "{said}");
    session.run("ROLLBACK;").unwrap();
    let (moved, said) = migrate(&directory, &database);
    assert!(moved, "{said}");
    assert_eq!(verify(&directory), verify(&database));
    Server::start(&database, Launch::default()).stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_an_older_version_are_named_when_they_are_verified() {
    let database = Home::on_postgres("older");
    Server::start(&database, Launch::default()).stop();
    sql(&database, "UPDATE schema_version SET version = 1");
    let said = refused(daric().arg("verify").args(database.store()));
    assert!(said.contains("the database has schema 1, this version has"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_move_every_number_goes_on_and_the_first_acts_of_operators_are_done_at_once() {
    let (directory, database) = (Home::in_directory("numbers-from"), Home::on_postgres("numbers-to"));
    let server = Server::start(&directory, Launch::default());
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(ELEVEN).await.unwrap();
    acts(&mut caller, "before").await;
    server.stop();
    let (moved, said) = migrate(&directory, &database);
    assert!(moved, "{said}");
    let next: i64 = sql(&database, "SELECT next FROM id_block").parse().unwrap();
    let numbered = sql(
        &database,
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id'
            AND data_type = 'bigint'
            AND table_name NOT IN ('id_block', 'schema_version', 'epoch', 'origin', 'node', 'paya_cycle')",
    );
    let mut filled = 0;
    for table in numbered.lines() {
        // Larger numbers are composed of what they stand for, and are not counted up.
        let last = sql(&database, &format!("SELECT coalesce(max(id), 0) FROM {table} WHERE id < 1000000000000000"));
        let last: i64 = last.parse().unwrap();
        assert!(last < next, "{table}: {last} was given, and {next} is the next");
        filled += u32::from(last > 0);
    }
    assert!(filled >= 8, "only {filled} of {numbered} had rows");
    let server = Server::start(&database, Launch::default());
    let mut caller = Caller::at(server.address).await;
    acts(&mut caller, "after").await;
    let metrics = caller.send(&Call::get("/metrics")).await.unwrap();
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    let again = metrics.lines().filter(|line| line.starts_with("daric_batches_tried_again_total"));
    let again: Vec<&str> = again.filter(|line| !line.ends_with(" 0")).collect();
    assert!(again.is_empty(), "batches were tried again: {again:?}");
    server.stop();
    verify(&database);
}

/// Makes rows of many kinds: audit lines, proposals, accounts, orders, jobs, invoices, messages.
async fn acts(caller: &mut Caller, when: &str) {
    let last = if when == "before" { 1 } else { 2 };
    caller.open_deposit("062", &format!("030287655501{last}"), 10_000_000).await.unwrap();
    let deposit = caller.deposit_id(SOMAYEH).await;
    let hold = json!({"amount": 1_000_000, "expiresAt": "2026-11-21T12:00:00+03:30"});
    caller.operator(Call::post(&format!("/admin/v1/deposits/{deposit}/holds")).json(&hold)).await.unwrap();
    let token = caller.named_token("code062").await.unwrap();
    assert_eq!(caller.transfer(&token, when, &fifty_thousand()).await.unwrap().status, 200);
    let paya = harness::world::paya();
    assert_eq!(caller.transfer(&token, &format!("paya-{when}"), &paya).await.unwrap().status, 200);
    let invoice = caller.issue_to_ali(&format!("billNumber={when}")).await;
    caller.pod_done(ALI, 29821, &format!("invoiceId={invoice}&wallet=PODLAND_WALLET")).await;
    let operator = json!({"name": format!("op-{when}"), "password": "a password of nineteen", "role": "viewer"});
    caller.operator(Call::post("/admin/v1/operators").json(&operator)).await.unwrap();
}
