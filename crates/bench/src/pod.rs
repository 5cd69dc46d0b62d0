//! POD's invoices: pairs of a call that issues one and a call that pays it from a wallet, against a bare echo of the same two bodies;
//! and invoices that fall due among many.
//!
//! Order: start the server and the echo, create shops and payers, alternating rounds (echo, daric, echo, …); with `--listed`, as many more
//! invoices, and lists of them; with `--due`, as many invoices that the clock closes at one instant while `transferTo` goes on; stop, verify, print.
//! Validity: every invoice is issued with the one-time token of the reply before it, every reply is checked, all due invoices must be closed,
//! and `daric verify` must find a transfer for each payment that was answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Args;
use hyper::header::HeaderValue;
use hyper::{StatusCode, Uri};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::generator::{self, Connection, Goal, Target};
use crate::http::{OPERATOR, Workspace, log_tails, open_accounts};
use crate::pairs::{self, Figures, Side};
use crate::process::{self, Scratch, Server};
use crate::result::Result;
use crate::settings::{self, Other};

/// What a run is asked to do.
#[derive(Args, Clone)]
pub struct Settings {
    /// Pairs of a round
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(64..10_000_000))]
    pub pairs: u32,
    /// Rounds of each side
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Invoices of one shop beside those, for lists
    #[arg(long, default_value_t = 0)]
    pub listed: u32,
    /// Invoices that fall due at one instant
    #[arg(long, default_value_t = 0)]
    pub due: u32,
    /// Have the server use this empty PostgreSQL database
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    #[command(flatten)]
    pub other: Other,
}

pub const CONNECTIONS: usize = 64;
const SHOPS: usize = 16;
pub const PAYERS: usize = 64;
const SERVICE: &str = "/srv/sc/nzh/doServiceCall";
const CLOCK: &str = "/admin/v1/clock";
/// The instants at which invoices that fall due are issued, and at which they fall due: 600 seconds later.
const ISSUED: &str = "2026-11-21T11:00:00+03:30";
const DUE: &str = "2026-11-21T11:10:00+03:30";
/// How long `transferTo` is measured before the invoices fall due.
const QUIET: Duration = Duration::from_secs(8);
const ACCOUNTS: u32 = 1_000;
/// The line of an invoice; with tax it amounts to 54,500 rials.
const LINE: &str = "guildCode=API_GUILD&productId%5B%5D=0&price%5B%5D=50000&quantity%5B%5D=1&productDescription%5B%5D=%DA%A9%D8%AA%D8%A7%D8%A8";

/// Runs the scenario and prints its figures.
pub async fn run(settings: &Settings) -> Result<()> {
    let target = process::target_dir()?;
    let scratch = Scratch::create(&target, "bench-pod")?;
    let workspaces = Workspace::all(&scratch, &settings.other, settings.database.clone())?;
    measure(settings, &scratch, &workspaces).await.inspect_err(|_| log_tails(&workspaces))
}

/// The password with which payers log in.
pub const PASSWORD: &str = "bench-password";

/// The tokens of shops and payers, and the payers' ids.
pub struct World {
    shops: Vec<String>,
    payers: Vec<(i64, String)>,
}

/// Starts a build without a limit on pages per address, and a connection for the operator's calls.
pub async fn start(workspace: &Workspace) -> Result<(Server, Connection)> {
    let mut serve = workspace.daric("serve");
    serve.args(["--demo", "--listen", "127.0.0.1:0", "--visits-per-minute", "100000000"]);
    let server = Server::start(serve, &workspace.log())?;
    let (operator, driver) = Connection::open(server.address).await?;
    tokio::spawn(driver);
    Ok((server, operator))
}

