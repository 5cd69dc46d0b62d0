//! The figures of scenarios that measure pairs of calls, and the builds that they measure.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::http::{Workspace, verify};
use crate::process::{Cpu, Memory, Server};
use crate::result::Result;

/// The result of a number of pairs.
pub struct Figures {
    /// Latencies of the first call, in µs.
    pub first: Histogram<u64>,
    /// Latencies of the second call, in µs.
    pub second: Histogram<u64>,
    /// The number of good pairs.
    pub pairs: u64,
    /// The time of all rounds.
    pub elapsed: Duration,
}

impl Figures {
    pub fn new() -> Result<Self> {
        let histogram = || Histogram::new_with_bounds(1, 60_000_000, 3);
        Ok(Self { first: histogram()?, second: histogram()?, pairs: 0, elapsed: Duration::ZERO })
    }

    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.first.add(&other.first)?;
        self.second.add(&other.second)?;
        self.pairs += other.pairs;
        self.elapsed += other.elapsed;
        Ok(())
    }

    pub fn pairs_per_s(&self) -> f64 {
        self.pairs as f64 / self.elapsed.as_secs_f64()
    }

    pub fn line(&self) -> String {
        let ms = |histogram: &Histogram<u64>, quantile| histogram.value_at_quantile(quantile) as f64 / 1000.0;
        format!(
            "{:>9.0} {:>12.2} {:>7.2} {:>12.2} {:>7.2}",
            self.pairs_per_s(),
            ms(&self.first, 0.5),
            ms(&self.first, 0.99),
            ms(&self.second, 0.5),
            ms(&self.second, 0.99)
        )
    }
}

/// A build of the server under measurement, with what its rounds came to.
pub struct Side<W> {
    pub name: &'static str,
    pub server: Server,
    /// What the scenario has made in it.
    pub world: W,
    pub figures: Figures,
    pub idle: Memory,
    pub cpu: Cpu,
}

impl<W> Side<W> {
    pub fn new(workspace: &Workspace, server: Server, world: W) -> Result<Self> {
        let (figures, idle) = (Figures::new()?, server.memory()?);
        Ok(Self { name: workspace.name, server, world, figures, idle, cpu: Cpu::default() })
    }

    /// Counts a round that began when the processor times were `before`.
    pub fn count(&mut self, round: &Figures, before: Cpu) -> Result<()> {
        self.cpu = self.cpu + (self.server.cpu()? - before);
        self.figures.add(round)
    }
}

/// Prints the figures of the baseline and of each build, and their ratios. `unit` heads the columns.
pub fn print<W>(unit: &str, (baseline, echoed): (&str, &Figures), sides: &[Side<W>]) -> Result<()> {
    println!("{unit}");
    println!("{baseline:<6} {}", echoed.line());
    for side in sides {
        println!("{:<6} {}", side.name, side.figures.line());
    }
    let measured = &sides[0];
    let ratio = |to: &Figures| measured.figures.pairs_per_s() / to.pairs_per_s();
    println!("{:<17} {:.3}", format!("daric / {baseline}"), ratio(echoed));
    for other in &sides[1..] {
        println!("{:<17} {:.3}", format!("daric / {}", other.name), ratio(&other.figures));
    }
    let mib = |kib: u64| kib as f64 / 1024.0;
    for Side { name, server, figures, idle, cpu, .. } in sides {
        let (idle, after) = (mib(idle.anonymous_kib), mib(server.memory()?.anonymous_kib));
        println!("memory of {name:<7} {idle:.0} MiB idle, {after:.0} after {} pairs", figures.pairs);
        let Cpu { server_cpu_s, generator_cpu_s, .. } = cpu;
        println!("CPU of {name:<10} {server_cpu_s:.1} s of the server, {generator_cpu_s:.1} s of this program");
    }
    Ok(())
}

/// Stops each build, and checks that its closed store holds all that was answered.
pub fn end<W>(sides: Vec<Side<W>>, workspaces: &[Workspace]) -> Result<()> {
    for (side, workspace) in sides.into_iter().zip(workspaces) {
        let stop_s = side.server.stop()?.as_secs_f64();
        println!("stop              {stop_s:.3} s");
        let (transfers, accounts) = verify(workspace)?;
        if transfers < side.figures.pairs {
            return Err(format!("{} payments were answered, the ledger holds {transfers}", side.figures.pairs).into());
        }
        println!("verify            {transfers} transfers, {accounts} accounts: ok");
    }
    Ok(())
}
