//! The database goes away, comes back, or another one takes over: every call gets a true answer within a bounded time.

use crate::harness;

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cluster::{Cluster, Proxy, ProxyFault};
use harness::book::{Book, Order, Outcome, inquire, open_accounts, seed};
use harness::client::{Call, Client};
use harness::load::{Attempt, Load};
use harness::server::{Home, Launch, Server, postgres, verify};
use harness::world::{Caller, DROPS, OPERATOR, Token, fifty_thousand};

const CONNECTIONS: u64 = 16;
const NOON: &str = "2040-01-02T12:00:00+03:30";
const PATIENT: Launch = Launch { args: &["--database-patience-ms", "500"], env: &[] };
/// A call waits five seconds for its turn and the attempts of its batch, the last attempt for half a second per round trip and grace, and the outcome
/// of a lost commit for three times that.
const LONGEST: Duration = Duration::from_secs(12);

/// Checks that every attempt was answered in time: with an outcome, with the dialect's 503, or with 500 for an outcome that must be inquired.
fn check_attempts(attempts: &[Attempt], what: &str) {
    for attempt in attempts {
        assert!(attempt.took < LONGEST, "{what}: {attempt:?}");
        assert!(attempt.settled || matches!(attempt.status, Some(500 | 503)), "{what}: {attempt:?}");
    }
}

