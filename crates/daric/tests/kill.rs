//! SIGKILL under load: nothing that was answered is lost, nothing happens twice, nothing is half there.
//!
//! A round: 64 connections send transfers; after a drawn number of replies the process is killed, `daric verify` reads
//! the store as it lies, the server starts again and is asked for every order of the round. Then the orders that got
//! no reply are sent once more under their trackIds (`finnotech.md` 1.5: that is always allowed).
//! The seed is printed; `DARIC_TEST_SEED` repeats a run's draws (not its thread timing).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use harness::client::{Call, Client, Reply};
use harness::server::{Home, Launch, Server, verify};
use harness::world::{DROPS, Grant, OPERATOR, Token, World, but, inquiry_call, transfer_call};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const ROUNDS: u32 = 22;
const CONNECTIONS: u64 = 64;
/// The kill comes after 1 … this many replies.
const MOST_REPLIES: u64 = 400;
const OPENED: [&str; 6] =
    ["0302876100001", "0302876100002", "0302876100003", "0302876100004", "0302876100005", "0302876100006"];
const OPENING_BALANCE: u64 = 1_000_000_000;
/// The clock is frozen here on each start, so that no round meets the day's close at 23:54. Far ahead, because a clock
/// that restarts on system time must not be set back.
const NOON: &str = "2040-01-02T12:00:00+03:30";
/// More than any account here ever holds.
const TOO_MUCH: u64 = 900_000_000_000_000;

#[derive(Debug, Clone)]
struct Order {
    track_id: String,
    source: &'static str,
    destination: &'static str,
    amount: u64,
}

/// Where an order stands, by its reply or by the inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Done {
        ref_code: String,
    },
    Refused,
    /// No reply, or `transaction not found`.
    Nothing,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_keeps_every_answered_order_once_and_every_other_whole_or_not_at_all() {
    let seed = seed();
    println!("DARIC_TEST_SEED={seed}");
    let mut random = Random(seed);
    let (home, token) = prepare().await;
    let opened_with = verify(&home);
    let mut book = Book::new();

    for round in 1..=ROUNDS {
        let (server, _) = start(&home).await;
        let replies_before_kill = 1 + random.below(MOST_REPLIES);
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
            // An order without a reply may be sent again, be it there or not; each connection's first one too.
            let again = *replied == Outcome::Nothing || order.track_id.ends_with("-0");
            let outcome = if again { send_again(&mut client, &token, order, found).await } else { found };
            book.enter(order, outcome);
        }
        println!("round {round}: {unanswered_but_there} orders are there that got no reply");
        book.compare(&mut client, &token).await;
        // The next round starts on a store that was not closed either.
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
    for number in OPENED {
        world.open_deposit("062", number, OPENING_BALANCE).await.unwrap();
    }
    world.set_clock(NOON).await.unwrap();
    let deposits: Vec<&str> = [DROPS].into_iter().chain(OPENED).collect();
    let token = world.grant(Grant { deposits: &deposits, ..Grant::default() }).await.unwrap();
    let World { server, home, .. } = world;
    server.stop();
    (home, token)
}

async fn start(home: &Home) -> (Server, Client) {
    // So few that look-ups are being settled at most moments of death.
    let launch = Launch { env: &[("DARIC_SETTLE_AFTER", "150")], ..Launch::default() };
    let server = Server::start(home, launch);
    let mut client = Client::connect(server.address).await.unwrap();
    let call = Call::post("/admin/v1/clock").bearer(OPERATOR).json(&json!({"set": NOON}));
    let reply = client.send(&call).await.unwrap();
    assert!((200..300).contains(&reply.status), "clock: {reply}");
    (server, client)
}

/// Kills the server when `replies` orders have been answered and all connections are busy with the next ones.
async fn load_until_killed(
    server: Server,
    token: &Token,
    round: u32,
    replies: u64,
    random: &mut Random,
) -> Vec<(Order, Outcome)> {
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(Client::connect(server.address).await.unwrap());
    }
    let mut workers = JoinSet::new();
    for (number, client) in clients.into_iter().enumerate() {
        let random = Random(random.next());
        workers.spawn(send_orders(client, token.clone(), format!("r{round}-c{number}"), random, answered.clone()));
    }
    drop(answered);
    for _ in 0..replies {
        answers.recv().await.expect("the server ended before it was killed");
    }
    server.kill();
    workers.join_all().await.into_iter().flatten().collect()
}

/// One order after another until the connection breaks; the last one has no reply.
async fn send_orders(
    mut client: Client,
    token: Token,
    prefix: String,
    mut random: Random,
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
        // Nobody listens when the kill has been ordered and this reply was on its way already.
        let _ = answered.send(());
    }
}

fn draw(track_id: String, random: &mut Random) -> Order {
    let accounts: Vec<&'static str> = [DROPS].into_iter().chain(OPENED).collect();
    let count = accounts.len() as u64;
    let source = random.below(count);
    let destination = (source + 1 + random.below(count - 1)) % count;
    let amount = if random.below(10) == 0 { TOO_MUCH } else { 1 + random.below(1_000) };
    let account = |index: u64| accounts[usize::try_from(index).unwrap()];
    Order { track_id, source: account(source), destination: account(destination), amount }
}

