//! Limiting the one-time passwords that a card is sent in ten minutes (paystar.md 2, second-edition.md 3).
//!
//! The row of a card stays small with every limit. Up to [`KEPT`] sendings are recorded separately, so limits up to that number are exact to the
//! millisecond in every ten minutes. If there are more, the sendings of one minute become one entry with the time of the last. A higher limit is then
//! never exceeded in ten minutes, but a place may become free up to a minute late.

use std::num::NonZeroU32;

use schema::{Bind, Cell, Fetch, Json};

/// The most one-time passwords that a card is sent in [`WINDOW_MS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OtpLimit(pub NonZeroU32);

/// The window of [`OtpLimit`], in milliseconds: ten minutes.
const WINDOW_MS: i64 = 600_000;
/// The most entries of a row: more than the window has minutes.
const KEPT: usize = 16;
/// The span of which the sendings become one entry, in milliseconds.
const SPAN_MS: i64 = 60_000;

/// The sendings of the last ten minutes, oldest first: time in milliseconds of Unix time, and number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SentOtps(Vec<(i64, i64)>);

impl From<Vec<(i64, i64)>> for SentOtps {
    fn from(pairs: Vec<(i64, i64)>) -> Self {
        Self(pairs)
    }
}

impl SentOtps {
    /// Times and numbers.
    pub fn as_pairs(&self) -> &[(i64, i64)] {
        &self.0
    }

    /// Whether one more password is within the limit.
    pub(crate) fn has_room(&self, limit: OtpLimit, now_ms: i64) -> bool {
        let sent = self.counted(now_ms).fold(0_i64, |sum, (_, count)| sum.saturating_add(*count));
        sent < i64::from(limit.0.get())
    }

    /// The record with one more sending.
    pub(crate) fn with_one(&self, now_ms: i64) -> Self {
        let mut kept: Vec<(i64, i64)> = self.counted(now_ms).copied().chain([(now_ms, 1)]).collect();
        if kept.len() > KEPT {
            kept.dedup_by(|later, earlier| {
                join(earlier, *later, earlier.0.div_euclid(SPAN_MS) == later.0.div_euclid(SPAN_MS))
            });
        }
        // If the clock was put back, entries may be in the future and not adjacent in their minutes; the oldest are joined.
        while kept.len() > KEPT {
            let oldest = kept.remove(0);
            kept[0].1 = kept[0].1.saturating_add(oldest.1);
        }
        Self(kept)
    }

    fn counted(&self, now_ms: i64) -> impl Iterator<Item = &(i64, i64)> {
        self.0.iter().filter(move |(at_ms, _)| at_ms.saturating_add(WINDOW_MS) > now_ms)
    }
}

/// Adds a later entry to an earlier one if they belong together. Returns whether they do.
fn join(earlier: &mut (i64, i64), later: (i64, i64), together: bool) -> bool {
    if together {
        *earlier = (later.0, earlier.1.saturating_add(later.1));
    }
    together
}

/// Pairs of a time and a number, as JSON.
impl Cell for SentOtps {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        Json(self.as_pairs().to_vec()).put(to)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        let Json(pairs) = Json::<Vec<(i64, i64)>>::take(from)?;
        Ok(Self::from(pairs))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    /// Asks for a password at each of the instants. Returns the instants at which one was sent.
    fn sent(limit: u32, at_ms: impl Iterator<Item = i64>) -> Vec<i64> {
        let limit = OtpLimit(NonZeroU32::new(limit).unwrap());
        let (mut card, mut sent) = (SentOtps::default(), Vec::new());
        for at_ms in at_ms {
            if card.has_room(limit, at_ms) {
                card = card.with_one(at_ms);
                sent.push(at_ms);
            }
            assert!(card.as_pairs().len() <= KEPT, "{card:?}");
        }
        sent
    }

    #[test]
    fn every_limit_holds_in_any_ten_minutes_and_a_row_stays_small() {
        const START: i64 = 1_790_000_000_000;
        for limit in [1, 2, 3, 15, 16, 17, 60, 1_000, u32::MAX] {
            for pace_ms in [1, 700, 9_000, 61_000] {
                let sent = sent(limit, (0..4_000).map(|n| START + n * pace_ms));
                let most = i64::from(limit);
                for (index, at_ms) in sent.iter().enumerate() {
                    let within = sent[index..].iter().take_while(|later| **later < at_ms + WINDOW_MS).count();
                    assert!(i64::try_from(within).unwrap() <= most, "{limit} {pace_ms}: {within}");
                }
                // No fewer are sent than the limit permits, apart from the minute that a place may be late.
                let windows = 4_000 * pace_ms / (WINDOW_MS + if limit > 16 { SPAN_MS } else { pace_ms });
                assert!(i64::try_from(sent.len()).unwrap() >= (windows * most).min(4_000), "{limit} {pace_ms}");
            }
        }
    }

    #[test]
    fn a_clock_that_was_put_back_frees_no_place_and_grows_no_row() {
        let mut card = SentOtps::default();
        for step in 0..100 {
            card = card.with_one(1_790_000_000_000 - step * 86_400_000);
            assert!(card.as_pairs().len() <= KEPT);
        }
        assert_eq!(card.as_pairs().iter().map(|(_, count)| count).sum::<i64>(), 100);
    }
}