async fn measure(settings: &Settings, scratch: &Scratch, workspaces: &[Workspace]) -> Result<()> {
    let mut echo = std::process::Command::new(std::env::current_exe()?);
    echo.arg("echo");
    let echo = Server::start(echo, &scratch.path().join("echo.log"))?;
    let mut sides = Vec::new();
    for workspace in workspaces {
        let (server, mut operator) = start(workspace).await?;
        post_as_operator(&mut operator, CLOCK, &json!({"set": ISSUED})).await?;
        let world = Arc::new(make(&mut operator).await?);
        sides.push(Side::new(workspace, server, world)?);
    }

    let mut echoed = Figures::new()?;
    let work = Work { pairs: settings.pairs, then: Then::Pay, form: "" };
    for _ in 0..settings.rounds {
        let pairs = one_round(echo.address, Target::Echo, &sides[0].world, &work).await?;
        eprintln!("{:<5} {:>8.0} pairs/s", "echo", pairs.pairs_per_s());
        echoed.add(&pairs)?;
        for side in &mut sides {
            let before = side.server.cpu()?;
            let pairs = one_round(side.server.address, Target::Daric, &side.world, &work).await?;
            eprintln!("{:<5} {:>8.0} pairs/s", side.name, pairs.pairs_per_s());
            side.count(&pairs, before)?;
        }
    }
    drop(echo);
    println!(
        "{SHOPS} shops, {PAYERS} payers, {CONNECTIONS} connections, {} rounds of {} pairs",
        settings.rounds, settings.pairs
    );
    pairs::print("         pairs/s   issue p50 ms  p99 ms   pay p50 ms  p99 ms", ("echo", &echoed), &sides)?;
    let Side { server, world, .. } = &sides[0];
    if settings.listed > 0 {
        let work = Work { pairs: settings.listed, then: Then::Nothing, form: "&billNumber=" };
        let issued = one_round(server.address, Target::Daric, world, &work).await?;
        println!("issued            {} more in {:.0} s", settings.listed, issued.elapsed.as_secs_f64());
        lists(server.address, world).await?;
    }
    if settings.due > 0 {
        due(settings.due, server.address, world).await?;
    }
    let memory = server.memory()?;
    println!("memory            {:.0} MiB at the end", memory.anonymous_kib as f64 / 1024.0);
    pairs::end(sides, workspaces)
}

async fn post_as_operator(operator: &mut Connection, path: &str, body: &Value) -> Result<Value> {
    let body = Bytes::from(serde_json::to_vec(body)?);
    let request = operator.post(Uri::try_from(path)?, OPERATOR, body)?;
    let status = operator.exchange(request).await?;
    if !status.is_success() {
        return Err(format!("POST {path}: HTTP {status}: {}", String::from_utf8_lossy(&operator.reply)).into());
    }
    Ok(serde_json::from_slice(&operator.reply)?)
}

/// Creates shops, and payers with enough money.
pub async fn make(operator: &mut Connection) -> Result<World> {
    let mut world = World { shops: Vec::new(), payers: Vec::new() };
    for shop in 0..SHOPS {
        let form = json!({"kind": "business", "name": format!("bench-shop-{shop}"), "guilds": ["API_GUILD"]});
        let (_, token) = party(operator, &form).await?;
        world.shops.push(token);
    }
    for payer in 0..PAYERS {
        let form = json!({"kind": "user", "name": format!("bench-payer-{payer}"), "password": PASSWORD});
        let (id, token) = party(operator, &form).await?;
        post_as_operator(
            operator,
            &format!("/admin/v1/parties/{id}/money"),
            &json!({"amount": 1_000_000_000_000_000_u64}),
        )
        .await?;
        world.payers.push((id, token));
    }
    Ok(world)
}

async fn party(operator: &mut Connection, form: &Value) -> Result<(i64, String)> {
    let made = post_as_operator(operator, "/admin/v1/parties", form).await?;
    let id = made["id"].as_i64().ok_or("a party has no number")?;
    let token = post_as_operator(operator, &format!("/admin/v1/parties/{id}/tokens"), &json!({})).await?;
    Ok((id, token["token"].as_str().ok_or("a token is no text")?.to_owned()))
}

/// The step that follows the issue of an invoice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Pay,
    Nothing,
}

struct Work {
    pairs: u32,
    then: Then,
    /// Further parameters of an invoice; a number of the invoice is appended to a text that ends with `=`.
    form: &'static str,
}

async fn one_round(address: SocketAddr, target: Target, world: &Arc<World>, work: &Work) -> Result<Figures> {
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        open.push(Connection::open(address).await?);
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (number, (connection, driver)) in open.into_iter().enumerate() {
        let pairs = (work.pairs as usize + CONNECTIONS - 1 - number) / CONNECTIONS;
        let trading = trade(connection, target, Arc::clone(world), (number, pairs), (work.then, work.form));
        tasks.spawn(generator::drive(driver, trading));
    }
    let mut total = Figures::new()?;
    while let Some(figures) = tasks.join_next().await {
        total.add(&figures??)?;
    }
    total.elapsed = started.elapsed();
    Ok(total)
}

