//! The figures of scenarios that measure pairs of calls.

use std::time::Duration;

use hdrhistogram::Histogram;

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
