//! SIGKILL under load: nothing that was answered is lost, nothing happens twice, nothing is half done.
//!
//! A round: 64 connections send transfers. After a random number of replies the process is killed, `daric verify` checks the store as it is, the
//! server starts again, and every order of the round is inquired. Then the orders without a reply are sent once more under their trackIds
//! (`finnotech.md` 1.5: that is always allowed).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::book::{Book, Order, Outcome, call, draw, inquire, open_accounts, read_reply, seed, send_again};
use harness::client::{Call, Client};
use harness::server::{Home, Launch, Server, verify};
use harness::world::{OPERATOR, Token, World};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const ROUNDS: u32 = 22;
const CONNECTIONS: u64 = 64;
/// The kill comes after 1 … this many replies.
const MOST_REPLIES: u64 = 400;
/// Each start freezes the clock here, so that no round meets the day's close at 23:54. The instant is far ahead, because a restarted clock that runs
/// on system time must not be set back.
const NOON: &str = "2040-01-02T12:00:00+03:30";
#[apply(each_store)]
async fn a_killed_server_keeps_every_answered_order_once_and_every_other_whole_or_not_at_all(#[case] _on: OnStore) {
    let seed = seed();
    println!("DARIC_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (home, token) = prepare().await;
    let opened_with = verify(&home);
    let mut book = Book::new();

    for round in 1..=ROUNDS {
        let (server, _) = start(&home).await;
        let replies_before_kill = 1 + random.u64(..MOST_REPLIES);
        let sent = load_until_killed(server, &token, round, replies_before_kill, &mut random).await;
        let answered = sent.iter().filter(|(_, outcome)| *outcome != Outcome::Nothing).count();
        println!("round {round}: killed after {replies_before_kill} replies; {answered} of {} answered", sent.len());
        assert!(answered as u64 >= replies_before_kill, "round {round}: the load lost replies");
        verify(&home);

        let (server, mut client) = start(&home).await;
        let mut unanswered_but_there = 0;
        for (order, replied) in &sent {
            let found = inquire(&mut client, &token, order).await;
            unanswered_but_there += u32::from(*replied == Outcome::Nothing && found != Outcome::Nothing);
            if *replied != Outcome::Nothing {
                assert_eq!(*replied, found, "round {round}: {order:?} was answered, then inquired");
            }
            // An order without a reply may be sent again, whether it exists or not; the first order of each connection is, too.
            let again = *replied == Outcome::Nothing || order.track_id.ends_with("-0");
            let outcome = if again { send_again(&mut client, &token, order, found).await } else { found };
            book.enter(order, outcome);
        }
        println!("round {round}: {unanswered_but_there} orders are there that got no reply");
        book.compare(&mut client, &token).await;
        // The next round starts on a store that was not closed, as well.
        server.kill();
    }

    let (server, mut client) = start(&home).await;
    for (order, outcome) in &book.orders {
        assert_eq!(&inquire(&mut client, &token, order).await, outcome, "{order:?} at the end");
    }
    book.compare(&mut client, &token).await;
    server.stop();
    let closed_with = verify(&home);
    assert_eq!(closed_with.accounts, opened_with.accounts);
    assert_eq!(closed_with.transfers - opened_with.transfers, book.done(), "ledger transfers against orders done");
    assert!(book.done() > u64::from(ROUNDS), "the load was too thin to prove anything");
}

/// A closed store with the accounts, and a token that survives restarts.
async fn prepare() -> (Home, Token) {
    let mut world = World::start("kill").await;
    world.set_clock(NOON).await.unwrap();
    let token = open_accounts(&mut world).await;
    let World { server, home, .. } = world;
    server.stop();
    (home, token)
}

async fn start(home: &Home) -> (Server, Client) {
    // So small a number that look-ups are being compacted at most kills.
    let launch = Launch { env: &[("DARIC_SETTLE_AFTER", "150")], ..Launch::default() };
    let server = Server::start(home, launch);
    let mut client = Client::connect(server.address).await.unwrap();
    let call = Call::post("/admin/v1/clock").bearer(OPERATOR).json(&json!({"set": NOON}));
    let reply = client.send(&call).await.unwrap();
    assert!((200..300).contains(&reply.status), "clock: {reply}");
    (server, client)
}

/// Kills the server after `replies` answered orders, while all connections are busy with the next ones.
async fn load_until_killed(
    server: Server,
    token: &Token,
    round: u32,
    replies: u64,
    random: &mut fastrand::Rng,
) -> Vec<(Order, Outcome)> {
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(Client::connect(server.address).await.unwrap());
    }
    let mut workers = JoinSet::new();
    for (number, client) in clients.into_iter().enumerate() {
        let random = fastrand::Rng::with_seed(random.u64(..));
        workers.spawn(send_orders(client, token.clone(), format!("r{round}-c{number}"), random, answered.clone()));
    }
    drop(answered);
    for _ in 0..replies {
        answers.recv().await.expect("the server ended before it was killed");
    }
    server.kill();
    workers.join_all().await.into_iter().flatten().collect()
}

/// Sends one order after another until the connection breaks; the last one has no reply.
async fn send_orders(
    mut client: Client,
    token: Token,
    prefix: String,
    mut random: fastrand::Rng,
    answered: mpsc::UnboundedSender<()>,
) -> Vec<(Order, Outcome)> {
    let mut sent = Vec::new();
    loop {
        let order = draw(format!("{prefix}-{}", sent.len()), &mut random);
        let Ok(reply) = client.send(&call(&token, &order)).await else {
            sent.push((order, Outcome::Nothing));
            return sent;
        };
        let outcome = read_reply(&order, &reply);
        sent.push((order, outcome));
        // The receiver is gone if the kill was ordered while this reply was on its way.
        let _ = answered.send(());
    }
}