fn call(token: &Token, order: &Order) -> Call {
    let body = but(json!({
        "amount": order.amount, "deposit": order.source, "destinationNumber": order.destination,
    }));
    transfer_call(token, &order.track_id, &body)
}

/// A reply that is neither of the two that this load can earn fails the test.
fn read_reply(order: &Order, reply: &Reply) -> Outcome {
    let body = reply.json().unwrap();
    if order.amount == TOO_MUCH {
        let refused = json!({"code": "SERVICE_CALL_ERROR", "message": "موجودی حساب کافی نمیباشد"});
        assert_eq!((reply.status, &body["error"]), (400, &refused), "{order:?}");
        return Outcome::Refused;
    }
    assert_eq!((reply.status, &body["status"]), (200, &json!("DONE")), "{order:?}: {reply}");
    assert_eq!(body["trackId"], *order.track_id, "{order:?}: the reply of another order");
    Outcome::Done { ref_code: text(&body["result"]["refCode"]) }
}

async fn inquire(client: &mut Client, token: &Token, order: &Order) -> Outcome {
    let reply = client.send(&inquiry_call(token, &order.track_id)).await.unwrap();
    if reply.status == 400 && reply.message() == "transaction not found" {
        return Outcome::Nothing;
    }
    let result = reply.json().unwrap()["result"].take();
    assert_eq!(reply.status, 200, "{order:?}: {reply}");
    // Whole: whatever is there of an order is the order that was sent.
    assert_eq!(result["transactionAmount"], order.amount, "{order:?}: {reply}");
    assert_eq!(result["sourceNumber"], order.source, "{order:?}: {reply}");
    assert_eq!(result["destinationNumber"], order.destination, "{order:?}: {reply}");
    assert_eq!(result["transferTrackId"], *order.track_id, "{order:?}: {reply}");
    let expected = if order.amount == TOO_MUCH { "FAILED" } else { "DONE" };
    assert_eq!(result["transferStatus"], expected, "{order:?}: {reply}");
    if order.amount == TOO_MUCH { Outcome::Refused } else { Outcome::Done { ref_code: text(&result["refCode"]) } }
}

/// The same call again: executed if nothing was there, refused as a duplicate if something was.
async fn send_again(client: &mut Client, token: &Token, order: &Order, found: Outcome) -> Outcome {
    let reply = client.send(&call(token, order)).await.unwrap();
    if found == Outcome::Nothing {
        return read_reply(order, &reply);
    }
    assert_eq!((reply.status, &*reply.message()), (400, "trackId is duplicated"), "{order:?}, which is {found:?}");
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string")).to_owned()
}

/// What the orders so far must have made of the balances.
struct Book {
    balances: BTreeMap<&'static str, i64>,
    orders: Vec<(Order, Outcome)>,
    ref_codes: BTreeSet<String>,
}

impl Book {
    fn new() -> Self {
        let opened = OPENED.into_iter().map(|number| (number, i64::try_from(OPENING_BALANCE).unwrap()));
        let balances = opened.chain([(DROPS, 1_000_000_000_000)]).collect();
        Self { balances, orders: Vec::new(), ref_codes: BTreeSet::new() }
    }

    fn enter(&mut self, order: &Order, outcome: Outcome) {
        assert_ne!(outcome, Outcome::Nothing, "{order:?} is still open");
        if let Outcome::Done { ref_code } = &outcome {
            assert!(self.ref_codes.insert(ref_code.clone()), "{order:?} has the refCode of another order: {ref_code}");
            let amount = i64::try_from(order.amount).unwrap();
            *self.balances.get_mut(order.source).unwrap() -= amount;
            *self.balances.get_mut(order.destination).unwrap() += amount;
        }
        self.orders.push((order.clone(), outcome));
    }

    fn done(&self) -> u64 {
        self.ref_codes.len() as u64
    }

    async fn compare(&self, client: &mut Client, token: &Token) {
        let mut found = BTreeMap::new();
        for number in self.balances.keys() {
            let path = format!("/oak/v2/clients/drops/deposits/{number}/balance");
            let reply = client.send(&Call::get(&path).bearer(&token.value)).await.unwrap();
            let result = reply.json().unwrap()["result"].take();
            assert_eq!(
                result["availableBalance"], result["currentBalance"],
                "nothing holds money on {number}: {reply}"
            );
            found.insert(*number, result["currentBalance"].as_i64().unwrap());
        }
        assert_eq!(found, self.balances, "balances against the orders that are DONE");
    }
}

fn seed() -> u64 {
    match std::env::var("DARIC_TEST_SEED") {
        Ok(text) => text.parse().expect("DARIC_TEST_SEED is a number"),
        Err(_) => u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap(),
    }
}

/// SplitMix64: a draw needs no more, and a seed fits in a line of a log.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
