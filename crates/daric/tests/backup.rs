//! A backup beside a running server holds everything that was acknowledged before it began; a restore puts it in place completely or not at all.

use crate::harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use harness::book::{Order, Outcome, call, draw, inquire, open_accounts, read_reply, seed};
use harness::client::Client;
use harness::server::{Home, Launch, Server, daric, verify};
use harness::world::{Caller, DROPS, ELEVEN, Token, fifty_thousand};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const CONNECTIONS: u64 = 16;
/// So small a number that look-ups are being compacted at most moments.
const OFTEN: &[(&str, &str)] = &[("DARIC_SETTLE_AFTER", "150")];

/// Whether a command on a directory succeeded, and all its output.
fn run(verb: &str, file: &Path, data: &Path, more: &[&str]) -> (bool, String) {
    let mut command = daric();
    let Output { status, stdout, stderr } =
        command.arg(verb).arg(file).arg("--data").arg(data).args(more).output().unwrap();
    (status.success(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

fn backed_up(home: &Home, name: &str) -> PathBuf {
    let file = home.data().with_file_name(name);
    let (done, said) = run("backup", &file, &home.data(), &[]);
    assert!(done && said.contains(": ok") && said.contains("backed up to"), "{said}");
    file
}

fn restored(file: &Path, home: &Home, more: &[&str]) {
    let (done, said) = run("restore", file, &home.data(), more);
    assert!(done && said.contains("restored to"), "{said}");
}

fn refused(file: &Path, home: &Home, more: &[&str], why: &str) {
    let (done, said) = run("restore", file, &home.data(), more);
    assert!(!done && said.contains(why), "{said}");
}

type Answered = Arc<Mutex<Vec<(Order, Outcome)>>>;

/// Sends one order after another, until `stop` is set.
async fn send_orders(
    mut client: Client,
    (token, prefix): (Token, String),
    mut random: fastrand::Rng,
    (answered, stop): (Answered, Arc<AtomicBool>),
    told: mpsc::UnboundedSender<()>,
) {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let order = draw(format!("{prefix}-{number}"), &mut random);
        let reply = client.send(&call(&token, &order)).await.unwrap();
        let outcome = read_reply(&order, &reply);
        answered.lock().unwrap().push((order, outcome));
        // The receiver may be dropped before the last orders.
        let _ = told.send(());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_holds_every_order_acknowledged_before_it_began() {
    let seed = seed();
    println!("DARIC_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let home = Home::in_directory("backup-load");
    let server = Server::start(&home, Launch { env: OFTEN, ..Launch::default() });
    let mut world = Caller::at(server.address).await;
    world.reset_at(ELEVEN).await.unwrap();
    let token = open_accounts(&mut world).await;
    let (answered, stop) = (Answered::default(), Arc::new(AtomicBool::new(false)));
    let (told, mut answers) = mpsc::unbounded_channel();
    let mut workers = JoinSet::new();
    for number in 0..CONNECTIONS {
        let client = Client::connect(server.address).await.unwrap();
        let (shared, random) = ((Arc::clone(&answered), Arc::clone(&stop)), fastrand::Rng::with_seed(random.u64(..)));
        workers.spawn(send_orders(client, (token.clone(), format!("b{number}")), random, shared, told.clone()));
    }
    let mut backups = Vec::new();
    for round in 0..4 {
        for _ in 0..200 + random.u64(..400) {
            answers.recv().await.unwrap();
        }
        let before = answered.lock().unwrap().clone();
        let file = tokio::task::block_in_place(|| backed_up(&home, &format!("backup-{round}")));
        let after = answered.lock().unwrap().len();
        println!("backup {round}: {} orders before it, {} during it", before.len(), after - before.len());
        backups.push((file, before));
    }
    stop.store(true, Ordering::Relaxed);
    workers.join_all().await;
    server.stop();
    verify(&home);
    for (file, before) in backups {
        let there = Home::in_directory("backup-restored");
        restored(&file, &there, &[]);
        verify(&there);
        let server = Server::start(&there, Launch::default());
        let mut client = Client::connect(server.address).await.unwrap();
        for (order, outcome) in &before {
            assert_eq!(&inquire(&mut client, &token, order).await, outcome, "{order:?} of {}", file.display());
        }
        server.stop();
        verify(&there);
    }
}

/// A directory whose server was stopped after this number of orders, and the token that they were sent with.
async fn stopped(name: &str, orders: u32) -> (Home, Token) {
    let home = Home::in_directory(name);
    let server = Server::start(&home, Launch { env: OFTEN, ..Launch::default() });
    let mut world = Caller::at(server.address).await;
    world.reset_at(ELEVEN).await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    send(&mut world, &token, 0..orders).await;
    server.stop();
    (home, token)
}

async fn send(world: &mut Caller, token: &Token, orders: std::ops::Range<u32>) {
    for number in orders {
        assert_eq!(world.transfer(token, &format!("t-{number}"), &fifty_thousand()).await.unwrap().status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backup_leaves_nothing_that_looks_like_a_whole_one() {
    let (home, _) = stopped("backup-killed", 200).await;
    let server = Server::start(&home, Launch::default());
    let (file, unfinished) = (home.data().with_file_name("copy"), home.data().with_file_name("copy.unfinished"));
    let mut killed = 0;
    for round in 0..30 {
        let mut command = daric();
        command.arg("backup").arg(&file).arg("--data").arg(home.data()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while !unfinished.exists() && child.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        // The kill comes later in each round.
        for _ in 0..round {
            let _ = fs::metadata(&unfinished).map(|file| file.len());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if file.exists() {
            let there = Home::in_directory("backup-finished");
            restored(&file, &there, &[]);
            fs::remove_file(&file).unwrap();
        } else {
            killed += 1;
        }
    }
    assert!(killed > 0, "no backup was killed in time");
    let whole = backed_up(&home, "copy");
    assert!(!unfinished.exists(), "a later backup takes the place of what was left");
    server.stop();
    // A backup that is cut anywhere is refused.
    let bytes = fs::read(&whole).unwrap();
    for cut in [0, 100, 4_096, bytes.len() / 2, bytes.len() - 4_096, bytes.len() - 1] {
        let part = home.data().with_file_name("part");
        fs::write(&part, &bytes[..cut]).unwrap();
        let there = Home::in_directory("backup-part");
        let (done, said) = run("restore", &part, &there.data(), &[]);
        assert!(!done && said.contains("cannot be restored"), "cut at {cut}: {said}");
        assert!(!there.data().join("daric.db").exists(), "cut at {cut}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_needs_a_directory_without_a_server_and_a_word_to_replace_a_store() {
    let (home, token) = stopped("restore", 20).await;
    let server = Server::start(&home, Launch::default());
    let file = backed_up(&home, "early");
    refused(&file, &home, &[], "is in use by another process");
    refused(&file, &home, &["--replace"], "is in use by another process");
    let mut world = Caller::at(server.address).await;
    send(&mut world, &token, 20..40).await;
    let late = world.transfer(&token, "late", &fifty_thousand()).await.unwrap().json().unwrap();
    // The log of the replaced store is full of commits that the backup does not have.
    server.kill();
    refused(&file, &home, &[], "has a store already: it is replaced with --replace only");
    let (again, said) = run("backup", &file, &home.data(), &[]);
    assert!(!again && said.contains("exists already: a backup overwrites no file"), "{said}");
    restored(&file, &home, &["--replace"]);
    let server = Server::start(&home, Launch::default());
    let mut world = Caller::at(server.address).await;
    assert_eq!(world.status(&token, "t-19").await.unwrap(), "DONE");
    assert_eq!(world.inquire(&token, "t-20").await.unwrap().message(), "transaction not found");
    // A number that was given after the backup is not given again.
    let new = world.transfer(&token, "new", &fifty_thousand()).await.unwrap().json().unwrap();
    let number = |reply: &serde_json::Value| reply["result"]["refCode"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(number(&new) > number(&late) + 900_000_000, "{new} after {late}");
    server.stop();
    verify(&home);
    // The replaced store is complete in its new place.
    let aside = fs::read_dir(home.data()).unwrap().map(|entry| entry.unwrap().path());
    let aside = aside.into_iter().find(|path| path.to_string_lossy().contains("replaced-")).unwrap();
    let output = daric().arg("verify").arg("--data").arg(aside).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_killed_is_whole_after_the_next_start_or_not_begun() {
    let (home, token) = stopped("restore-killed", 20).await;
    let file = backed_up(&home, "early");
    let server = Server::start(&home, Launch::default());
    let mut world = Caller::at(server.address).await;
    let before = world.balance(&token, DROPS).await.unwrap();
    send(&mut world, &token, 20..40).await;
    server.kill();
    // A restore that was killed while it copied leaves the store as it was.
    fs::write(home.data().join("daric.db.copying"), b"part").unwrap();
    let server = Server::start(&home, Launch::default());
    let mut world = Caller::at(server.address).await;
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), before - 20 * 50_000);
    server.kill();
    // A restore that was killed before its rename is completed by the next start.
    fs::copy(&file, home.data().join("daric.db.restored")).unwrap();
    let server = Server::start(&home, Launch::default());
    let mut world = Caller::at(server.address).await;
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), before);
    server.stop();
    verify(&home);
    // A restore into an empty directory that was killed while it copied: the next start does not make an empty store.
    let empty = Home::in_directory("restore-empty");
    fs::create_dir(empty.data()).unwrap();
    fs::write(empty.data().join("daric.db.copying"), b"part").unwrap();
    let mut serve = daric();
    let output = serve.args(["serve", "--demo", "--listen", "127.0.0.1:0"]).args(empty.store()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("was not finished: run it again"), "{said}");
    restored(&file, &empty, &[]);
    verify(&empty);
}

#[test]
fn a_store_on_postgresql_is_backed_up_by_its_own_tools() {
    for verb in ["backup", "restore"] {
        let output =
            daric().args([verb, "/nowhere/copy", "--database", "postgres://127.0.0.1:1/daric"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("docs/operating.md"), "{said}");
    }
}
