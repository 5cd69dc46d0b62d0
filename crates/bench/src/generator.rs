//! The load generator: it sends the same transfers to the real server and to the echo, with the same code.
//!
//! Shape: a number of connections, each one task with one request in flight, for a time or for a number of requests → one `Tally`.
//! Random: source (and so its token), destination, amount and trackId, so that neither caches nor indexes see a favourable order.
//! Cost: the generator shares the machine with the server. A request uses one buffer, which is reused; header values are made once; a
//! reply is searched, not parsed (except for one in `FULL_CHECK_EVERY`); connections share only immutable data.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::result::Result;

/// How many deposits a token has: those of a person with many accounts.
pub const DEPOSITS_PER_TOKEN: usize = 16;

const TRANSFER_PATH: &str = "/oak/v2/clients/drops/transferTo?trackId=";
const DESCRIPTION: &str = "شرح تراکنش";
const AMOUNT_MAX_RIAL: u64 = 1_000;
/// The minimum amount of paya, in rials.
const PAYA_MIN_RIAL: u64 = 10_000;
/// The names that paya requires, as a part of the body between the destination's number and the next key.
const NAMES: &str = "\",\"destinationFirstname\":\"مارتین\",\"destinationLastname\":\"رضایی";
const FULL_CHECK_EVERY: u64 = 1_000;
/// The capacity for the address and the body of one request, and for the body of an ordinary reply.
const BUFFER_BYTES: usize = 512;
/// How many unexpected replies are printed at most.
const COMPLAINTS_SHOWN: usize = 5;
const COMPLAINT_REPLY_BYTES: usize = 400;

/// The largest latency of the histogram, one minute in µs; it counts from 1 µs with three significant digits.
const LATENCY_MAX_US: u64 = 60_000_000;
const LATENCY_DIGITS: u8 = 3;

/// The accounts of a run. Account `i` belongs to token `i / DEPOSITS_PER_TOKEN`.
pub struct Book {
    numbers: Vec<String>,
    bearers: Vec<HeaderValue>,
    /// IBANs at other banks that are paid; if empty, the accounts pay each other.
    payees: Vec<String>,
}

impl Book {
    pub fn new(accounts: usize, bearers: Vec<HeaderValue>) -> Self {
        Self { numbers: (0..accounts).map(account_number).collect(), bearers, payees: Vec::new() }
    }

    /// The same accounts, which pay these IBANs by paya.
    pub fn paying(self, payees: Vec<String>) -> Self {
        Self { payees, ..self }
    }
}

/// An account number of 13 digits that no deposit of the demo world has.
pub fn account_number(index: usize) -> String {
    format!("9{index:012}")
}

/// The server that is measured, and so the check of its replies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Echo,
    Daric,
}

/// When a run ends. Requests in flight are still awaited and counted.
#[derive(Clone, Copy)]
pub enum Goal {
    Time(Duration),
    Requests(u64),
}

/// The result of a run.
pub struct Tally {
    /// Latencies of good replies, in µs: from the call of the HTTP client to the last byte of the body.
    pub latency: Histogram<u64>,
    /// The number of good replies.
    pub done: u64,
    /// The number of unexpected replies and broken connections.
    pub errors: u64,
    pub elapsed: Duration,
    complaints: Vec<String>,
}

impl Tally {
    pub fn new() -> Result<Self> {
        Ok(Self {
            latency: Histogram::new_with_bounds(1, LATENCY_MAX_US, LATENCY_DIGITS)?,
            done: 0,
            errors: 0,
            elapsed: Duration::ZERO,
            complaints: Vec::new(),
        })
    }

    /// Adds the figures of another task or round. Elapsed times are added, too: rounds follow each other.
    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.latency.add(&other.latency)?;
        self.done += other.done;
        self.errors += other.errors;
        self.elapsed += other.elapsed;
        let room = COMPLAINTS_SHOWN.saturating_sub(self.complaints.len());
        self.complaints.extend(other.complaints.iter().take(room).cloned());
        Ok(())
    }

    pub fn done_per_s(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64()
    }

    fn complain(&mut self, complaint: String) {
        self.errors += 1;
        if self.complaints.len() < COMPLAINTS_SHOWN {
            self.complaints.push(complaint);
        }
    }
}

