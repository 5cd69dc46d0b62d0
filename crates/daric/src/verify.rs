//! `daric verify`: replays the whole ledger and compares every balance.

use std::error::Error;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use store::{Location, PATIENCE, SETTLE_AFTER};

/// What `daric verify` takes.
#[derive(Args)]
pub struct Flags {
    /// Directory of the store; no server may be running on it [default: ./daric-data]
    #[arg(long, env = "DARIC_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL database of the store; servers may be running on it.
    #[arg(long, env = "DARIC_DATABASE", value_name = "URL", hide_env_values = true, conflicts_with = "data")]
    database: Option<String>,
}

pub fn verify(flags: &Flags) -> Result<ExitCode, Box<dyn Error>> {
    let location = match &flags.database {
        Some(url) => Location::Database { url: url.clone(), patience: PATIENCE },
        None => {
            let path = flags.data.clone().unwrap_or_else(|| PathBuf::from("daric-data"));
            if !path.join("daric.db").exists() {
                return Err(format!("there is no store in {}", path.display()).into());
            }
            Location::Directory { path, settle_after: SETTLE_AFTER }
        }
    };
    let (_writer, _flusher, reader) = store::open(&location)?;
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} transfers, {eta} left")?);
    let report = store::verify(&reader, &mut |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    for difference in &report.listed {
        println!("{difference}");
    }
    let unlisted = report.differences - report.listed.len() as u64;
    if unlisted > 0 {
        println!("… and {unlisted} more");
    }
    let (transfers, accounts) = (report.transfers, report.accounts);
    if report.differences == 0 {
        println!("verified {transfers} transfers, {accounts} accounts: ok");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("verified {transfers} transfers, {accounts} accounts: {} differences", report.differences);
        Ok(ExitCode::FAILURE)
    }
}
