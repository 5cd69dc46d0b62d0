//! The main scenario: durable `transferTo` over HTTP, against a bare echo of the same requests.
//!
//! Order: start both servers, open accounts, preload, warm up, alternating rounds (echo, daric, echo, …), stop, verify, print.
//! Rounds alternate so that a drift of the machine's speed affects both sides. The server runs with the build that is shipped, the demo world,
//! default settings and logs, and an empty data directory on a real disk.
//! Validity: every reply is checked, and `daric verify` must find at least the transfers that were answered with DONE.

use std::fs;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cluster::Cluster;
use hyper::header::HeaderValue;
use hyper::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinSet;

use crate::generator::{self, Book, Connection, DEPOSITS_PER_TOKEN, Goal, Tally, Target};
use crate::pgbench;
use crate::process::{self, Scratch, Server};
use crate::report::{Life, Ratio, Report, Round, Side};
use crate::result::Result;
use crate::settings::{Other, Settings};

pub const OPERATOR: HeaderValue = HeaderValue::from_static("Bearer demo-admin-token");
const DEPOSITS: &str = "/admin/v1/deposits";
const TOKENS: &str = "/admin/v1/tokens";

/// Measures, prints the table and writes the JSON. An unexpected reply is an error, which is returned after the figures are printed.
pub async fn run(settings: &Settings, instance: Option<&Cluster>) -> Result<()> {
    outside_the_closed_window(settings)?;
    let target = process::target_dir()?;
    let scratch = Scratch::create(&target, "bench-http")?;
    let workspaces = Workspace::all(&scratch, &settings.other, settings.database.clone())?;
    let report = measure(settings, &workspaces, &scratch, instance).await.inspect_err(|_| log_tails(&workspaces))?;
    println!("{}", report.table());
    if let Some(file) = &settings.json {
        fs::write(file, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    match report.life.unexpected {
        0 => Ok(()),
        n => Err(format!("{n} unexpected replies").into()),
    }
}

/// Shows how the servers' logs end, after a failure.
pub fn log_tails(workspaces: &[Workspace]) {
    for workspace in workspaces {
        eprintln!("the log of {} ends with:\n{}", workspace.name, process::log_tail(&workspace.log()));
    }
}

/// Bank 062 refuses internal transfers from 23:54 to 24:00 in Tehran (spec/finnotech.md 3.1), UTC+03:30 all year.
fn outside_the_closed_window(settings: &Settings) -> Result<()> {
    /// A slower machine than any that is worth measuring.
    const PRELOAD_PER_S: u64 = 2_000;
    const REST: Duration = Duration::from_secs(120);
    let length = Duration::from_secs(2 * u64::from(settings.seconds) + settings.preload / PRELOAD_PER_S) + REST;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    if meets_the_closed_window(now, length) {
        return Err("the run would meet the hour at which bank 062 refuses transfers, 23:54 to 24:00 in Tehran \
                    (20:24 to 20:30 UTC); start it again after that"
            .into());
    }
    Ok(())
}

fn meets_the_closed_window(now_utc: Duration, length: Duration) -> bool {
    const DAY_S: u64 = 86_400;
    const TEHRAN_OFFSET_S: u64 = 3 * 3600 + 1800;
    const CLOSES_S: u64 = 23 * 3600 + 54 * 60;
    let second_of_day = (now_utc.as_secs() + TEHRAN_OFFSET_S) % DAY_S;
    second_of_day + length.as_secs() >= CLOSES_S
}

/// A build of the server, and the directory of a run's files.
pub struct Workspace {
    /// The name in the figures: `daric`, or `other` for the build of `--other`.
    pub name: &'static str,
    daric: PathBuf,
    scratch: PathBuf,
    /// The URL of a database to use instead of a data directory.
    database: Option<String>,
}

impl Workspace {
    /// The server's program, which lies beside this program because both are built together, and the build that it is compared with.
    pub fn all(scratch: &Scratch, other: &Other, database: Option<String>) -> Result<Vec<Self>> {
        let daric = std::env::current_exe()?.with_file_name("daric");
        let mut programs = vec![("daric", daric, database)];
        if let Some(program) = &other.other {
            if programs[0].2.is_some() && other.other_database.is_none() {
                return Err("two servers do not share a database: give --other-database, too".into());
            }
            programs.push(("other", program.clone(), other.other_database.clone()));
        }
        let workspace = |(name, daric, database): (&'static str, PathBuf, Option<String>)| {
            if !daric.exists() {
                return Err(format!("there is no {}: `cargo xtask bench` builds both", daric.display()).into());
            }
            Ok(Self { name, daric, scratch: scratch.path().to_owned(), database })
        };
        programs.into_iter().map(workspace).collect()
    }

    fn data(&self) -> PathBuf {
        self.scratch.join(self.name)
    }

    pub fn log(&self) -> PathBuf {
        self.scratch.join(format!("{}.log", self.name))
    }

    /// The server's program with a verb, without the caller's environment variables and working directory.
    pub fn daric(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.daric);
        for (name, _) in std::env::vars_os() {
            if name == "RUST_LOG" || name.as_encoded_bytes().starts_with(b"DARIC_") {
                command.env_remove(name);
            }
        }
        command.arg(verb).current_dir(&self.scratch);
        match &self.database {
            Some(url) => command.arg("--database").arg(url),
            None => command.arg("--data").arg(self.data()),
        };
        command
    }
}

/// A started build, and what its start and the filling of its store took.
struct Started {
    book: Arc<Book>,
    /// The number of transfers before the rounds.
    preloaded: u64,
    ready_s: f64,
    idle_rss_kib: u64,
    set_up_s: f64,
    preload_s: f64,
}

/// Starts a build, opens the accounts, and makes the transfers that precede the rounds.
async fn start(settings: &Settings, workspace: &Workspace) -> Result<(Server, Started)> {
    let mut serve = workspace.daric("serve");
    serve.args(["--demo", "--listen", "127.0.0.1:0"]);
    let daric = Server::start(serve, &workspace.log())?;
    let ready_s = daric.ready_after.as_secs_f64();
    let idle_rss_kib = daric.memory()?.rss_kib;
    eprintln!("opening {} accounts …", settings.accounts);
    let started = Instant::now();
    let book = Arc::new(open_accounts(daric.address, settings).await?);
    let set_up_s = started.elapsed().as_secs_f64();
    eprintln!("opened in {set_up_s:.2} s; {} transfers before the rounds …", settings.preload);
    let (connections, goal) = (usize::from(settings.connections()), Goal::Requests(settings.preload));
    let preload = generator::run(daric.address, Target::Daric, &book, connections, goal).await?;
    if preload.errors > 0 {
        return Err(format!("{} unexpected replies before the first round", preload.errors).into());
    }
    let preload_s = preload.elapsed.as_secs_f64();
    eprintln!("done in {preload_s:.2} s");
    Ok((daric, Started { book, preloaded: preload.done, ready_s, idle_rss_kib, set_up_s, preload_s }))
}

async fn measure(
    settings: &Settings,
    workspaces: &[Workspace],
    scratch: &Scratch,
    instance: Option<&Cluster>,
) -> Result<Report> {
    let mut echo = Command::new(std::env::current_exe()?);
    echo.arg("echo");
    let echo = Server::start(echo, &scratch.path().join("echo.log"))?;
    let (mut contenders, mut all_started) = (Vec::new(), Vec::new());
    for workspace in workspaces {
        let (server, started) = start(settings, workspace).await?;
        let book = Arc::clone(&started.book);
        contenders.push(Contender::new(workspace.name, Target::Daric, server, book)?);
        all_started.push(started);
    }
    contenders.insert(0, Contender::new("echo", Target::Echo, echo, Arc::clone(&all_started[0].book))?);
    let connections = usize::from(settings.connections());
    for contender in &mut contenders {
        contender.warm_up(connections).await?;
    }
    let length = Duration::from_secs_f64(settings.round_seconds());
    for _ in 0..settings.rounds {
        for contender in &mut contenders {
            contender.round(connections, length).await?;
        }
        // Each build follows the other as often as it precedes it.
        contenders[1..].reverse();
    }
    if settings.rounds % 2 == 1 {
        contenders[1..].reverse();
    }
    let unexpected = contenders.iter().map(|contender| contender.all.errors).sum();
    let done: Vec<u64> = contenders.iter().map(|contender| contender.all.done).collect();
    let mut sides = Vec::new();
    for contender in contenders {
        sides.push(contender.finish()?);
    }
    let (echo, echo_side) = sides.remove(0);
    drop(echo);
    let (mut ends, mut sides_of_builds) = (Vec::new(), Vec::new());
    for (at, (server, side)) in sides.into_iter().enumerate() {
        let acknowledged = all_started[at].preloaded + done[at + 1];
        ends.push(end(server, &workspaces[at], acknowledged)?);
        sides_of_builds.push(side);
    }
    let other = sides_of_builds.split_off(1).pop();
    let daric_side = sides_of_builds.remove(0);
    let (End { stop_s, verify_s, acknowledged, verified_transfers, verified_accounts }, started) =
        (ends.remove(0), all_started.remove(0));
    let pgbench = instance.map(|instance| pgbench::run(instance, pgbench::DEFAULT_SECONDS)).transpose()?;
    Ok(Report {
        settings: settings.clone(),
        cores: std::thread::available_parallelism()?.get(),
        daric_to_echo: Ratio::between(&daric_side, &echo_side),
        daric_to_other: other.as_ref().map(|other| Ratio::between(&daric_side, other)),
        daric_to_pgbench: pgbench.as_ref().map(|figures| daric_side.requests_per_s / figures.tps),
        echo: echo_side,
        daric: daric_side,
        other,
        life: Life {
            ready_s: started.ready_s,
            idle_rss_kib: started.idle_rss_kib,
            set_up_s: started.set_up_s,
            preload_s: started.preload_s,
            stop_s,
            verify_s,
            acknowledged,
            verified_transfers,
            verified_accounts,
            unexpected,
        },
        pgbench,
    })
}

/// How a build stopped, and what its closed store holds.
struct End {
    stop_s: f64,
    verify_s: f64,
    acknowledged: u64,
    verified_transfers: u64,
    verified_accounts: u64,
}

fn end(server: Server, workspace: &Workspace, acknowledged: u64) -> Result<End> {
    let stop_s = server.stop()?.as_secs_f64();
    let started = Instant::now();
    let (verified_transfers, verified_accounts) = verify(workspace)?;
    let verify_s = started.elapsed().as_secs_f64();
    if verified_transfers < acknowledged {
        return Err(format!("{acknowledged} transfers were acknowledged, the ledger holds {verified_transfers}").into());
    }
    Ok(End { stop_s, verify_s, acknowledged, verified_transfers, verified_accounts })
}

/// One of the servers, with the results of its rounds so far.
struct Contender {
    name: &'static str,
    target: Target,
    server: Server,
    /// The accounts and tokens of its store.
    book: Arc<Book>,
    counted: Tally,
    /// Including the warm-up.
    all: Tally,
    rounds: Vec<Round>,
}

impl Contender {
    fn new(name: &'static str, target: Target, server: Server, book: Arc<Book>) -> Result<Self> {
        Ok(Self { name, target, server, book, counted: Tally::new()?, all: Tally::new()?, rounds: Vec::new() })
    }

    async fn warm_up(&mut self, connections: usize) -> Result<()> {
        const LENGTH: Duration = Duration::from_secs(1);
        let goal = Goal::Time(LENGTH);
        let tally = generator::run(self.server.address, self.target, &self.book, connections, goal).await?;
        self.all.add(&tally)
    }

    async fn round(&mut self, connections: usize, length: Duration) -> Result<()> {
        let before = self.server.cpu()?;
        let goal = Goal::Time(length);
        let tally = generator::run(self.server.address, self.target, &self.book, connections, goal).await?;
        let cpu = self.server.cpu()? - before;
        if tally.done == 0 {
            return Err(format!("no good reply from {} in a whole round", self.name).into());
        }
        let seconds = tally.elapsed.as_secs_f64();
        let round = Round { seconds, requests: tally.done, requests_per_s: tally.done_per_s(), cpu };
        eprintln!("{:<5} {:>8.0} requests/s", self.name, round.requests_per_s);
        self.rounds.push(round);
        self.counted.add(&tally)?;
        self.all.add(&tally)
    }

    fn finish(self) -> Result<(Server, Side)> {
        let memory = self.server.memory()?;
        Ok((self.server, Side::new(&self.counted, self.rounds, memory)))
    }
}

/// Opens the accounts and creates their tokens; each connection does its share.
pub async fn open_accounts(address: SocketAddr, settings: &Settings) -> Result<Book> {
    let accounts = settings.accounts as usize;
    let groups = accounts.div_ceil(DEPOSITS_PER_TOKEN);
    let share = groups.div_ceil(usize::from(settings.connections()));
    let mut tasks = JoinSet::new();
    for first in (0..groups).step_by(share) {
        let (connection, driver) = Connection::open(address).await?;
        let opening = open_groups(connection, first..groups.min(first + share), accounts);
        tasks.spawn(async move { (first, generator::drive(driver, opening).await) });
    }
    let mut opened = tasks.join_all().await;
    opened.sort_unstable_by_key(|(first, _)| *first);
    let mut bearers = Vec::with_capacity(groups);
    for (_, share) in opened {
        bearers.extend(share?);
    }
    Ok(Book::new(accounts, bearers))
}

async fn open_groups(mut connection: Connection, groups: Range<usize>, accounts: usize) -> Result<Vec<HeaderValue>> {
    #[derive(Deserialize)]
    struct Reply {
        result: Token,
    }
    #[derive(Deserialize)]
    struct Token {
        value: String,
    }
    let mut bearers = Vec::with_capacity(groups.len());
    for group in groups {
        let first = group * DEPOSITS_PER_TOKEN;
        let numbers: Vec<String> =
            (first..accounts.min(first + DEPOSITS_PER_TOKEN)).map(generator::account_number).collect();
        for number in &numbers {
            let deposit = json!({
                "bank": "062", "number": number, "owner": "1111111111", "firstName": "bench", "lastName": "",
                "approvedFor": ["drops"], "balance": 1_000_000_000_000_u64,
            });
            post_as_operator(&mut connection, DEPOSITS, &deposit, StatusCode::CREATED).await?;
        }
        let grant = json!({
            "client": "drops", "type": "CODE", "deposits": numbers, "bank": "062", "limit": 0, "count": 0,
            "scopes": ["oak:transfer-to:execute", "oak:balance:get", "oak:inquiry-transfer:get"],
        });
        post_as_operator(&mut connection, TOKENS, &grant, StatusCode::OK).await?;
        let reply: Reply = serde_json::from_slice(&connection.reply)?;
        bearers.push(HeaderValue::try_from(format!("Bearer {}", reply.result.value))?);
    }
    Ok(bearers)
}

/// Makes one call of the operator API; any status but `expected` is an error.
pub async fn post_as_operator(
    connection: &mut Connection,
    path: &'static str,
    body: &serde_json::Value,
    expected: StatusCode,
) -> Result<()> {
    let body = Bytes::from(serde_json::to_vec(body)?);
    let request = connection.post(Uri::from_static(path), OPERATOR, body)?;
    let status = connection.exchange(request).await?;
    if status != expected {
        let reply = String::from_utf8_lossy(&connection.reply);
        return Err(format!("POST {path}: HTTP {status} instead of {expected}: {reply}").into());
    }
    Ok(())
}

/// Runs `daric verify` on the closed store; returns the numbers of transfers and accounts that it found correct.
pub fn verify(workspace: &Workspace) -> Result<(u64, u64)> {
    let output = workspace.daric("verify").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let counts = text.lines().rfind(|line| !line.trim().is_empty()).and_then(verified);
    match counts {
        Some(counts) if output.status.success() => Ok(counts),
        _ => {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(format!("daric verify: {}\n{text}{errors}", output.status).into())
        }
    }
}

/// Parses the line `verified N transfers, M accounts: ok`.
fn verified(line: &str) -> Option<(u64, u64)> {
    let counts = line.trim().strip_prefix("verified ")?.strip_suffix(" accounts: ok")?;
    let (transfers, accounts) = counts.split_once(" transfers, ")?;
    Some((transfers.parse().ok()?, accounts.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_of_a_right_ledger_counts() {
        assert_eq!(verified("verified 120 transfers, 31 accounts: ok"), Some((120, 31)));
        for line in ["verified 120 transfers, 31 accounts: 1 difference", "120 transfers, 31 accounts: ok", ""] {
            assert_eq!(verified(line), None, "{line}");
        }
    }

    #[test]
    fn a_run_does_not_meet_the_last_minutes_of_a_day_in_tehran() {
        let cases = [("20:20:00", 20 * 3600 + 20 * 60, true), ("20:29:59", 20 * 3600 + 29 * 60 + 59, true)];
        let others = [("20:30:00", 20 * 3600 + 1800, false), ("20:18:59", 20 * 3600 + 18 * 60 + 59, false)];
        for (name, second, meets) in cases.into_iter().chain(others) {
            let (now, length) = (Duration::from_secs(86_400 * 20_000 + second), Duration::from_secs(300));
            assert_eq!(meets_the_closed_window(now, length), meets, "{name} UTC");
        }
    }
}