/// Opens all connections, then starts the clock. Unexpected replies are printed to standard error.
pub async fn run(
    address: SocketAddr,
    target: Target,
    book: &Arc<Book>,
    connections: usize,
    goal: Goal,
) -> Result<Tally> {
    let mut open = Vec::with_capacity(connections);
    for index in 0..connections {
        let (connection, driver) = Connection::open(address).await?;
        let share = match goal {
            Goal::Time(_) => u64::MAX,
            Goal::Requests(n) => n / connections as u64 + u64::from((index as u64) < n % connections as u64),
        };
        open.push((connection, driver, share, Tally::new()?));
    }
    let started = Instant::now();
    let deadline = match goal {
        Goal::Time(duration) => Some(started + duration),
        Goal::Requests(_) => None,
    };
    let mut tasks = JoinSet::new();
    for (connection, driver, share, tally) in open {
        let sending = send(connection, target, Arc::clone(book), deadline, share, tally);
        tasks.spawn(drive(driver, sending));
    }
    let mut total = Tally::new()?;
    while let Some(tally) = tasks.join_next().await {
        total.add(&tally?)?;
    }
    total.elapsed = started.elapsed();
    for complaint in &total.complaints {
        eprintln!("unexpected: {complaint}");
    }
    Ok(total)
}

/// Sends one connection's share of the load.
async fn send(
    mut connection: Connection,
    target: Target,
    book: Arc<Book>,
    deadline: Option<Instant>,
    share: u64,
    mut tally: Tally,
) -> Tally {
    let mut random = Random::seeded();
    let mut buffer = BytesMut::with_capacity(BUFFER_BYTES);
    let mut sent = 0;
    let mut now = Instant::now();
    while sent < share && deadline.is_none_or(|deadline| now < deadline) {
        // No part of the last request is referenced any more, so this reuses its memory.
        buffer.reserve(BUFFER_BYTES);
        let order = Order::random(&mut random, &book);
        let body = order.body(&book, &mut buffer);
        let request = match order.request(&book, &connection, &mut buffer, body.clone()) {
            Ok(request) => request,
            Err(error) => {
                tally.complain(format!("no request: {error}"));
                break;
            }
        };
        let started = Instant::now();
        let status = match connection.exchange(request).await {
            Ok(status) => status,
            Err(error) => {
                tally.complain(format!("no reply: {error}"));
                break;
            }
        };
        now = Instant::now();
        let verdict = match target {
            Target::Echo => check_echo(status, &connection.reply, &body),
            Target::Daric => check_daric(status, &connection.reply, &order, &book, sent % FULL_CHECK_EVERY == 0),
        };
        sent += 1;
        match verdict {
            Ok(()) => {
                tally.done += 1;
                tally.latency.saturating_record((now - started).as_micros() as u64);
            }
            Err(complaint) => tally.complain(complaint),
        }
    }
    tally
}

/// A transfer to request; accounts are indexes into the book.
struct Order {
    track_id: [u8; 36],
    amount: u64,
    source: usize,
    destination: usize,
}

impl Order {
    fn random(random: &mut Random, book: &Book) -> Self {
        let accounts = book.numbers.len();
        let source = random.below(accounts as u64) as usize;
        if !book.payees.is_empty() {
            let destination = random.below(book.payees.len() as u64) as usize;
            let amount = PAYA_MIN_RIAL + random.below(AMOUNT_MAX_RIAL);
            return Self { track_id: random.uuid(), amount, source, destination };
        }
        // The draw is over all accounts but the source.
        let other = random.below(accounts as u64 - 1) as usize;
        let destination = if other < source { other } else { other + 1 };
        Self { track_id: random.uuid(), amount: 1 + random.below(AMOUNT_MAX_RIAL), source, destination }
    }

