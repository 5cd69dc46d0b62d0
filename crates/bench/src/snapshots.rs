//! Snapshots of a sandbox: a demo world is saved and loaded again and again, on a directory and on a private PostgreSQL.
//!
//! Order: start the server, save, alternate an invoice's worth of changes with a load, stop, verify, print. There is no baseline: the figures are
//! milliseconds of a call.

use std::time::{Duration, Instant};

use clap::Args;
use hyper::StatusCode;
use serde_json::json;

use crate::http::{Workspace, log_tails, post_as_operator, verify};
use crate::pgbench;
use crate::pod;
use crate::process::{self, Scratch};
use crate::result::Result;
use crate::settings::Other;

const SAVE: &str = "/admin/v1/snapshots";
const LOAD: &str = "/admin/v1/snapshots/bench/load";
const MONEY: &str = "/admin/v1/parties/101/money";

/// What a run is asked to do.
#[derive(Args, Clone)]
pub struct Settings {
    /// Loads
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub loads: u32,
}

/// Runs the scenario on both stores and prints its figures.
pub async fn run(settings: &Settings) -> Result<()> {
    const DATABASE: &str = "snapshots";
    let instance = pgbench::instance()?;
    instance.create_database(DATABASE)?;
    let target = process::target_dir()?;
    println!("store       save ms   load p50 ms    p99 ms   of {} loads", settings.loads);
    for (name, database) in [("directory", None), ("postgres", Some(instance.short_url(DATABASE)))] {
        let scratch = Scratch::create(&target, "bench-snapshots")?;
        let workspaces = Workspace::all(&scratch, &Other::default(), database)?;
        let [saved, median, worst] = measure(settings, &workspaces[0]).await.inspect_err(|_| log_tails(&workspaces))?;
        println!("{name:<9} {saved:>9.2} {median:>13.2} {worst:>9.2}");
    }
    Ok(())
}

/// Milliseconds of the save, of the median load and of the slowest hundredth.
async fn measure(settings: &Settings, workspace: &Workspace) -> Result<[f64; 3]> {
    let (server, mut operator) = pod::start(workspace).await?;
    let began = Instant::now();
    post_as_operator(&mut operator, SAVE, &json!({"name": "bench"}), StatusCode::CREATED).await?;
    let saved = began.elapsed();
    let mut loads: Vec<Duration> = Vec::new();
    for _ in 0..settings.loads {
        post_as_operator(&mut operator, MONEY, &json!({"amount": 1_000}), StatusCode::CREATED).await?;
        let began = Instant::now();
        post_as_operator(&mut operator, LOAD, &json!({}), StatusCode::OK).await?;
        loads.push(began.elapsed());
    }
    drop(operator);
    server.stop()?;
    verify(workspace)?;
    loads.sort_unstable();
    let at = |part: usize| loads[(loads.len() * part / 100).min(loads.len() - 1)];
    Ok([saved, at(50), at(99)].map(|time| time.as_secs_f64() * 1e3))
}
