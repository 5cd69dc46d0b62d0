//! A bank's day of paya orders: accepted over HTTP, cut off, written to a group file, settled.
//!
//! Order: start, freeze the clock before a cut-off, open accounts, send the orders, move the clock to the cut-off, download the
//! cycle's file, move the clock to the settlement, stop, verify.
//! Validity: every reply is checked, the file must add up, the cycle must report that it has settled every order, and its clearing
//! account must be empty.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use clap::Args;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use serde_json::{Value, json};

use crate::generator::{self, Connection, Goal, Target};
use crate::http::{OPERATOR, Workspace, open_accounts, post_as_operator, verify};
use crate::process::{self, Scratch, Server};
use crate::result::Result;
use crate::settings::{self, Other};

/// What a run of the day is asked to do.
#[derive(Args, Clone)]
pub struct Settings {
    /// Orders of the day
    #[arg(long, default_value_t = 250_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub orders: u64,
    /// Source accounts at bank 062, and as many payees at bank 015
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..))]
    pub accounts: u32,
    /// Have the server use this empty PostgreSQL database
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// Instants on Saturday, 30 Aban 1405: orders of 11:00 are in cycle 3, which is cut off at 13:15, closes ten seconds later, and settles at 13:45.
const ELEVEN: &str = "2026-11-21T11:00:00+03:30";
const CLOSED: &str = "2026-11-21T13:15:10+03:30";
const SETTLES: &str = "2026-11-21T13:45:00+03:30";
const CYCLE: &str = "/admin/v1/cycles/621405083003";
const FILE: &str = "/admin/v1/cycles/621405083003/file";
const CLEARING: &str = "/admin/v1/accounts/1000621405083003";
const CLOCK: &str = "/admin/v1/clock";
const CONNECTIONS: usize = 64;

/// Runs the day and prints its figures.
pub async fn run(settings: &Settings) -> Result<()> {
    let target = process::target_dir()?;
    let scratch = Scratch::create(&target, "bench-paya")?;
    let workspace = Workspace::all(&scratch, &Other::default(), settings.database.clone())?.remove(0);
    day(settings, &workspace).await.inspect_err(|_| {
        eprintln!("the server's log ends with:\n{}", process::log_tail(&workspace.log()));
    })
}

async fn day(settings: &Settings, workspace: &Workspace) -> Result<()> {
    let mut serve = workspace.daric("serve");
    serve.args(["--demo", "--listen", "127.0.0.1:0"]);
    let server = Server::start(serve, &workspace.log())?;
    let (mut operator, driver) = Connection::open(server.address).await?;
    tokio::spawn(driver);
    set_clock(&mut operator, ELEVEN).await?;
    let accounts = settings::Settings::for_accounts(settings.accounts);
    let book = open_accounts(server.address, &accounts).await?;
    let book = Arc::new(book.paying(open_payees(&mut operator, settings.accounts).await?));
    let idle = server.memory()?;

    let goal = Goal::Requests(settings.orders);
    let sent = generator::run(server.address, Target::Daric, &book, CONNECTIONS, goal).await?;
    if sent.errors > 0 {
        return Err(format!("{} unexpected replies", sent.errors).into());
    }
    let accepted = server.memory()?;

    set_clock(&mut operator, CLOSED).await?;
    let started = Instant::now();
    get(&mut operator, FILE).await?;
    let (file_s, file_bytes) = (started.elapsed().as_secs_f64(), operator.reply.len());
    check_file(&operator.reply, settings.orders)?;
    let written = server.memory()?;

    let cpu = server.cpu()?;
    let started = Instant::now();
    set_clock(&mut operator, SETTLES).await?;
    let close_s = started.elapsed().as_secs_f64();
    let cpu = server.cpu()? - cpu;
    let closed = server.memory()?;
    let cycle: Value = json_of(&mut operator, CYCLE).await?;
    if cycle["state"] != "settled" || cycle["settled"] != settings.orders || cycle["returned"] != 0 {
        return Err(format!("the cycle has not settled everything: {cycle}").into());
    }
    let clearing: Value = json_of(&mut operator, CLEARING).await?;
    if clearing["posted"] != 0 {
        return Err(format!("clearing is not empty: {clearing}").into());
    }
    server.stop()?;
    let started = Instant::now();
    let (transfers, accounts) = verify(workspace)?;
    let verify_s = started.elapsed().as_secs_f64();

    println!("{} paya orders of {} accounts, {CONNECTIONS} connections", settings.orders, settings.accounts);
    println!("accepted   {:>8.1} s  {:>8.0} orders/s", sent.elapsed.as_secs_f64(), sent.done_per_s());
    println!("written    {file_s:>8.1} s  {:>8.1} MiB of group file", file_bytes as f64 / 1_048_576.0);
    println!(
        "settled    {close_s:>8.1} s  {:>8.0} orders/s, {:.1} s CPU",
        settings.orders as f64 / close_s,
        cpu.server_cpu_s
    );
    for (when, memory) in [("idle", idle), ("accepted", accepted), ("written", written), ("settled", closed)] {
        let mib = |kib: u64| kib as f64 / 1024.0;
        println!(
            "memory     {:>8.0} MiB {when}, {:.0} with mapped files",
            mib(memory.anonymous_kib),
            mib(memory.rss_kib)
        );
    }
    println!("verify     {verify_s:>8.1} s  {transfers} transfers, {accounts} accounts: ok");
    Ok(())
}

