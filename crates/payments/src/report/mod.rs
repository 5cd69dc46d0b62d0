//! What reports count: the meaning of each movement of money, and the totals of movements by time.

mod meaning;
mod movement;
mod total_key;
mod totals;

pub use meaning::{MovementKind, PaymentMeans, ReportDialect};
pub use movement::{Movement, MovementCause};
pub use total_key::{HALF_HOUR_MS, TotalKey, day_begin_ms, next_day_ms};
pub use totals::{FoldMark, MovementTotals, Span, TotalRow, TotalSums};
