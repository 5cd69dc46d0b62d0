//! A store that moves from a directory to a database is the same store there.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use std::process::{Command, Output};

use harness::client::Call;
use harness::pod::{ALI, SHOP, SUPPLIER, line};
use harness::server::{Home, Launch, Server, verify};
use harness::world::{Caller, DROPS, SOMAYEH, fifty_thousand};
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
