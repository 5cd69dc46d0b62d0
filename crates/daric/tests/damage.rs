//! A store that was changed on the disk: `verify` names the damage, a start refuses it, and an operator may accept it.

use crate::harness;

use std::fs;
use std::path::Path;

use harness::client::{Call, Client};
use harness::server::{Home, Launch, Server, daric, refused_start, verify, verify_fails};
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
    let told = |home: &Home| home.printed().matches("a loss was accepted").count();
    assert_eq!(told(&home), 1);
    // Every start and every verification reports it.
    let server = Server::start(&home, Launch::default());
    let metrics = Client::connect(server.address).await.unwrap().send(&Call::get("/metrics")).await.unwrap();
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(metrics.contains("daric_accepted_loss_timestamp_seconds 1"), "{metrics}");
    server.stop();
    assert_eq!(told(&home), 2);
    verify(&home);
    let verified = daric().arg("verify").args(home.store()).output().unwrap();
    let verified = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.contains("accepted at 2") && verified.contains("acknowledged pages"), "{verified}");
    fs::remove_file(home.data().join("accepted-loss")).unwrap();
    Server::start(&home, Launch::default()).stop();
    assert_eq!(told(&home), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_removed_together_with_its_note_refuses_the_start() {
    let home = Home::in_directory("damage-removed");
    serve_transfers(&home).await.kill();
    for file in ["daric.db-wal", "acknowledged"] {
        fs::remove_file(home.data().join(file)).unwrap();
    }
    let said = refused_start(&home, Launch::default());
    assert!(said.contains("acknowledged: it is not there") && said.contains("not closed"), "{said}");
    assert!(verify_fails(&home).contains("acknowledged: it is not there"));
    // The database alone is no backup, and the error says why.
    let (there, copy) = (Home::in_directory("damage-bare"), home.data().with_file_name("bare"));
    fs::copy(home.data().join("daric.db"), &copy).unwrap();
    let restored = daric().arg("restore").arg(&copy).args(there.store()).output().unwrap();
    let said = String::from_utf8_lossy(&restored.stderr).into_owned();
    assert!(!restored.status.success() && said.contains("whose server was running or had been killed"), "{said}");
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

/// A full disk under a redirected output is an error like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_output_cannot_be_written_ends_with_an_error_and_no_panic() {
    let home = Home::in_directory("full-output");
    serve_transfers(&home).await.stop();
    let (copy, there) = (home.data().with_file_name("copy"), Home::in_directory("full-output-there"));
    let copy = copy.to_str().unwrap();
    let serve: &[&str] = &["serve", "--demo", "--listen", "127.0.0.1:0"];
    for (command, store) in [
        (&["verify"][..], &home),
        (&["backup", copy], &home),
        (&["restore", copy], &there),
        (&["rekey"], &home),
        (serve, &home),
    ] {
        let mut full = daric();
        full.args(command).args(store.store()).stdout(fs::File::options().write(true).open("/dev/full").unwrap());
        let ended = full.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{command:?}: {said}");
        assert!(said.contains("No space left on device") && !said.contains("panicked"), "{command:?}: {said}");
    }
    // The same holds for a command whose errors cannot be written.
    let mut mute = daric();
    mute.args(["verify", "--data", "/nowhere"]).stderr(fs::File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(mute.output().unwrap().status.code(), Some(1));
}
