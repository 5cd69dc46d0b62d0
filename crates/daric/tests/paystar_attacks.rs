//! Guesses, races, and searches for secrets that must not be stored (`paystar.md` 2 and 3).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use harness::client::{Call, Client};
use harness::paystar::{CARD, MOBILE, SEQUENCE, code, inquiry_call, otp_call, pay_call, wrong};
use harness::server::{Home, Launch, Server, verify};
use harness::world::{Caller, World};
use regex::bytes::Regex;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const GUESSES: usize = 10_000;
const CONNECTIONS: usize = 50;
/// With the production limit for passwords.
const LIMITED: Launch = Launch { args: &["--otp-limit", "3"], env: &[] };

#[apply(each_store)]
async fn of_ten_thousand_wrong_passwords_at_once_three_are_looked_at_and_the_lock_outlives_the_server(
    #[case] _on: OnStore,
) {
    let mut world = World::start("paystar-guesses").await;
    // Two valid passwords do not give more tries.
    let right = world.asked("g-1", 50_000).await;
    let other = world.asked("g-2", 50_000).await;
    let before = world.paid("0000").await;
    let guesses: Arc<Vec<String>> = Arc::new(
        (0..100_000).map(|number| format!("{number:05}")).filter(|guess| *guess != right && *guess != other).collect(),
    );
    let mut callers = JoinSet::new();
    for caller in 0..CONNECTIONS {
        let mut client = Client::connect(world.server.address).await.unwrap();
        let guesses = Arc::clone(&guesses);
        callers.spawn(async move {
            let mut codes = Vec::new();
            for guess in guesses.iter().skip(caller * 1_999).take(GUESSES / CONNECTIONS) {
                let order = if codes.len() % 2 == 0 { "g-1" } else { "g-2" };
                codes.push(code(&client.send(&pay_call(CARD, order, 50_000, guess)).await.unwrap()));
            }
            codes
        });
    }
    let codes: Vec<Option<u8>> = callers.join_all().await.into_iter().flatten().collect();
    let count = |wanted| codes.iter().filter(|code| **code == Some(wanted)).count();
    assert_eq!((codes.len(), count(55), count(75)), (GUESSES, 2, GUESSES - 2));
    assert_eq!(world.paid("0000").await, before);
    // The right password comes too late, and after a restart, too.
    assert_eq!(code(&world.send(&pay_call(CARD, "g-1", 50_000, &right)).await.unwrap()), Some(75));
    let World { server, home, .. } = world;
    server.kill();
    let server = Server::start(&home, Launch::default());
    let mut caller = Caller::at(server.address).await;
    assert_eq!(code(&caller.send(&pay_call(CARD, "g-1", 50_000, &right)).await.unwrap()), Some(75));
    assert_eq!(code(&caller.send(&otp_call(CARD, "g-3", 1)).await.unwrap()), Some(75));
    // Only the operator unlocks the card.
    let card = caller.payer_card("0000").await;
    assert_eq!((card["locked"].as_bool(), card["wrongTries"].as_i64()), (Some(true), Some(3)));
    caller.operator(Call::post(&format!("/admin/v1/payer-cards/{}/unlock", card["id"]))).await.unwrap();
    let otp = caller.asked("g-3", 1).await;
    assert_eq!(code(&caller.send(&pay_call(CARD, "g-3", 1, &otp)).await.unwrap()), None);
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn two_payments_of_one_order_at_once_book_once(#[case] _on: OnStore) {
    const ROUNDS: i64 = 20;
    let mut world = World::start("paystar-race").await;
    let before = world.paid("0000").await;
    for round in 1..=ROUNDS {
        world.ten_minutes_later().await;
        let order = format!("race-{round}");
        let otp = world.asked(&order, 1_000).await;
        let barrier = Arc::new(Barrier::new(2));
        let mut callers = JoinSet::new();
        for _ in 0..2 {
            let mut client = Client::connect(world.server.address).await.unwrap();
            let (call, barrier) = (pay_call(CARD, &order, 1_000, &otp), Arc::clone(&barrier));
            callers.spawn(async move {
                barrier.wait().await;
                code(&client.send(&call).await.unwrap())
            });
        }
        let mut codes = callers.join_all().await;
        codes.sort_unstable();
        assert_eq!(codes, [None, Some(94)], "{order}");
    }
    let after = world.paid("0000").await;
    assert_eq!(after, (before.0 - 1_000 * ROUNDS, before.1 + 1_000 * ROUNDS));
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

/// Strings in a process's memory that look like log lines.
fn log_lines_in_memory(process: u32) -> Vec<Vec<u8>> {
    let line = Regex::new(r"(?-u)[0-9T:.-]{20,30}Z  ?(?:INFO|WARN|ERROR|DEBUG) [^\x00\n]{0,4000}").unwrap();
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mut memory = std::fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut found = Vec::new();
    for area in maps.lines().filter(|area| area.contains(" rw")) {
        let (from, rest) = area.split_once('-').unwrap();
        let to = rest.split(' ').next().unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        memory.seek(SeekFrom::Start(from)).unwrap();
        // Memory that was unmapped meanwhile is skipped.
        if memory.read_exact(&mut bytes).is_ok() {
            found.extend(line.find_iter(&bytes).map(|line| line.as_bytes().to_vec()));
        }
    }
    found
}

/// Whether bytes contain these digits, not as a part of a longer number.
fn is_in(bytes: &[u8], digits: &str) -> bool {
    Regex::new(&format!(r"(?-u)(?:^|[^0-9]){digits}(?:[^0-9]|$)")).unwrap().is_match(bytes)
}

/// A line without its instants, durations, ids and statuses.
fn without_numbers(line: &[u8]) -> Vec<u8> {
    let numbers = Regex::new(r"(?-u)(?:[0-9T:.-]{20,30}Z|(?:micros|millis|id|status)=[0-9a-f]+)").unwrap();
    numbers.replace_all(line, &b""[..]).into_owned()
}

#[apply(each_store)]
async fn neither_card_nor_password_is_in_the_store_the_log_or_the_log_s_buffers(#[case] _on: OnStore) {
    // paystar.md 2 and 3; with a more detailed log than usual.
    let home = Home::new("paystar-secrets");
    let launch = Launch { args: &[], env: &[("RUST_LOG", "debug")] };
    let server = Server::start(&home, launch);
    let mut world = Caller::at(server.address).await;
    world.reset_at("2026-11-21T11:00:00+03:30").await.unwrap();
    let mut passwords = Vec::new();
    for order in ["s-1", "s-2", "s-3"] {
        let otp = world.asked(order, 7_000).await;
        world.send(&pay_call(CARD, order, 7_000, "9999999")).await.unwrap();
        world
            .send(&Call::post("/api/ivr/bpm/pay").body(format!("{{\"pan\":\"{CARD}\",\"pin\":\"{otp}\"")))
            .await
            .unwrap();
        assert_eq!(code(&world.send(&pay_call(CARD, order, 7_000, &otp)).await.unwrap()), None);
        world.send(&pay_call(CARD, order, 7_000, &otp)).await.unwrap();
        passwords.push(otp);
    }
    // A fault that names the card, and every list of the operator API.
    world.arm_rule(&json!({"fault": "paystar:91", "card": CARD, "client": SEQUENCE})).await.unwrap();
    for path in ["faults", "payer-cards", "phone-orders", "accounts", "cards"] {
        let shown = world.send(&Call::get(&format!("/admin/v1/{path}")).bearer("demo-admin-token")).await.unwrap();
        assert_eq!(shown.status, 200, "{path}");
        assert!(!String::from_utf8_lossy(&shown.body).contains(CARD), "{path} shows the card");
    }
    let metrics = world.send(&Call::get("/metrics")).await.unwrap();
    assert!(!String::from_utf8_lossy(&metrics.body).contains(CARD));
    let in_memory = log_lines_in_memory(server.id());
    assert!(in_memory.len() > 3, "the log's buffers were not found: {}", in_memory.len());
    server.stop();

    let printed = home.printed();
    assert!(printed.contains("/api/ivr/bpm/pay"), "the log says nothing of the calls:\n{printed}");
    let lines = printed.lines().map(|line| line.as_bytes().to_vec()).chain(in_memory);
    for line in lines {
        let text = String::from_utf8_lossy(&line).into_owned();
        assert!(!text.contains(CARD), "the card is in {text:?}");
        let rest = without_numbers(&line);
        assert!(passwords.iter().all(|otp| !is_in(&rest, otp)), "a password is in {text:?}");
    }
    assert_eq!(home.files_with(CARD), Vec::<std::path::PathBuf>::new());
    assert_eq!(home.files_with("رمز پویا"), Vec::<std::path::PathBuf>::new());
    for otp in &passwords {
        for (path, bytes) in home.contents() {
            assert!(!is_in(&bytes, otp), "the password {otp} is in {}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_never_brings_a_used_password_back_and_a_directory_s_forgets_the_open_ones() {
    // paystar.md 2.
    let home = Home::in_directory("paystar-restart");
    let server = Server::start(&home, LIMITED);
    let mut caller = Caller::at(server.address).await;
    let used = caller.asked("r-1", 1_000).await;
    assert_eq!(code(&caller.send(&pay_call(CARD, "r-1", 2_000, &used)).await.unwrap()), Some(13));
    let open = caller.asked("r-2", 1_000).await;
    server.kill();
    let server = Server::start(&home, LIMITED);
    let mut caller = Caller::at(server.address).await;
    for (order, otp) in [("r-1", &used), ("r-2", &open)] {
        assert_eq!(code(&caller.send(&pay_call(CARD, order, 1_000, otp)).await.unwrap()), Some(55), "{order}");
    }
    assert_eq!(caller.payer_card("0000").await["wrongTries"], 0, "none of them was a wrong try");
    assert_eq!(code(&caller.send(&inquiry_call("r-2")).await.unwrap()), Some(55), "the order is known");
    // A third password within ten minutes is sent, a fourth is not: the restart did not forget the first two.
    let otp = caller.asked("r-2", 1_000).await;
    assert_eq!(code(&caller.send(&otp_call(CARD, "r-3", 1_000)).await.unwrap()), Some(61));
    assert_eq!(code(&caller.send(&pay_call(CARD, "r-2", 1_000, &otp)).await.unwrap()), None);
    server.stop();
    verify(&home);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_asked_of_one_node_is_good_at_another_and_tries_are_counted_over_all() {
    // paystar.md 2, and several nodes on one database.
    let home = Home::on_postgres("paystar-nodes");
    let servers = [Server::start(&home, Launch::default()), Server::start(&home, Launch::default())];
    let (mut one, mut other) = (Caller::at(servers[0].address).await, Caller::at(servers[1].address).await);
    one.reset_at("2026-11-21T11:00:00+03:30").await.unwrap();
    let otp = one.asked("n-1", 1_000).await;
    assert_eq!(code(&other.send(&pay_call(CARD, "n-1", 1_000, &otp)).await.unwrap()), None);
    assert_eq!(code(&one.send(&pay_call(CARD, "n-1", 1_000, &otp)).await.unwrap()), Some(94));
    assert_eq!(code(&one.send(&inquiry_call("n-1")).await.unwrap()), None);
    let otp = one.asked("n-2", 1_000).await;
    for (at, wanted) in [(0, 55), (1, 55), (0, 75), (1, 75)] {
        let caller = if at == 0 { &mut one } else { &mut other };
        assert_eq!(code(&caller.send(&pay_call(CARD, "n-2", 1_000, wrong(&otp))).await.unwrap()), Some(wanted));
    }
    // The switch of the day close is shared by all nodes.
    one.operator(Call::new("PUT", "/admin/v1/day-close").json(&json!({"on": true}))).await.unwrap();
    let seen = other.operator(Call::get("/admin/v1/day-close")).await.unwrap();
    assert_eq!(seen["on"], true);
    // The text of a password's SMS is only in the memory of the node that sent it.
    assert!(one.newest_sms(MOBILE).await.is_ok() && other.newest_sms(MOBILE).await.is_err());
    servers.into_iter().for_each(Server::stop);
    verify(&home);
}
