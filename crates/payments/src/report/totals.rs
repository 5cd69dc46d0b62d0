//! Totals of movements by half hours and days, as they are added up.
//!
//! Shape: a [`FoldMark`] names the last movement that stored totals count; [`MovementTotals`] adds the movements after it, in the order of their numbers,
//! and gives the rows to add and the new mark.
//! Absent: reading movements, and storing rows.

use std::collections::HashMap;

use ledger::TransferId;
use schema::{Coded, codes};

use super::movement::Movement;
use super::total_key::{TotalKey, day_begin_ms};

/// Amounts are stored as millions and remainders, so that no sum overflows.
const MILLION: i128 = 1_000_000;

codes! {
    /// The span of a total.
    pub enum Span = "report_total" { 1 => HalfHour, 2 => Day, }
}

/// A count and a sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TotalSums {
    /// How many payments, refunds, …: the movements of one booking count once.
    pub count: i64,
    /// The sum of the movements in rials.
    pub amount: i128,
}

impl TotalSums {
    /// Sums that are stored in parts.
    pub fn of_parts(count: i64, millions: i64, rest: i64) -> Self {
        Self { count, amount: i128::from(millions) * MILLION + i128::from(rest) }
    }

    /// Adds other sums.
    pub fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.amount = self.amount.saturating_add(other.amount);
    }
}

/// A total as it is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TotalRow {
    /// Its span.
    pub span: Span,
    /// What it counts.
    pub key: TotalKey,
    /// Count and sum.
    pub sums: TotalSums,
}

impl TotalRow {
    /// The values of its columns: those of the key, then count, millions and remainder.
    pub fn numbers(&self) -> [i64; 11] {
        let TotalKey { begins_ms, dialect, bank, payee, cycle, means, kind } = self.key;
        let part = |part: i128| i64::try_from(part).unwrap_or(i64::MAX);
        let (millions, rest) = (part(self.sums.amount / MILLION), part(self.sums.amount % MILLION));
        let (dialect, means, kind) = (dialect.code(), means.code(), kind.code());
        [self.span.code(), begins_ms, dialect, bank, payee, cycle, means, kind, self.sums.count, millions, rest]
    }
}

/// How far stored totals go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FoldMark {
    /// Grows when a reset or a snapshot replaces the world: totals of another world are not added.
    pub world: i64,
    /// The last transfer that is counted; 0: none.
    pub up_to: i64,
    /// The row that caused the last counted movement.
    pub last_cause: i64,
    /// The code of that movement's kind; 0: none.
    pub last_kind: i64,
    /// Its instant, in milliseconds of Unix time.
    pub last_at_ms: i64,
}

/// The totals of the movements after a mark.
#[derive(Clone, Debug)]
pub struct MovementTotals {
    mark: FoldMark,
    half_hours: HashMap<TotalKey, TotalSums>,
}

impl MovementTotals {
    /// No totals yet.
    pub fn after(mark: FoldMark) -> Self {
        Self { mark, half_hours: HashMap::new() }
    }

    /// Counts a movement. Movements come in the order of their numbers. Those of one kind and booking have one instant and numbers in a row: a booking
    /// takes them one after the other. Two bookings of one cause, such as two refunds of a payment, have other numbers between them or other instants.
    pub fn add(&mut self, movement: &Movement) {
        let (key, mark) = (movement.key(), self.mark);
        let (cause, kind, at_ms, TransferId(number)) =
            (movement.cause_id, key.kind.code(), movement.at_ms, movement.transfer);
        let is_next = mark.up_to.checked_add(1) == Some(number);
        let is_same = cause != 0 && (cause, kind, at_ms) == (mark.last_cause, mark.last_kind, mark.last_at_ms);
        let count = i64::from(!(is_same && is_next));
        let sums = TotalSums { count, amount: i128::from(movement.amount.get()) };
        self.half_hours.entry(key).or_default().add(sums);
        self.mark =
            FoldMark { world: mark.world, up_to: number, last_cause: cause, last_kind: kind, last_at_ms: at_ms };
    }

    /// The mark after the last movement.
    pub fn mark(&self) -> FoldMark {
        self.mark
    }

    /// The totals of half hours, in no order.
    pub fn half_hours(&self) -> impl Iterator<Item = (&TotalKey, &TotalSums)> {
        self.half_hours.iter()
    }

