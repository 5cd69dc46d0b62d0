//! The figures of a run, as a table for people and as JSON for programs.
//!
//! Shape: `Report` holds everything; `table` shows it, serde writes it. Units are in the names.
//! Absent: measuring.

use std::ops::Add;

use serde::Serialize;

use crate::generator::Tally;
use crate::pgbench;
use crate::process::{Cpu, Memory};
use crate::settings::Settings;

/// All figures of one invocation.
#[derive(Serialize)]
pub struct Report {
    pub settings: Settings,
    pub cores: usize,
    pub echo: Side,
    pub daric: Side,
    /// The build of `--other`.
    pub other: Option<Side>,
    pub daric_to_echo: Ratio,
    pub daric_to_other: Option<Ratio>,
    pub life: Life,
    pub pgbench: Option<pgbench::Figures>,
    pub daric_to_pgbench: Option<f64>,
}

/// One server under the generator's load, over all counted rounds.
#[derive(Serialize)]
pub struct Side {
    pub requests_per_s: f64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub max_us: u64,
    pub requests: u64,
    #[serde(flatten)]
    pub cpu: Cpu,
    pub rss_kib: u64,
    pub peak_rss_kib: u64,
    pub rounds: Vec<Round>,
}

#[derive(Serialize)]
pub struct Round {
    pub seconds: f64,
    pub requests: u64,
    pub requests_per_s: f64,
    #[serde(flatten)]
    pub cpu: Cpu,
}

impl Side {
    pub fn new(total: &Tally, rounds: Vec<Round>, memory: Memory) -> Self {
        Self {
            requests_per_s: total.done_per_s(),
            p50_us: total.latency.value_at_quantile(0.5),
            p99_us: total.latency.value_at_quantile(0.99),
            max_us: total.latency.max(),
            requests: total.done,
            cpu: rounds.iter().map(|round| round.cpu).fold(Cpu::default(), Cpu::add),
            rss_kib: memory.rss_kib,
            peak_rss_kib: memory.peak_rss_kib,
            rounds,
        }
    }
}

/// The ratio of two numbers of requests per second.
#[derive(Serialize)]
pub struct Ratio {
    pub total: f64,
    pub min_of_rounds: f64,
    pub max_of_rounds: f64,
}

impl Ratio {
    /// The ratio for two sides whose rounds alternated, so that the n-th rounds of both met the same conditions.
    pub fn between(upper: &Side, lower: &Side) -> Self {
        let pairs = upper.rounds.iter().zip(&lower.rounds);
        let of_rounds: Vec<f64> = pairs.map(|(upper, lower)| upper.requests_per_s / lower.requests_per_s).collect();
        Self {
            total: upper.requests_per_s / lower.requests_per_s,
            min_of_rounds: of_rounds.iter().copied().fold(f64::INFINITY, f64::min),
            max_of_rounds: of_rounds.iter().copied().fold(0.0, f64::max),
        }
    }
}

/// Figures that are measured once, outside the rounds.
#[derive(Serialize)]
pub struct Life {
    /// The time from spawn to the ready line, with an empty data directory.
    pub ready_s: f64,
    /// The resident memory right after the ready line.
    pub idle_rss_kib: u64,
    pub set_up_s: f64,
    pub preload_s: f64,
    /// The time from SIGTERM to the end of the process.
    pub stop_s: f64,
    pub verify_s: f64,
    /// The number of replies DONE, including those of the preload and the warm-up.
    pub acknowledged: u64,
    pub verified_transfers: u64,
    pub verified_accounts: u64,
    pub unexpected: u64,
}

impl Report {
    pub fn table(&self) -> String {
        let Settings { accounts, preload, rounds, .. } = self.settings;
        let connections = self.settings.connections();
        let seconds = self.settings.round_seconds();
        let head =
            ["", "requests/s", "p50 ms", "p99 ms", "max ms", "CPU s", "generator", "others", "RSS MiB", "peak MiB"];
        let mut cells = vec![head.map(str::to_owned), self.echo.cells("echo"), self.daric.cells("daric")];
        cells.extend(self.other.as_ref().map(|other| other.cells("other")));
        let Ratio { total, min_of_rounds, max_of_rounds } = self.daric_to_echo;
        let life = &self.life;
        let mut text = format!(
            "{accounts} accounts, {preload} transfers before, {connections} connections, {rounds} rounds of {seconds:.1} s \
             each, {} cores\n\n{}\n\
             daric / echo      {total:.3} ({min_of_rounds:.3} to {max_of_rounds:.3} in a round)\n",
            self.cores,
            aligned(&cells),
        );
        if let Some(Ratio { total, min_of_rounds, max_of_rounds }) = self.daric_to_other {
            text += &format!("daric / other     {total:.3} ({min_of_rounds:.3} to {max_of_rounds:.3} in a round)\n");
        }
        if let (Some(figures), Some(ratio)) = (&self.pgbench, self.daric_to_pgbench) {
            text += &format!("daric / pgbench   {ratio:.3}\npgbench           {}\n", pgbench_line(figures));
        }
        text += &format!(
            "start             ready in {:.3} s, idle RSS {:.1} MiB\n\
             set-up            {:.2} s; transfers before the rounds {:.2} s\n\
             stop              {:.3} s\n\
             verify            {:.2} s: {} transfers, {} accounts: ok ({} acknowledged)\n\
             unexpected        {}",
            life.ready_s,
            mib(life.idle_rss_kib),
            life.set_up_s,
            life.preload_s,
            life.stop_s,
            life.verify_s,
            life.verified_transfers,
            life.verified_accounts,
            life.acknowledged,
            life.unexpected,
        );
        text
    }
}

impl Side {
    fn cells(&self, name: &str) -> [String; 10] {
        let ms = |us: u64| format!("{:.2}", us as f64 / 1000.0);
        [
            name.to_owned(),
            format!("{:.0}", self.requests_per_s),
            ms(self.p50_us),
            ms(self.p99_us),
            ms(self.max_us),
            format!("{:.2}", self.cpu.server_cpu_s),
            format!("{:.2}", self.cpu.generator_cpu_s),
            format!("{:.2}", self.cpu.other_cpu_s),
            format!("{:.1}", mib(self.rss_kib)),
            format!("{:.1}", mib(self.peak_rss_kib)),
        ]
    }
}

pub fn pgbench_line(figures: &pgbench::Figures) -> String {
    let pgbench::Figures { version, seconds, tps, latency_average_ms } = figures;
    format!("{tps:.0} tps, {latency_average_ms:.2} ms on average, {seconds} s, {version}")
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// Formats rows as a table: the first column left-aligned, the others right-aligned.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    for row in rows {
        text += &format!("{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(widths).skip(1) {
            text += &format!("  {cell:>width$}");
        }
        text.push('\n');
    }
    text
}
