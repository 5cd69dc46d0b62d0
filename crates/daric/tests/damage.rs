//! A store that the disk has changed: `verify` names it, a start refuses it, and an operator may take it as it is.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use std::fs;
use std::path::Path;

use harness::server::{Home, Launch, Server, refused_start, verify, verify_fails};
use harness::world::{Caller, ELEVEN, fifty_thousand, transfer_call};

fn flip_in_the_middle(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(path, bytes).unwrap();
}

async fn serve_transfers(home: &Home) -> Server {
    let server = Server::start(home, Launch::default());
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(ELEVEN).await.unwrap();
    let token = caller.named_token("code062").await.unwrap();
    for number in 0..20 {
        let call = transfer_call(&token, &format!("damage-{number}"), &fifty_thousand());
        assert_eq!(caller.send(&call).await.unwrap().status, 200);
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_the_log_of_a_killed_server_refuses_the_start_until_the_loss_is_accepted() {
    let home = Home::in_directory("damage-log");
    serve_transfers(&home).await.kill();
    flip_in_the_middle(&home.data().join("daric.db-wal"));
    let said = refused_start(&home, Launch::default());
    assert!(said.contains("acknowledged pages") && said.contains("--accept-loss"), "{said}");
    assert!(verify_fails(&home).contains("acknowledged pages"));
    Server::start(&home, Launch { args: &["--accept-loss"], ..Launch::default() }).stop();
    Server::start(&home, Launch::default()).stop();
    verify(&home);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_the_database_refuses_the_start_and_verify_names_its_page() {
    let home = Home::in_directory("damage-pages");
    serve_transfers(&home).await.stop();
    verify(&home);
    flip_in_the_middle(&home.data().join("daric.db"));
    let said = refused_start(&home, Launch::default());
    assert!(said.contains("1 of ") && said.contains("pages of daric.db are not as they were written"), "{said}");
    assert!(verify_fails(&home).contains("of daric.db: not as it was written"));
}