    fn destination<'a>(&self, book: &'a Book) -> &'a str {
        if book.payees.is_empty() { &book.numbers[self.destination] } else { &book.payees[self.destination] }
    }

    fn body(&self, book: &Book, buffer: &mut BytesMut) -> Bytes {
        let mut digits = [0; 20];
        let names = if book.payees.is_empty() { "" } else { NAMES };
        for part in [
            "{\"amount\":",
            decimal(self.amount, &mut digits),
            ",\"description\":\"",
            DESCRIPTION,
            "\",\"destinationNumber\":\"",
            self.destination(book),
            names,
            "\",\"deposit\":\"",
            &book.numbers[self.source],
            "\",\"paymentNumber\":\"123456\"}",
        ] {
            buffer.extend_from_slice(part.as_bytes());
        }
        buffer.split().freeze()
    }

    fn request(
        &self,
        book: &Book,
        connection: &Connection,
        buffer: &mut BytesMut,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>> {
        buffer.extend_from_slice(TRANSFER_PATH.as_bytes());
        buffer.extend_from_slice(&self.track_id);
        let uri = Uri::from_maybe_shared(buffer.split().freeze())?;
        let bearer = book.bearers[self.source / DEPOSITS_PER_TOKEN].clone();
        connection.post(uri, bearer, body)
    }
}

fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &str {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    std::str::from_utf8(&digits[start..]).unwrap_or_default()
}

fn check_echo(status: StatusCode, reply: &[u8], body: &[u8]) -> Result<(), String> {
    if status != StatusCode::OK || reply != body {
        return Err(describe(status, reply));
    }
    Ok(())
}

fn check_daric(status: StatusCode, reply: &[u8], order: &Order, book: &Book, full: bool) -> Result<(), String> {
    // Both stand near the end of a reply, so the searches begin at the end.
    let done = || reply.array_windows().rev().any(|window| window == b"\"status\":\"DONE\"");
    let same_track_id = || reply.array_windows().rev().any(|window| *window == order.track_id);
    if status != StatusCode::OK || !done() || !same_track_id() {
        return Err(describe(status, reply));
    }
    if full && !says_what_was_asked(reply, order, book) {
        return Err(format!("another transfer than asked for: {}", describe(status, reply)));
    }
    Ok(())
}

fn says_what_was_asked(reply: &[u8], order: &Order, book: &Book) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Reply {
        track_id: String,
        status: String,
        result: Transfer,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Transfer {
        amount: u64,
        source_number: String,
        destination_number: String,
    }
    serde_json::from_slice::<Reply>(reply).is_ok_and(|reply| {
        reply.track_id.as_bytes() == order.track_id
            && reply.status == "DONE"
            && reply.result.amount == order.amount
            && reply.result.source_number == book.numbers[order.source]
            && reply.result.destination_number == order.destination(book)
    })
}

fn describe(status: StatusCode, reply: &[u8]) -> String {
    let shown = &reply[..reply.len().min(COMPLAINT_REPLY_BYTES)];
    format!("HTTP {status}: {}", String::from_utf8_lossy(shown))
}

/// The half of a connection that does I/O; `drive` runs it beside the half that sends.
pub type Driver = http1::Connection<TokioIo<TcpStream>, Full<Bytes>>;

