//! How long a delayed call waits: always as long, or drawn from a range.
//!
//! The nth call that a rule is for draws the same time whenever the seed is the same, on any machine.

use std::time::Duration;

/// How the times of a range are distributed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Distribution {
    /// Each is as likely as any other.
    Uniform,
    /// Most are near the shortest one. The mean is a fifth of the range beyond it, and none is above the longest.
    Exponential,
}

impl Distribution {
    /// The distribution of a name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "uniform" => Some(Self::Uniform),
            "exponential" => Some(Self::Exponential),
            _ => None,
        }
    }
}

/// The mean of the exponential distribution, as a part of the range.
const MEAN: f64 = 0.2;
/// An odd number with its bits well mixed, so that neighbouring calls draw from different places.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delay {
    /// The shortest time.
    pub shortest: Duration,
    /// The longest time.
    pub longest: Duration,
    /// How the times between them are distributed.
    pub distribution: Distribution,
    /// The seed of the draws.
    pub seed: u32,
}

impl Delay {
    /// Always this long.
    pub fn of(length: Duration) -> Self {
        Self { shortest: length, longest: length, distribution: Distribution::Uniform, seed: 0 }
    }

    /// Whether it is drawn from a range.
    pub fn is_random(&self) -> bool {
        self.shortest < self.longest
    }

    /// The time of the nth call.
    pub fn nth(&self, nth: u64) -> Duration {
        let range = self.longest.saturating_sub(self.shortest);
        let mut dice = fastrand::Rng::with_seed((u64::from(self.seed) << 32) ^ nth.wrapping_mul(SPREAD));
        let part = match self.distribution {
            Distribution::Uniform => dice.f64(),
            Distribution::Exponential => (-MEAN * (1.0 - dice.f64()).ln()).min(1.0),
        };
        self.shortest + range.mul_f64(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(distribution: Distribution, seed: u32) -> Vec<f64> {
        let delay = Delay { longest: Duration::from_secs(11), distribution, seed, ..Delay::of(Duration::from_secs(1)) };
        (1..=1_000).map(|nth| delay.nth(nth).as_secs_f64()).collect()
    }

    #[test]
    fn times_are_within_their_range_the_same_for_a_seed_and_distributed_as_named() {
        for (distribution, mean) in [(Distribution::Uniform, 6.0), (Distribution::Exponential, 3.0)] {
            let (drawn, again, other) = (times(distribution, 7), times(distribution, 7), times(distribution, 8));
            assert!(drawn == again && drawn != other, "{distribution:?}");
            assert!(drawn.iter().all(|time| (1.0..=11.0).contains(time)), "{distribution:?}");
            let found = drawn.iter().sum::<f64>() / 1_000.0;
            assert!((found - mean).abs() < 0.4, "{distribution:?}: {found} and not {mean}");
        }
        let fixed = Delay::of(Duration::from_millis(300));
        assert!((1..9).all(|nth| fixed.nth(nth) == Duration::from_millis(300)));
    }
}
