//! Random orders, their outcomes, and the balances that must result.
//!
//! The seed is printed; `DARIC_TEST_SEED` repeats the draws of a run (not its thread timing).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::client::{Call, Client, Reply};
use super::world::{Caller, DROPS, Grant, Token, but, inquiry_call, transfer_call};

pub const OPENED: [&str; 6] =
    ["0302876100001", "0302876100002", "0302876100003", "0302876100004", "0302876100005", "0302876100006"];
pub const OPENING_BALANCE: u64 = 1_000_000_000;
/// More than any account here ever holds.
pub const TOO_MUCH: u64 = 900_000_000_000_000;

#[derive(Debug, Clone)]
pub struct Order {
    pub track_id: String,
    pub source: &'static str,
    pub destination: &'static str,
    pub amount: u64,
}

/// The outcome of an order, by its reply or by an inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done {
        ref_code: String,
    },
    Refused,
    /// No reply, or `transaction not found`.
    Nothing,
}

pub fn draw(track_id: String, random: &mut fastrand::Rng) -> Order {
    let accounts: Vec<&'static str> = [DROPS].into_iter().chain(OPENED).collect();
    let count = accounts.len() as u64;
    let source = random.u64(..count);
    let destination = (source + 1 + random.u64(..(count - 1))) % count;
    let amount = if random.u64(..10) == 0 { TOO_MUCH } else { 1 + random.u64(..1_000) };
    let account = |index: u64| accounts[usize::try_from(index).unwrap()];
    Order { track_id, source: account(source), destination: account(destination), amount }
}

pub fn call(token: &Token, order: &Order) -> Call {
    let body = but(json!({
        "amount": order.amount, "deposit": order.source, "destinationNumber": order.destination,
    }));
    transfer_call(token, &order.track_id, &body)
}

/// Reads a reply; a reply that is neither the expected success nor the expected refusal fails the test.
pub fn read_reply(order: &Order, reply: &Reply) -> Outcome {
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

pub async fn inquire(client: &mut Client, token: &Token, order: &Order) -> Outcome {
    let reply = client.send(&inquiry_call(token, &order.track_id)).await.unwrap();
    if reply.status == 400 && reply.message() == "transaction not found" {
        return Outcome::Nothing;
    }
    let result = reply.json().unwrap()["result"].take();
    assert_eq!(reply.status, 200, "{order:?}: {reply}");
    // What exists of an order is the order that was sent.
    assert_eq!(result["transactionAmount"], order.amount, "{order:?}: {reply}");
    assert_eq!(result["sourceNumber"], order.source, "{order:?}: {reply}");
    assert_eq!(result["destinationNumber"], order.destination, "{order:?}: {reply}");
    assert_eq!(result["transferTrackId"], *order.track_id, "{order:?}: {reply}");
    let expected = if order.amount == TOO_MUCH { "FAILED" } else { "DONE" };
    assert_eq!(result["transferStatus"], expected, "{order:?}: {reply}");
    if order.amount == TOO_MUCH { Outcome::Refused } else { Outcome::Done { ref_code: text(&result["refCode"]) } }
}

/// Sends the same call again: it is executed if the order did not exist, and refused as a duplicate if it did.
pub async fn send_again(client: &mut Client, token: &Token, order: &Order, found: Outcome) -> Outcome {
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

/// Opens the accounts; returns a token for them that survives restarts.
pub async fn open_accounts(world: &mut Caller) -> Token {
    for number in OPENED {
        world.open_deposit("062", number, OPENING_BALANCE).await.unwrap();
    }
    let deposits: Vec<&str> = [DROPS].into_iter().chain(OPENED).collect();
    world.grant(Grant { deposits: &deposits, ..Grant::default() }).await.unwrap()
}

/// The balances that must result from the orders so far.
pub struct Book {
    balances: BTreeMap<&'static str, i64>,
    pub orders: Vec<(Order, Outcome)>,
    ref_codes: BTreeSet<String>,
}

impl Book {
    pub fn new() -> Self {
        let opened = OPENED.into_iter().map(|number| (number, i64::try_from(OPENING_BALANCE).unwrap()));
        let balances = opened.chain([(DROPS, 1_000_000_000_000)]).collect();
        Self { balances, orders: Vec::new(), ref_codes: BTreeSet::new() }
    }

    pub fn enter(&mut self, order: &Order, outcome: Outcome) {
        assert_ne!(outcome, Outcome::Nothing, "{order:?} is still open");
        if let Outcome::Done { ref_code } = &outcome {
            assert!(self.ref_codes.insert(ref_code.clone()), "{order:?} has the refCode of another order: {ref_code}");
            let amount = i64::try_from(order.amount).unwrap();
            *self.balances.get_mut(order.source).unwrap() -= amount;
            *self.balances.get_mut(order.destination).unwrap() += amount;
        }
        self.orders.push((order.clone(), outcome));
    }

    pub fn done(&self) -> u64 {
        self.ref_codes.len() as u64
    }

    pub async fn compare(&self, client: &mut Client, token: &Token) {
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

pub fn seed() -> u64 {
    match std::env::var("DARIC_TEST_SEED") {
        Ok(text) => text.parse().expect("DARIC_TEST_SEED is a number"),
        Err(_) => u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap(),
    }
}