/// Issues invoices without a customer and returns their unique numbers, which identify them in links.
pub async fn unique_numbers(address: SocketAddr, world: &Arc<World>, invoices: u32) -> Result<Vec<String>> {
    let mut tasks = JoinSet::new();
    for number in 0..CONNECTIONS {
        let world = Arc::clone(world);
        let (mut connection, driver) = Connection::open(address).await?;
        let issuing = async move {
            let shop = &world.shops[number % SHOPS];
            let (_, reply) = exchange(&mut connection, format!("_token_={shop}&scProductId=29816")).await?;
            let mut ott = part(&reply, "\"ott\":\"").ok_or("no one-time token")?.to_owned();
            let mut found = Vec::new();
            for _ in 0..(invoices as usize + CONNECTIONS - 1 - number) / CONNECTIONS {
                let body = format!("_token_={shop}&scProductId=29796&_ott_={ott}&{LINE}");
                let (_, reply) = exchange(&mut connection, body).await?;
                ott = part(&reply, "\"ott\":\"").ok_or("no one-time token")?.to_owned();
                found.push(part(&reply, "\"uniqueNumber\":\"").ok_or("no number of a link")?.to_owned());
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(found)
        };
        tasks.spawn(generator::drive(driver, issuing));
    }
    let mut all = Vec::new();
    while let Some(found) = tasks.join_next().await {
        all.extend(found??);
    }
    Ok(all)
}

/// One connection's share: a shop issues invoices, a payer pays them.
async fn trade(
    mut connection: Connection,
    target: Target,
    world: Arc<World>,
    (number, pairs): (usize, usize),
    (then, form): (Then, &'static str),
) -> Result<Figures> {
    let mut figures = Figures::new()?;
    // Invoices for lists all belong to one shop.
    let shop = if then == Then::Pay { number % SHOPS } else { 0 };
    let (shop, (payer, payers_token)) = (&world.shops[shop], &world.payers[number % PAYERS]);
    let (_, reply) = exchange(&mut connection, format!("_token_={shop}&scProductId=29816")).await?;
    let mut ott = part(&reply, "\"ott\":\"").unwrap_or("1").to_owned();
    for pair in 0..pairs {
        let own = if form.ends_with('=') { format!("{form}{number}-{pair}") } else { form.to_owned() };
        let body = format!("_token_={shop}&scProductId=29796&_ott_={ott}&userId={payer}&{LINE}{own}");
        let (issued, reply) = exchange(&mut connection, body).await?;
        let mut id = "1".to_owned();
        if target == Target::Daric {
            check(&reply, "{\"hasError\":false,\"messageId\":0,\"referenceNumber\":\"")?;
            check_part(&reply, "\"payableAmount\":54500,")?;
            ott = part(&reply, "\"ott\":\"").ok_or("no one-time token")?.to_owned();
            id = part(&reply, "\"result\":{\"id\":").ok_or("no number")?.to_owned();
        }
        figures.first.saturating_record(issued.as_micros() as u64);
        figures.pairs += 1;
        if then == Then::Nothing {
            continue;
        }
        let body = format!("_token_={payers_token}&scProductId=29821&invoiceId={id}&wallet=PODLAND_WALLET");
        let (paid, reply) = exchange(&mut connection, body).await?;
        if target == Target::Daric {
            check_part(&reply, "\"result\":true}")?;
        }
        figures.second.saturating_record(paid.as_micros() as u64);
    }
    Ok(figures)
}

fn part<'a>(reply: &'a str, after: &str) -> Option<&'a str> {
    reply.split_once(after)?.1.split(['"', ',']).next()
}

fn check(reply: &str, begins: &str) -> Result<()> {
    if reply.starts_with(begins) { Ok(()) } else { Err(format!("unexpected: {reply}").into()) }
}

fn check_part(reply: &str, part: &str) -> Result<()> {
    if reply.contains(part) { Ok(()) } else { Err(format!("no {part} in {reply}").into()) }
}

async fn exchange(connection: &mut Connection, body: String) -> Result<(Duration, String)> {
    let request = connection.post(Uri::from_static(SERVICE), HeaderValue::from_static("none"), Bytes::from(body))?;
    let started = Instant::now();
    let status = connection.exchange(request).await?;
    let elapsed = started.elapsed();
    let reply = String::from_utf8_lossy(&connection.reply).into_owned();
    if status == StatusCode::OK { Ok((elapsed, reply)) } else { Err(format!("HTTP {status}: {reply}").into()) }
}

