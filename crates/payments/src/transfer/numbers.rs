//! The numbers that an order gets in addition to its id: its refCode, and its sequence number at its bank on that day.

use crate::view::View;
use crate::{Bank, BankDay, BankDayKey, Now};

/// The number before the first sequence number of a day (finnotech.md 3.1: counts up from 1001).
const SEQUENCE_BASE: i64 = 1_000;

/// A refCode is the day (six digits) and the last ten digits of the number of the order: unique up to ten thousand million orders a day.
const REF_CODE_ORDERS: i64 = 10_000_000_000;

/// The refCode of an order or a return, written with sixteen digits: the day, then the number.
pub(crate) fn ref_code(now: &Now, number: i64) -> i64 {
    i64::from(now.date.short()) * REF_CODE_ORDERS + number % REF_CODE_ORDERS
}

/// The next sequence number of a bank's day, which is counted in its row.
pub(super) fn next_sequence(view: &mut View, bank: Bank, now: &Now) -> i64 {
    let key = BankDayKey { bank, day: now.date.long() };
    let last_sequence = view.bank_days.get(&key).map_or(SEQUENCE_BASE, |day| day.last_sequence) + 1;
    view.bank_days.put(key, BankDay { key, last_sequence });
    last_sequence
}