async fn set_clock(operator: &mut Connection, instant: &str) -> Result<()> {
    post_as_operator(operator, CLOCK, &json!({"set": instant}), StatusCode::OK).await
}

async fn get(operator: &mut Connection, path: &'static str) -> Result<()> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(Uri::from_static(path))
        .header(HOST, HeaderValue::from_static("127.0.0.1"))
        .header(AUTHORIZATION, OPERATOR)
        .body(Full::new(Bytes::new()))?;
    let status = operator.exchange(request).await?;
    if status != StatusCode::OK {
        return Err(format!("GET {path}: HTTP {status}: {}", String::from_utf8_lossy(&operator.reply)).into());
    }
    Ok(())
}

async fn json_of(operator: &mut Connection, path: &'static str) -> Result<Value> {
    get(operator, path).await?;
    Ok(serde_json::from_slice(&operator.reply)?)
}

/// Opens payees at a hosted bank, and adds one at another bank for each: half of the money leaves.
async fn open_payees(operator: &mut Connection, accounts: u32) -> Result<Vec<String>> {
    let mut payees = Vec::new();
    for index in 0..accounts {
        let deposit = json!({
            "bank": "015", "number": format!("8{index:012}"), "owner": "3333333333", "firstName": "Martin",
            "lastName": "Rezaei",
        });
        post_as_operator(operator, "/admin/v1/deposits", &deposit, StatusCode::CREATED).await?;
        let opened: Value = serde_json::from_slice(&operator.reply)?;
        payees.push(opened["iban"].as_str().ok_or("a deposit has no IBAN")?.to_owned());
        payees.push(format!("IR00057{index:019}"));
    }
    Ok(payees)
}

/// Checks that the number and the sum in the file's head are those of its orders.
fn check_file(file: &[u8], orders: u64) -> Result<()> {
    let text = std::str::from_utf8(file)?;
    let head = |name: &str| -> Result<i128> {
        let (_, rest) = text.split_once(&format!("<{name}>")).ok_or("the file has no head")?;
        Ok(rest.split('<').next().unwrap_or_default().parse()?)
    };
    let amounts = text.split("<InstdAmt Ccy=\"IRR\">").skip(1);
    let (mut count, mut sum) = (0u64, 0i128);
    for rest in amounts {
        count += 1;
        sum += rest.split('<').next().unwrap_or_default().parse::<i128>()?;
    }
    if (head("NbOfTxs")?, head("CtrlSum")?) != (i128::from(count), sum) || count != orders {
        return Err(format!("the file has {count} orders of {sum} rials and says otherwise").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_does_not_add_up_is_refused() {
        let order = "<InstdAmt Ccy=\"IRR\">10</InstdAmt>";
        let file = |count, sum| format!("<NbOfTxs>{count}</NbOfTxs><CtrlSum>{sum}</CtrlSum>{order}{order}");
        assert!(check_file(file(2, 20).as_bytes(), 2).is_ok());
        for (count, sum, orders) in [(1, 20, 2), (2, 21, 2), (2, 20, 3)] {
            assert!(check_file(file(count, sum).as_bytes(), orders).is_err(), "{count} {sum} {orders}");
        }
        assert!(check_file(b"", 0).is_err());
    }
}
