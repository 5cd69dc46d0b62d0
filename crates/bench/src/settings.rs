//! The options of a run over HTTP.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// Another build of the server, measured in the same rounds.
#[derive(Args, Clone, Default, Serialize)]
pub struct Other {
    /// Measure this build of the server in the same rounds, too, for instance that of the commit before
    #[arg(long, value_name = "PROGRAM")]
    #[serde(skip)]
    pub other: Option<PathBuf>,
    /// The empty PostgreSQL database of that build
    #[arg(long, value_name = "URL")]
    #[serde(skip)]
    pub other_database: Option<String>,
}

#[derive(Args, Clone, Serialize)]
pub struct Settings {
    /// Deposits that pay each other
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..))]
    pub accounts: u32,
    /// Counted time of each side, over all its rounds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// Connections, each with one request in flight [default: 64, on PostgreSQL 256]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    connections: Option<u16>,
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
    #[command(flatten)]
    pub other: Other,
    /// Also run pgbench, and compare with it
    #[arg(long)]
    pub pgbench: bool,
    /// Also write all figures to this file
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub json: Option<PathBuf>,
}

impl Settings {
    /// The settings for opening accounts in another scenario.
    pub fn for_accounts(accounts: u32) -> Self {
        Self {
            accounts,
            seconds: 1,
            connections: None,
            preload: 0,
            rounds: 1,
            database: None,
            other: Other::default(),
            pgbench: false,
            json: None,
        }
    }

    /// The number of connections. The default is larger on PostgreSQL: each batch costs three round trips, whatever its size.
    pub fn connections(&self) -> u16 {
        const EMBEDDED: u16 = 64;
        const SHARED: u16 = 256;
        self.connections.unwrap_or(if self.database.is_some() { SHARED } else { EMBEDDED })
    }

    pub fn round_seconds(&self) -> f64 {
        f64::from(self.seconds) / f64::from(self.rounds)
    }
}