/// Requests lists of one shop's invoices by each filter and prints their times.
async fn lists(address: SocketAddr, world: &World) -> Result<()> {
    let (mut connection, driver) = Connection::open(address).await?;
    tokio::spawn(driver);
    let shop = &world.shops[0];
    let (_, reply) = exchange(&mut connection, format!("_token_={shop}&scProductId=29813&size=1")).await?;
    let newest = part(&reply, "\"result\":[{\"id\":").ok_or("no invoice")?.to_owned();
    let unique = part(&reply, "\"uniqueNumber\":\"").ok_or("no number of a link")?.to_owned();
    let reference = reply.rsplit_once("\"referenceNumber\":\"").ok_or("no request's number")?.1;
    let reference = reference.split('"').next().unwrap_or_default().to_owned();
    let count = part(&reply, "\"count\":").ok_or("no count")?.to_owned();
    let payer = world.payers[0].0;
    println!("lists of a shop's {count} invoices, 50 a page, in ms:");
    for filter in [
        "offset=0".to_owned(),
        "offset=100000".to_owned(),
        format!("lastId={newest}"),
        "firstId=1".to_owned(),
        format!("id={newest}"),
        format!("uniqueNumber={unique}"),
        format!("referenceNumber={reference}"),
        "billNumber=0-7".to_owned(),
        format!("userId={payer}"),
        "isPayed=true".to_owned(),
        "isPayed=false&isCanceled=false".to_owned(),
        "guildCode=API_GUILD".to_owned(),
        "fromDate=1405/08/30&toDate=1405/08/30".to_owned(),
        "query=0-7".to_owned(),
    ] {
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            let body = format!("_token_={shop}&scProductId=29813&{filter}");
            let (elapsed, reply) = exchange(&mut connection, body).await?;
            check(&reply, "{\"hasError\":false,")?;
            fastest = fastest.min(elapsed);
        }
        println!("  {filter:<40} {:>8.1}", fastest.as_secs_f64() * 1000.0);
    }
    Ok(())
}

/// Measures `transferTo` while the clock closes paid invoices, all of them at one instant.
async fn due(due: u32, address: SocketAddr, world: &Arc<World>) -> Result<()> {
    let book = Arc::new(open_accounts(address, &settings::Settings::for_accounts(ACCOUNTS)).await?);
    let work = Work { pairs: due, then: Then::Pay, form: "&closeTimeOut=600" };
    one_round(address, Target::Daric, world, &work).await?;
    let quiet = transfers(address, &book, QUIET).await?;
    // The clock is moved while transfers are sent, until all jobs are done.
    let (done, sent) = (Arc::new(tokio::sync::Notify::new()), Arc::clone(&book));
    let ended = Arc::clone(&done);
    let busy = tokio::spawn(async move {
        let mut total = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = ended.notified(), if !total.is_empty() => return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(total),
                round = transfers(address, &sent, Duration::from_secs(1)) => total.push(round?),
            }
        }
    });
    let started = Instant::now();
    // A new connection: the first one has been idle for too long and is closed.
    let (mut operator, driver) = Connection::open(address).await?;
    tokio::spawn(driver);
    post_as_operator(&mut operator, CLOCK, &json!({"set": DUE})).await?;
    let took = started.elapsed();
    done.notify_one();
    let rounds = busy.await??;
    let closed = closed(address, world).await?;
    if closed != due {
        return Err(format!("{due} invoices were due, {closed} are closed").into());
    }
    let mut all = generator::Tally::new()?;
    rounds.iter().try_for_each(|round| all.add(round))?;
    println!("{due} invoices fall due at one instant, in {:.1} s, while transferTo goes on:", took.as_secs_f64());
    for (when, tally) in [("before", &quiet), ("meanwhile", &all)] {
        let ms = |quantile| tally.latency.value_at_quantile(quantile) as f64 / 1000.0;
        println!(
            "  {when:<10} {:>8.0} transfers/s  p50 {:>6.2} ms  p99 {:>6.2} ms  max {:>6.1} ms",
            tally.done_per_s(),
            ms(0.5),
            ms(0.99),
            ms(1.0)
        );
    }
    Ok(())
}

/// The number of closed invoices of all shops.
async fn closed(address: SocketAddr, world: &World) -> Result<u32> {
    let (mut connection, driver) = Connection::open(address).await?;
    tokio::spawn(driver);
    let mut closed = 0;
    for shop in &world.shops {
        let body = format!("_token_={shop}&scProductId=29813&size=1&isClosed=true");
        let (_, reply) = exchange(&mut connection, body).await?;
        closed += part(&reply, "\"count\":").ok_or("no count")?.parse::<u32>()?;
    }
    Ok(closed)
}

async fn transfers(address: SocketAddr, book: &Arc<generator::Book>, time: Duration) -> Result<generator::Tally> {
    let sent = generator::run(address, Target::Daric, book, CONNECTIONS, Goal::Time(time)).await?;
    if sent.errors > 0 { Err(format!("{} unexpected replies", sent.errors).into()) } else { Ok(sent) }
}
