//! Payments by telephone: pairs of calls, one that requests a password and one that pays with it, against a bare echo of the
//! same two bodies.
//!
//! Order: start an SMS provider, the server and the echo, issue cards, alternating rounds (echo, daric, echo, …), stop, verify, print.
//! Passwords travel as in production: the server sends each SMS to the provider over HTTP, and the generator waits for it. So a pair
//! costs the server two incoming requests, one outgoing request, and the record of its result.
//! Validity: a card can get at most three passwords in ten minutes, so each card pays once a round; every reply is checked, and
//! `daric verify` must find a transfer for each payment that was answered.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use bytes::Bytes;
use clap::Args;
use hyper::header::HeaderValue;
use hyper::{StatusCode, Uri};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::generator::{self, Connection};
use crate::http::{Workspace, log_tails, post_as_operator};
use crate::pairs::{self, Figures, Side};
use crate::process::{self, Scratch, Server};
use crate::result::Result;
use crate::settings::Other;

/// What a run is asked to do.
#[derive(Args, Clone)]
pub struct Settings {
    /// Pairs of a round, and cards
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(64..1_000_000))]
    pub pairs: u32,
    /// Rounds of each side: three passwords a card are the limit
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=3))]
    pub rounds: u32,
    /// Have the server use this empty PostgreSQL database
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    #[command(flatten)]
    pub other: Other,
}

const CONNECTIONS: usize = 64;
/// The number of merchants.
const TERMINALS: usize = 16;
/// The value for no password.
const NONE: u32 = u32::MAX;
/// Time-out after which an SMS counts as lost.
const TIMEOUT: Duration = Duration::from_secs(20);
const OTP_PATH: &str = "/api/ivr/bpm/otp-v2";
const PAY_PATH: &str = "/api/ivr/bpm/pay";

/// Runs the scenario and prints its figures.
pub async fn run(settings: &Settings) -> Result<()> {
    let target = process::target_dir()?;
    let scratch = Scratch::create(&target, "bench-ivr")?;
    let workspaces = Workspace::all(&scratch, &settings.other, settings.database.clone())?;
    measure(settings, &scratch, &workspaces).await.inspect_err(|_| log_tails(&workspaces))
}

/// The phones of all card holders, by card.
struct Phones(Vec<Phone>);

struct Phone {
    otp: AtomicU32,
    rings: Notify,
}

impl Phones {
    fn new(count: usize) -> Self {
        Self((0..count).map(|_| Phone { otp: AtomicU32::new(NONE), rings: Notify::new() }).collect())
    }

    /// Waits for the password of a card and removes it.
    async fn read(&self, card: usize) -> Result<u32, String> {
        let phone = self.0.get(card).ok_or("no such card")?;
        let waited = tokio::time::timeout(TIMEOUT, async {
            loop {
                match phone.otp.swap(NONE, Ordering::AcqRel) {
                    NONE => phone.rings.notified().await,
                    otp => return otp,
                }
            }
        });
        waited.await.map_err(|_| format!("no SMS for card {card}"))
    }
}

/// Receives an SMS: the receiver's number, a line end, the text.
async fn receive(State(phones): State<Arc<Phones>>, body: String) -> &'static str {
    let card = body.get(2..11).and_then(|card| card.parse::<usize>().ok());
    let otp = body.split_once(": ").and_then(|(_, rest)| rest.get(..5)?.parse().ok());
    if let (Some(phone), Some(otp)) = (card.and_then(|card| phones.0.get(card)), otp) {
        phone.otp.store(otp, Ordering::Release);
        phone.rings.notify_one();
    }
    ""
}