async fn settle(server: &Server, token: &Token, orders: &[(Order, Outcome)], book: &mut Book) {
    let mut client = Client::connect(server.address).await.unwrap();
    for (order, outcome) in orders {
        assert_eq!(&inquire(&mut client, token, order).await, outcome, "{order:?}");
        book.enter(order, outcome.clone());
    }
    book.compare(&mut client, token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_cut_or_half_closed_wire_gives_true_answers_in_time() {
    let seed = seed();
    println!("DARIC_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    postgres().create_database("trouble").unwrap();
    let proxy = Proxy::start(postgres().port()).unwrap();
    let home = Home::on("trouble", &format!("postgres://postgres@127.0.0.1:{}/trouble", proxy.port()));
    let server = Server::start(&home, PATIENT);
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(NOON).await.unwrap();
    let token = open_accounts(&mut caller).await;
    let opened_with = verify(&home);
    let nodes = Arc::new(Mutex::new(vec![server.address]));
    let mut book = Book::new();
    let faults = [ProxyFault::Stalled, ProxyFault::Cut, ProxyFault::ServerGone, ProxyFault::ClientGone];
    for (round, fault) in faults.into_iter().cycle().take(2 * faults.len()).enumerate() {
        let what = format!("round {round}, {fault:?}");
        let mut load = Load::start(&nodes, &token, CONNECTIONS, &format!("n{round}-"), &mut random);
        check_attempts(&load.settled(50 + random.u64(..200)).await, &what);
        let began = Instant::now();
        proxy.set(fault);
        let mut attempts = Vec::new();
        if matches!(fault, ProxyFault::Stalled | ProxyFault::Cut) {
            // The connection error lasts until a caller has got an error.
            while attempts.last().is_none_or(|attempt: &Attempt| attempt.settled) {
                attempts.push(load.attempt().await);
            }
            // A commit whose answer is lost is answered with 500 and must be inquired; all other failures did nothing.
            while attempts.last().unwrap().status != Some(503) {
                attempts.push(load.attempt().await);
            }
            // Reads fail, too, in the dialect's form; and the server reports that it is not ready.
            let mut client = Client::connect(server.address).await.unwrap();
            let path = format!("/oak/v2/clients/drops/deposits/{DROPS}/balance");
            let read = client.send(&Call::get(&path).bearer(&token.value)).await.unwrap();
            assert_eq!((read.status, &*read.message()), (503, "server is busy"), "{what}: {read}");
            assert!(read.header("retry-after").is_some());
            assert_eq!(client.send(&Call::get("/readyz")).await.unwrap().status, 503, "{what}");
            assert_eq!(client.send(&Call::get("/healthz")).await.unwrap().status, 200, "{what}");
        }
        proxy.set(ProxyFault::None);
        attempts.extend(load.settled(CONNECTIONS * 4).await);
        println!("{what}: {:?} until {} orders were settled again", began.elapsed(), CONNECTIONS * 4);
        let (orders, rest) = load.finish().await;
        attempts.extend(rest);
        check_attempts(&attempts, &what);
        settle(&server, &token, &orders, &mut book).await;
    }
    let clock = caller.send(&Call::get("/admin/v1/clock").bearer(OPERATOR)).await.unwrap();
    assert_eq!(clock.status, 200, "{clock}");
    server.stop();
    let closed_with = verify(&home);
    assert_eq!(closed_with.transfers - opened_with.transfers, book.done());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_takes_over_has_every_acknowledged_order() {
    let seed = seed();
    println!("DARIC_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let directory = std::env::temp_dir();
    let mut primary = Cluster::start(&directory, &[]).unwrap();
    let standby = primary.standby(&directory, "standby").unwrap();
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'standby'").unwrap();
    primary.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    let state = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    while primary.sql("postgres", state).unwrap().trim() != "1" {}
    primary.create_database("daric").unwrap();
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", primary.port(), standby.port());
    let home = Home::on("failover", &format!("postgres://postgres@{hosts}/daric"));
    let server = Server::start(&home, PATIENT);
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(NOON).await.unwrap();
    let token = open_accounts(&mut caller).await;
    let opened_with = verify(&home);

    let nodes = Arc::new(Mutex::new(vec![server.address]));
    let mut load = Load::start(&nodes, &token, CONNECTIONS, "f", &mut random);
    let mut attempts = load.settled(1_000 + random.u64(..1_000)).await;
    let began = Instant::now();
    primary.crash().unwrap();
    standby.promote().unwrap();
    let promoted = began.elapsed();
    attempts.extend(load.settled(500).await);
    let (orders, rest) = load.finish().await;
    attempts.extend(rest);
    check_attempts(&attempts, "failover");
    let mut settled: Vec<Instant> =
        attempts.iter().filter(|attempt| attempt.settled).map(|attempt| attempt.at).collect();
    settled.sort_unstable();
    let longest = settled.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    println!(
        "without service: {longest:?}; the standby was promoted {promoted:?} after the primary's crash was ordered"
    );
    let unsettled = attempts.iter().filter(|attempt| !attempt.settled).count();
    println!("{} orders, {unsettled} attempts were told to come back", orders.len());
    let mut book = Book::new();
    settle(&server, &token, &orders, &mut book).await;
    server.stop();
    let on_standby = Home::on("failover", &standby.url("daric"));
    let closed_with = verify(&on_standby);
    assert_eq!(closed_with.transfers - opened_with.transfers, book.done());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_commits_are_refused_is_not_ready_until_they_are_taken_again() {
    let home = Home::on_postgres("refused");
    let server = Server::start(&home, PATIENT);
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(NOON).await.unwrap();
    let token = caller.named_token("code062").await.unwrap();
    let mut other = postgres().session(home.database()).unwrap();
    other.run("BEGIN").unwrap();
    other.run("LOCK TABLE account").unwrap();
    let refused = caller.transfer(&token, "locked-out", &fifty_thousand()).await.unwrap();
    assert_eq!((refused.status, &*refused.message()), (503, "server is busy"), "{refused}");
    drop(other);
    let done = caller.transfer(&token, "locked-out", &fifty_thousand()).await.unwrap();
    assert_eq!(done.status, 200, "nothing had been done: {done}");

    let mut other = postgres().session(home.database()).unwrap();
    other.run("BEGIN").unwrap();
    other.run("LOCK TABLE account, node").unwrap();
    assert_eq!(caller.transfer(&token, "again", &fifty_thousand()).await.unwrap().status, 503);
    assert_eq!(caller.send(&Call::get("/readyz")).await.unwrap().status, 503);
    assert_eq!(caller.send(&Call::get("/healthz")).await.unwrap().status, 200);
    drop(other);
    // The readiness check itself notices that the database is back.
    assert_eq!(caller.send(&Call::get("/readyz")).await.unwrap().status, 200);
    server.stop();
    verify(&home);
}

#[test]
fn what_is_no_store_is_neither_verified_nor_served_nor_changed() {
    let home = Home::on_postgres("no-store");
    let run = |verb: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daric"));
        let output = command.args(verb).args(home.store()).env_remove("DARIC_DATABASE").output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let tables =
        || postgres().sql(home.database(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").unwrap();
    let (code, said) = run(&["verify"]);
    assert!(code == Some(1) && said.contains("there is no store in this database"), "{code:?} {said}");
    assert_eq!(tables().trim(), "0", "a check makes nothing");
    postgres().sql(home.database(), "CREATE TABLE invoices (id bigint)").unwrap();
    for verb in [&["verify"][..], &["serve", "--demo", "--listen", "127.0.0.1:0"]] {
        let (code, said) = run(verb);
        assert!(code == Some(1) && said.contains("tables of another program"), "{verb:?}: {code:?} {said}");
    }
    assert_eq!(tables().trim(), "1");
}