/// One keep-alive connection with at most one request in flight.
pub struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    host: HeaderValue,
    /// The body of the last reply.
    pub reply: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<(Self, Driver)> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("{address}: {error}"))?;
        stream.set_nodelay(true)?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        let host = HeaderValue::try_from(address.to_string())?;
        Ok((Self { sender, host, reply: Vec::with_capacity(BUFFER_BYTES) }, driver))
    }

    pub fn post(&self, uri: Uri, bearer: HeaderValue, body: Bytes) -> Result<Request<Full<Bytes>>> {
        Ok(Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(HOST, self.host.clone())
            .header(AUTHORIZATION, bearer)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Full::new(body))?)
    }

    /// Sends one request and reads the whole reply into `reply`.
    pub async fn exchange(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<StatusCode> {
        Ok(self.fetch(request).await?.status())
    }

    /// Sends one request, reads the whole reply into `reply`, and returns the reply's head.
    pub async fn fetch(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<()>> {
        self.sender.ready().await?;
        let (head, mut body) = self.sender.send_request(request).await?.into_parts();
        self.reply.clear();
        while let Some(frame) = body.frame().await {
            if let Some(data) = frame?.data_ref() {
                self.reply.extend_from_slice(data);
            }
        }
        Ok(Response::from_parts(head, ()))
    }

    /// The time from sending a request to the head of its reply; the body is read and dropped.
    pub async fn first_byte(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Duration> {
        self.sender.ready().await?;
        let started = Instant::now();
        let response = self.sender.send_request(request).await?;
        let first_byte = started.elapsed();
        response.into_body().collect().await?;
        Ok(first_byte)
    }
}

/// Runs both halves of a connection in one task, which is cheaper than waking a second task twice a request.
pub async fn drive<T>(driver: Driver, sending: impl Future<Output = T>) -> T {
    let mut sending = pin!(sending);
    tokio::select! {
        biased;
        output = &mut sending => return output,
        // `exchange` reports the end of the connection, and its cause, to the sender.
        _ = driver => {}
    }
    sending.await
}

/// xorshift64*: a few instructions for each number, and random enough to choose accounts.
struct Random(u64);

impl Random {
    /// Seeded by the system, differently at each call.
    fn seeded() -> Self {
        // Zero is the only state that xorshift never leaves.
        Self(RandomState::new().build_hasher().finish() | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Uniform in `0..limit`, within the precision of the 32 high bits (`limit` below 2^32).
    fn below(&mut self, limit: u64) -> u64 {
        ((self.next() >> 32) * limit) >> 32
    }

    /// The text of a version 4 UUID.
    fn uuid(&mut self) -> [u8; 36] {
        const SHAPE: &[u8; 36] = b"xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx";
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut bits = u128::from(self.next()) << 64 | u128::from(self.next());
        SHAPE.map(|place| match place {
            b'x' => {
                let digit = HEX[(bits & 15) as usize];
                bits >>= 4;
                digit
            }
            fixed => fixed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        Book::new(20, vec![HeaderValue::from_static("Bearer a"), HeaderValue::from_static("Bearer b")])
    }

    fn order() -> Order {
        Order { track_id: *b"0a8cc84c-1f38-4f0e-a7c2-0b1d1c6f5a11", amount: 50, source: 17, destination: 3 }
    }

    #[test]
    fn draws_reach_every_account_and_never_pay_oneself() {
        let (mut random, book) = (Random::seeded(), book());
        let mut seen = [[false; 20]; 2];
        for _ in 0..5_000 {
            let order = Order::random(&mut random, &book);
            assert_ne!(order.source, order.destination);
            assert!((1..=AMOUNT_MAX_RIAL).contains(&order.amount));
            seen[0][order.source] = true;
            seen[1][order.destination] = true;
        }
        assert_eq!(seen, [[true; 20]; 2]);
    }

    #[test]
    fn a_body_is_the_documented_json() {
        let body = order().body(&book(), &mut BytesMut::new());
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let expected = serde_json::json!({
            "amount": 50, "description": DESCRIPTION, "destinationNumber": "9000000000003",
            "deposit": "9000000000017", "paymentNumber": "123456"
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn only_the_reply_to_the_order_passes() {
        let good = "{\"result\":{\"amount\":50,\"sourceNumber\":\"9000000000017\",\"destinationNumber\":\"9000000000003\"},\
                    \"status\":\"DONE\",\"trackId\":\"0a8cc84c-1f38-4f0e-a7c2-0b1d1c6f5a11\"}";
        let check = |status, reply: &str, full| check_daric(status, reply.as_bytes(), &order(), &book(), full).is_ok();
        assert!(check(StatusCode::OK, good, true));
        assert!(!check(StatusCode::BAD_REQUEST, good, false));
        for (from, to) in [("DONE", "PENDING"), ("a11", "a12"), ("\"status\":\"DONE\"", "")] {
            assert!(!check(StatusCode::OK, &good.replace(from, to), false), "{from} → {to}");
        }
        for (from, to) in [("50", "51"), ("0017", "0016"), ("0003", "0004")] {
            assert!(!check(StatusCode::OK, &good.replace(from, to), true), "{from} → {to}");
        }
    }
}
