//! Measures the real server over HTTP, as ratios to baselines that are taken in the same run on the same machine.
//!
//! Shape: `http` sends the same requests to `daric serve` and to a bare echo, in alternating rounds; `pgbench` does the same on PostgreSQL and
//! runs pgbench's TPC-B on it, too; `paya` takes a bank's day of paya orders through a cycle; `ivr` pays by telephone; `pod` issues invoices and pays
//! them; `page` opens payment pages and pays on them; `snapshots` saves and loads a sandbox's world.
//! Absent: the crates of the server. It is used as its users use it: a program, a port, documented calls.
//! Exit codes: 0 measured and verified, 1 a reply or the ledger was wrong, 2 usage.

mod echo;
mod generator;
mod http;
mod ivr;
mod page;
mod pairs;
mod paya;
mod pgbench;
mod pod;
mod process;
mod report;
mod result;
mod settings;
mod snapshots;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use result::Result;

#[derive(Parser)]
#[command(about = "Load generator and baselines; prints ratios")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Durable transferTo over HTTP against a bare echo of the same requests
    Http(settings::Settings),
    /// The same on a private PostgreSQL, and that one's TPC-B by pgbench
    Pgbench(settings::Settings),
    /// A bank's day of paya orders: accepted, cut off, written to a file, settled
    Paya(paya::Settings),
    /// Payments by telephone, a request for a password and a payment each, against a bare echo of both
    Ivr(ivr::Settings),
    /// POD's invoices, issued and paid, against a bare echo of both calls; many of them listed, and falling due
    Pod(pod::Settings),
    /// The payment page, opened and paid from a wallet, against static pages of the same size
    Page(page::Settings),
    /// Snapshots of a demo world, saved and loaded on both stores
    Snapshots(snapshots::Settings),
    /// The baseline server that `http` starts
    #[command(hide = true)]
    Echo,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = tokio::select! {
        biased;
        // Drops the run, so that servers are stopped and directories removed.
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        outcome = run(cli.command) => outcome,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    if cfg!(debug_assertions) {
        return Err("this is a debug build, whose figures mean nothing: cargo xtask bench".into());
    }
    match command {
        Command::Http(settings) if settings.pgbench => http::run(&settings, Some(&pgbench::instance()?)).await,
        Command::Http(settings) => http::run(&settings, None).await,
        Command::Pgbench(mut settings) => {
            const DATABASE: &str = "daric";
            const OTHER: &str = "other";
            let instance = pgbench::instance()?;
            instance.create_database(DATABASE)?;
            settings.database = Some(instance.short_url(DATABASE));
            if settings.other.other.is_some() {
                instance.create_database(OTHER)?;
                settings.other.other_database = Some(instance.short_url(OTHER));
            }
            http::run(&settings, Some(&instance)).await
        }
        Command::Paya(settings) => paya::run(&settings).await,
        Command::Ivr(settings) => ivr::run(&settings).await,
        Command::Pod(settings) => pod::run(&settings).await,
        Command::Page(settings) => page::run(&settings).await,
        Command::Snapshots(settings) => snapshots::run(&settings).await,
        Command::Echo => echo::serve().await,
    }
}
