//! Finds the number from which rows are no longer before an instant, where numbers ascend nearly in the order of time.

/// How many rows are read at each step. A single row whose instant is later than those around it does not mislead the search.
pub(crate) const PROBED: usize = 16;

/// A search for a number; see the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bisection {
    instant_ms: i64,
    /// Rows with smaller numbers are before the instant.
    low: i64,
    /// Rows with this number and greater ones are not.
    high: i64,
    is_first: bool,
}

impl Bisection {
    /// A search among rows with numbers up to `newest`.
    pub(crate) fn new(newest: i64, instant_ms: i64) -> Self {
        Self { instant_ms, low: 0, high: newest.saturating_add(1), is_first: true }
    }

    /// The number whose row, and the rows behind it, are read next; `None`: the search has ended.
    pub(crate) fn probe(&self) -> Option<i64> {
        // The newest row is looked at first: periods mostly end now.
        let middle = if self.is_first { self.high - 1 } else { self.low + (self.high - self.low) / 2 };
        (self.low < self.high).then_some(middle)
    }

    /// Goes on with the numbers and instants of the rows that begin with the probed number.
    pub(crate) fn learn(&mut self, probed: i64, found: &[(i64, i64)]) {
        self.is_first = false;
        let is_before = found.iter().any(|(_, at_ms)| *at_ms < self.instant_ms);
        match found.first().filter(|_| is_before) {
            Some((first, _)) => self.low = first.saturating_add(1).max(self.low),
            None => self.high = probed,
        }
        self.low = self.low.min(self.high);
    }

    /// The number that was found.
    pub(crate) fn found(&self) -> i64 {
        self.high
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    /// Searches among rows of numbers and instants; returns the number that was found, and the steps.
    fn search(rows: &[(i64, i64)], instant_ms: i64) -> (i64, usize) {
        let mut search = Bisection::new(rows.last().map_or(0, |row| row.0), instant_ms);
        let mut steps = 0;
        while let Some(probed) = search.probe() {
            let from = rows.partition_point(|(id, _)| *id < probed);
            let found: Vec<(i64, i64)> = rows[from..].iter().take(PROBED).copied().collect();
            search.learn(probed, &found);
            steps += 1;
        }
        (search.found(), steps)
    }

    #[test]
    fn no_row_of_a_period_is_left_out_and_few_others_are_examined() {
        // Numbers with gaps; every hundredth row was tried again an hour later.
        let late = |n: i64| if n % 100 == 7 { 3_600_000 } else { 0 };
        let rows: Vec<(i64, i64)> = (0..100_000).map(|n| (1_000 + n * 7, n * 1_000 + late(n))).collect();
        for instant_ms in [-1, 0, 1, 999, 1_000, 5_000_000, 50_000_000, 99_999_000, 99_999_001, i64::MAX] {
            let (found, steps) = search(&rows, instant_ms);
            let wanted = rows.iter().filter(|(_, at)| *at < instant_ms).count();
            let before: Vec<_> = rows.iter().filter(|(id, _)| *id < found).collect();
            let missed = rows.iter().filter(|(id, at)| *id >= found && *at < instant_ms).count();
            assert_eq!(missed, 0, "{instant_ms}");
            assert!(before.len() <= wanted + 100 + PROBED, "{instant_ms}: {} of {wanted}", before.len());
            assert!(steps <= 24, "{instant_ms}: {steps} steps");
        }
        assert_eq!(search(&[], 5).0, 0);
        assert_eq!(search(&[(9, 5)], 5).0, 0, "there are no rows before it");
        assert_eq!(search(&[(9, 5)], 6).0, 10);
    }
}
