//! The database baseline: pgbench's TPC-B on a private PostgreSQL with its default durability.
//!
//! Shape: load, timed run. The server's directory is in Cargo's target directory, on the disk that the measured server writes to.

use cluster::Cluster;
use serde::Serialize;

use crate::process;
use crate::result::Result;

pub const DEFAULT_SECONDS: u64 = 15;

/// The scale, with 100,000 accounts for each unit: 20 take 300 MB, and the 16 clients seldom wait for the same branch row.
const SCALE: &str = "20";
const CLIENTS: &str = "16";
const THREADS: &str = "2";

/// The results that pgbench prints.
#[derive(Serialize)]
pub struct Figures {
    pub version: String,
    pub seconds: u64,
    pub tps: f64,
    pub latency_average_ms: f64,
}

/// A private server with PostgreSQL's default settings.
pub fn instance() -> Result<Cluster> {
    Ok(Cluster::start(&process::target_dir()?, &[])?)
}

/// Runs the baseline on a server.
pub fn run(cluster: &Cluster, seconds: u64) -> Result<Figures> {
    eprintln!("pgbench: scale {SCALE}, {CLIENTS} clients, {seconds} s …");
    let (host, port) = (cluster.sockets().unwrap_or_else(|| "127.0.0.1".to_owned()), cluster.port().to_string());
    let pgbench = |arguments: &[&str]| {
        let place = ["-h", &host, "-p", &port, "-U", "postgres"];
        cluster.run("pgbench", &[&place, arguments, &["postgres"]].concat())
    };
    pgbench(&["-i", "-q", "-s", SCALE])?;
    let output = pgbench(&["-M", "prepared", "-c", CLIENTS, "-j", THREADS, "-T", &seconds.to_string()])?;
    let figure = |key| figure_in(&output, key).ok_or_else(|| format!("pgbench printed no {key:?}:\n{output}"));
    Ok(Figures {
        version: cluster.run("postgres", &["--version"])?.trim().to_owned(),
        seconds,
        tps: figure("tps = ")?,
        latency_average_ms: figure("latency average = ")?,
    })
}

fn figure_in(output: &str, key: &str) -> Option<f64> {
    output.lines().find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_output_of_pgbench() {
        let output = "number of failed transactions: 0 (0.000%)\nlatency average = 5.842 ms\n\
                      initial connection time = 21.064 ms\ntps = 2738.806523 (without initial connection time)\n";
        assert_eq!(figure_in(output, "tps = "), Some(2738.806523));
        assert_eq!(figure_in(output, "latency average = "), Some(5.842));
        assert_eq!(figure_in(output, "stddev = "), None);
    }
}
