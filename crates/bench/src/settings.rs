//! What a run over HTTP is asked to do.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

#[derive(Args, Clone, Serialize)]
pub struct Settings {
    /// Deposits that pay each other
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..))]
    pub accounts: u32,
    /// Counted time of each side, over all its rounds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// Connections, each with one request in flight
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub connections: u16,
    /// Transfers before the first round
    #[arg(long, default_value_t = 0)]
    pub preload: u64,
    /// Rounds of each side
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Have the server use this empty PostgreSQL database
    #[arg(long, value_name = "URL")]
    #[serde(skip)]
    pub database: Option<String>,
    /// Also run pgbench, and compare with it
    #[arg(long)]
    pub pgbench: bool,
    /// Also write all figures to this file
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub json: Option<PathBuf>,
}

impl Settings {
    pub fn round_seconds(&self) -> f64 {
        f64::from(self.seconds) / f64::from(self.rounds)
    }
}