async fn provider(phones: Arc<Phones>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(receive).with_state(phones);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn pan(card: usize) -> String {
    format!("502291{card:010}")
}

fn sequence(terminal: usize) -> String {
    format!("bench-terminal-{}", terminal % TERMINALS)
}

async fn measure(settings: &Settings, scratch: &Scratch, workspaces: &[Workspace]) -> Result<()> {
    let cards = settings.pairs as usize;
    let phones = Arc::new(Phones::new(cards));
    let address = provider(Arc::clone(&phones)).await?;
    let config = scratch.path().join("daric.toml");
    std::fs::write(
        &config,
        format!(
            "[paystar]\notps_per_minute = 1000000\n[sms.http]\nurl = \"http://{address}/\"\n\
             headers = {{ Content-Type = \"text/plain\" }}\nbody = \"{{to}}\\n{{text}}\"\n"
        ),
    )?;
    let mut echo = std::process::Command::new(std::env::current_exe()?);
    echo.arg("echo");
    let echo = Server::start(echo, &scratch.path().join("echo.log"))?;
    let mut sides = Vec::new();
    for workspace in workspaces {
        let mut serve = workspace.daric("serve");
        serve.args(["--demo", "--listen", "127.0.0.1:0", "--config"]).arg(&config);
        let side = Side::new(workspace, Server::start(serve, &workspace.log())?, ())?;
        eprintln!("issuing {cards} cards …");
        issue(side.server.address, cards).await?;
        sides.push(side);
    }

    let mut echoed = Figures::new()?;
    for round in 0..settings.rounds {
        let pairs = one_round(echo.address, None, cards, round).await?;
        eprintln!("{:<5} {:>8.0} pairs/s", "echo", pairs.pairs_per_s());
        echoed.add(&pairs)?;
        for side in &mut sides {
            let before = side.server.cpu()?;
            let pairs = one_round(side.server.address, Some(&phones), cards, round).await?;
            eprintln!("{:<5} {:>8.0} pairs/s", side.name, pairs.pairs_per_s());
            side.count(&pairs, before)?;
        }
    }
    drop(echo);
    println!(
        "{cards} cards, {TERMINALS} merchants, {CONNECTIONS} connections, {} rounds of {cards} pairs",
        settings.rounds
    );
    pairs::print("         pairs/s   otp p50 ms  p99 ms   pay p50 ms  p99 ms", ("echo", &echoed), &sides)?;
    pairs::end(sides, workspaces)
}

/// Issues the cards and the merchants' terminals.
async fn issue(address: SocketAddr, cards: usize) -> Result<()> {
    let (mut operator, driver) = Connection::open(address).await?;
    tokio::spawn(driver);
    for terminal in 0..TERMINALS {
        let form = json!({"sequence": sequence(terminal), "merchant": "bench"});
        post_as_operator(&mut operator, "/admin/v1/terminals", &form, StatusCode::CREATED).await?;
    }
    let mut tasks = JoinSet::new();
    for share in shares(cards) {
        let (mut connection, driver) = Connection::open(address).await?;
        let issuing = async move {
            for card in share {
                let form = json!({
                    "number": pan(card), "mobile": format!("09{card:09}"),
                    "expires": "1420/12", "balance": 1_000_000_000_u64,
                });
                post_as_operator(&mut connection, "/admin/v1/payer-cards", &form, StatusCode::CREATED).await?;
            }
            Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
        };
        tasks.spawn(generator::drive(driver, issuing));
    }
    while let Some(issued) = tasks.join_next().await {
        issued??;
    }
    Ok(())
}

/// Each connection's cards.
fn shares(cards: usize) -> impl Iterator<Item = Range<usize>> {
    let share = cards.div_ceil(CONNECTIONS);
    (0..cards).step_by(share).map(move |first| first..cards.min(first + share))
}

/// Every card pays once; without phones it is an echo that is asked.
async fn one_round(address: SocketAddr, phones: Option<&Arc<Phones>>, cards: usize, round: u32) -> Result<Figures> {
    let mut open = Vec::new();
    for share in shares(cards) {
        open.push((share, Connection::open(address).await?));
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (share, (connection, driver)) in open {
        let paying = pay(connection, phones.map(Arc::clone), share, round);
        tasks.spawn(generator::drive(driver, paying));
    }
    let mut total = Figures::new()?;
    while let Some(figures) = tasks.join_next().await {
        total.add(&figures??)?;
    }
    total.elapsed = started.elapsed();
    Ok(total)
}

async fn pay(
    mut connection: Connection,
    phones: Option<Arc<Phones>>,
    cards: Range<usize>,
    round: u32,
) -> Result<Figures> {
    let mut figures = Figures::new()?;
    for card in cards {
        let (pan, sequence, order) = (pan(card), sequence(card), format!("{round}-{card}"));
        let body = format!(r#"{{"amount":1000,"pan":"{pan}","order_id":"{order}","sequence":"{sequence}"}}"#);
        let (asked, reply) = exchange(&mut connection, OTP_PATH, body).await?;
        let otp = match &phones {
            Some(phones) => {
                check(&reply, r#"{"status":1,"data":[],"errors":[]}"#)?;
                phones.read(card).await?
            }
            None => 0,
        };
        let body = format!(
            r#"{{"ivr":1,"pan":"{pan}","pin":"{otp:05}","amount":1000,"order_id":"{order}","merchant_cid":"09120000000","sequence":"{sequence}"}}"#
        );
        let (paid, reply) = exchange(&mut connection, PAY_PATH, body).await?;
        if phones.is_some() {
            check(&reply, r#"{"status":1,"data":{"refID":""#)?;
        }
        figures.first.saturating_record(asked.as_micros() as u64);
        figures.second.saturating_record(paid.as_micros() as u64);
        figures.pairs += 1;
    }
    Ok(figures)
}

fn check(reply: &str, begins: &str) -> Result<()> {
    if reply.starts_with(begins) { Ok(()) } else { Err(format!("unexpected: {reply}").into()) }
}

async fn exchange(connection: &mut Connection, path: &'static str, body: String) -> Result<(Duration, String)> {
    let request = connection.post(Uri::from_static(path), HeaderValue::from_static("none"), Bytes::from(body))?;
    let started = Instant::now();
    let status = connection.exchange(request).await?;
    let elapsed = started.elapsed();
    let reply = String::from_utf8_lossy(&connection.reply).into_owned();
    if status == StatusCode::OK { Ok((elapsed, reply)) } else { Err(format!("HTTP {status}: {reply}").into()) }
}
