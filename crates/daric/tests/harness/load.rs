//! Callers that send orders to any server that answers, until they are stopped. Each order is tried under its trackId until its outcome is known.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::book::{Order, Outcome, call, draw, read_reply};
use super::client::{Client, Reply};
use super::world::{Token, inquiry_call};

/// The addresses of the servers: a restarted server has another port.
pub type Nodes = Arc<Mutex<Vec<SocketAddr>>>;

pub fn address(nodes: &Nodes, at: usize) -> SocketAddr {
    let nodes = nodes.lock().unwrap();
    nodes[at % nodes.len()]
}

/// One attempt, with its reply if there was one.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// Whether the outcome of its order is known from it.
    pub settled: bool,
    /// `None`: the connection broke.
    pub status: Option<u16>,
    pub took: Duration,
    pub at: Instant,
}

/// Running callers.
pub struct Load {
    workers: JoinSet<Vec<(Order, Outcome)>>,
    stop: Arc<AtomicBool>,
    attempts: mpsc::UnboundedReceiver<Attempt>,
}

impl Load {
    pub fn start(nodes: &Nodes, token: &Token, connections: u64, prefix: &str, random: &mut fastrand::Rng) -> Self {
        let (stop, (told, attempts)) = (Arc::new(AtomicBool::new(false)), mpsc::unbounded_channel());
        let mut workers = JoinSet::new();
        for number in 0..connections {
            let caller = Caller {
                prefix: format!("{prefix}{number}"),
                at: usize::try_from(number).unwrap(),
                token: token.clone(),
                nodes: Arc::clone(nodes),
                stop: Arc::clone(&stop),
                told: told.clone(),
                client: None,
            };
            workers.spawn(caller.run(fastrand::Rng::with_seed(random.u64(..))));
        }
        Self { workers, stop, attempts }
    }

    /// Waits for the next finished attempt.
    pub async fn attempt(&mut self) -> Attempt {
        self.attempts.recv().await.expect("the load goes on")
    }

    /// Waits for `count` orders with a known outcome; returns the attempts until then.
    pub async fn settled(&mut self, mut count: u64) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        while count > 0 {
            let attempt = self.attempt().await;
            count -= u64::from(attempt.settled);
            attempts.push(attempt);
        }
        attempts
    }

    /// Ends the load when the outcomes of all begun orders are known; returns these orders, and the attempts that were not read yet.
    pub async fn finish(mut self) -> (Vec<(Order, Outcome)>, Vec<Attempt>) {
        self.stop.store(true, Ordering::Relaxed);
        let orders = self.workers.join_all().await.into_iter().flatten().collect();
        self.attempts.close();
        let mut attempts = Vec::new();
        while let Some(attempt) = self.attempts.recv().await {
            attempts.push(attempt);
        }
        (orders, attempts)
    }
}

struct Caller {
    prefix: String,
    at: usize,
    token: Token,
    nodes: Nodes,
    stop: Arc<AtomicBool>,
    told: mpsc::UnboundedSender<Attempt>,
    client: Option<Client>,
}

impl Caller {
    async fn run(mut self, mut random: fastrand::Rng) -> Vec<(Order, Outcome)> {
        let mut done = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let order = draw(format!("{}-{}", self.prefix, done.len()), &mut random);
            let outcome = loop {
                let began = Instant::now();
                let (status, outcome) = self.attempt(&order).await;
                let at = Instant::now();
                let attempt = Attempt { settled: outcome.is_some(), status, took: at - began, at };
                // The receiver is gone when the load is being ended.
                let _ = self.told.send(attempt);
                match outcome {
                    Some(outcome) => break outcome,
                    // The next attempt goes to another node, with the same trackId.
                    None => {
                        self.client = None;
                        self.at += 1;
                    }
                }
            };
            done.push((order, outcome));
        }
        done
    }

    async fn attempt(&mut self, order: &Order) -> (Option<u16>, Option<Outcome>) {
        if self.client.is_none() {
            self.client = Client::connect(address(&self.nodes, self.at)).await.ok();
        }
        let Some(client) = &mut self.client else { return (None, None) };
        let Ok(reply) = client.send(&call(&self.token, order)).await else { return (None, None) };
        let status = Some(reply.status);
        if reply.status == 400 && reply.message() == "trackId is duplicated" {
            // An earlier attempt succeeded, although its reply was lost.
            let Ok(inquiry) = client.send(&inquiry_call(&self.token, &order.track_id)).await else {
                return (status, None);
            };
            return (Some(inquiry.status), (inquiry.status < 500).then(|| inquired(order, &inquiry)));
        }
        (status, (reply.status < 500).then(|| read_reply(order, &reply)))
    }
}

fn inquired(order: &Order, reply: &Reply) -> Outcome {
    let result: Value = reply.json().unwrap()["result"].take();
    match result["transferStatus"].as_str() {
        Some("DONE") => Outcome::Done { ref_code: result["refCode"].as_str().unwrap().to_owned() },
        Some("FAILED") => Outcome::Refused,
        _ => panic!("{order:?} is a duplicate of nothing: {reply}"),
    }
}
