//! What a total counts: its span of time, and what its movements have in common.

use super::meaning::{MovementKind, PaymentMeans, ReportDialect};
use crate::{Now, tehran_midnight_ms};

/// The shortest span of stored totals, in milliseconds. Every day in Tehran, with summer time or without, is a number of whole half hours.
pub const HALF_HOUR_MS: i64 = 1_800_000;

/// Longer than a day of 25 hours, and shorter than two days, in milliseconds.
const INTO_NEXT_DAY_MS: i64 = 30 * 3_600_000;

/// What a total counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TotalKey {
    /// The beginning of its span, in milliseconds of Unix time.
    pub begins_ms: i64,
    /// The platform.
    pub dialect: ReportDialect,
    /// The number of the source bank; 0: none.
    pub bank: i64,
    /// The business's number, or the account of a merchant of payments by telephone; 0: none.
    pub payee: i64,
    /// The cycle of the paya network; 0: none.
    pub cycle: i64,
    /// The means of payment.
    pub means: PaymentMeans,
    /// The meaning of the movements.
    pub kind: MovementKind,
}

/// The first instant of the day in Tehran that has this instant, in milliseconds of Unix time.
pub fn day_begin_ms(at_ms: i64) -> i64 {
    Now::at(at_ms).and_then(|now| tehran_midnight_ms(now.date)).unwrap_or(at_ms)
}

/// The first instant of the next day in Tehran, in milliseconds of Unix time.
pub fn next_day_ms(at_ms: i64) -> i64 {
    day_begin_ms(day_begin_ms(at_ms).saturating_add(INTO_NEXT_DAY_MS))
}