    /// The rows to add to the stored totals, in the order of their keys.
    pub fn rows(&self) -> Vec<TotalRow> {
        let (mut days, mut begins): (HashMap<TotalKey, TotalSums>, HashMap<i64, i64>) = Default::default();
        for (key, sums) in &self.half_hours {
            let begins_ms = *begins.entry(key.begins_ms).or_insert_with(|| day_begin_ms(key.begins_ms));
            days.entry(TotalKey { begins_ms, ..*key }).or_default().add(*sums);
        }
        let row = |span, (key, sums): (&TotalKey, &TotalSums)| TotalRow { span, key: *key, sums: *sums };
        let half_hours = self.half_hours.iter().map(|total| row(Span::HalfHour, total));
        let mut rows: Vec<TotalRow> = half_hours.chain(days.iter().map(|total| row(Span::Day, total))).collect();
        rows.sort_unstable_by_key(|row| (row.span.code(), row.key));
        rows
    }
}

#[cfg(test)]
mod tests {
    use ledger::{AccountKind, Rial};

    use super::*;
    use crate::{HALF_HOUR_MS, MovementCause, PartyId, guild_open, wallet};

    /// 30 Aban 1405, 11:00 in Tehran.
    const ELEVEN_MS: i64 = 1_795_246_200_000;

    fn paid(transfer: i64, cause_id: i64, at_ms: i64, amount: i64) -> Movement {
        let shop = PartyId(201);
        Movement {
            transfer: TransferId(transfer),
            at_ms,
            debit: (wallet(PartyId(101)), AccountKind::Wallet),
            credit: (guild_open(shop, 561), AccountKind::GuildOpen),
            amount: Rial::new(amount),
            cause_id,
            cause: MovementCause::Invoice(shop),
        }
    }

    #[test]
    fn movements_of_one_payment_count_once_and_each_amount_counts() {
        let mut totals = MovementTotals::after(FoldMark { world: 3, ..FoldMark::default() });
        for movement in [paid(1, 7, ELEVEN_MS, 5), paid(2, 7, ELEVEN_MS, i64::MAX), paid(4, 8, ELEVEN_MS, 1)] {
            totals.add(&movement);
        }
        let [row, day] = totals.rows()[..] else { panic!("a half hour and a day") };
        assert_eq!((row.span, day.span, row.sums), (Span::HalfHour, Span::Day, day.sums));
        assert_eq!(row.sums, TotalSums { count: 2, amount: i128::from(i64::MAX) + 6 });
        let [.., count, millions, rest] = row.numbers();
        assert_eq!(TotalSums::of_parts(count, millions, rest), row.sums);
        assert_eq!((totals.mark().world, totals.mark().up_to, totals.mark().last_cause), (3, 4, 8));
        // The next totals go on where these end: a part of a payment that is counted is not another payment.
        let mut next = MovementTotals::after(totals.mark());
        next.add(&paid(5, 8, ELEVEN_MS, 1));
        assert_eq!(next.rows()[0].sums, TotalSums { count: 0, amount: 1 });
    }

    #[test]
    fn two_bookings_of_one_cause_count_twice_wherever_the_mark_is() {
        let day_ms = 86_400_000;
        for (first, second, count) in [
            // Parts of one booking.
            ((1, ELEVEN_MS), (2, ELEVEN_MS), 1),
            // Two refunds on one day, with and without another number between them, and two at one instant of a frozen clock.
            ((1, ELEVEN_MS), (2, ELEVEN_MS + 1), 2),
            ((1, ELEVEN_MS), (3, ELEVEN_MS + 1), 2),
            ((1, ELEVEN_MS), (3, ELEVEN_MS), 2),
            ((1, ELEVEN_MS), (2, ELEVEN_MS + day_ms), 2),
        ] {
            let movements = [first, second].map(|(transfer, at_ms)| paid(transfer, 7, at_ms, 5));
            let mut together = MovementTotals::after(FoldMark::default());
            movements.iter().for_each(|movement| together.add(movement));
            let mut before = MovementTotals::after(FoldMark::default());
            before.add(&movements[0]);
            let mut behind = MovementTotals::after(before.mark());
            behind.add(&movements[1]);
            let counted = |totals: &MovementTotals| totals.half_hours().map(|(_, sums)| sums.count).sum::<i64>();
            assert_eq!(counted(&together), count, "{first:?} {second:?}");
            assert_eq!(counted(&before) + counted(&behind), count, "the mark is between {first:?} and {second:?}");
            assert_eq!(behind.mark(), together.mark());
        }
    }

    #[test]
    fn days_begin_at_midnight_in_tehran() {
        let midnight_ms = ELEVEN_MS - 11 * 3_600_000;
        for (at_ms, begins_ms) in [
            (midnight_ms - 1, midnight_ms - 86_400_000),
            (midnight_ms, midnight_ms),
            (midnight_ms + 86_399_999, midnight_ms),
            (midnight_ms + 86_400_000, midnight_ms + 86_400_000),
        ] {
            assert_eq!(day_begin_ms(at_ms), begins_ms);
            assert_eq!(begins_ms % HALF_HOUR_MS, 0);
        }
    }
}
