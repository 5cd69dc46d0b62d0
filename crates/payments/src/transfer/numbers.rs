//! The numbers that an order is given beside its own: its refCode, and its place in its bank's day.

use crate::view::View;
use crate::{Bank, BankDay, BankDayKey, Now};

/// The sequence before the first of a day (finnotech.md 3.1: counts up from 1001).
const SEQUENCE_BASE: i64 = 1_000;

/// A refCode is the day's six digits and these many of the order's number: unique until ten thousand million orders share a day.
const REF_CODE_ORDERS: i64 = 10_000_000_000;

/// Sixteen digits for an order, or for a return: the day and its number.
pub(crate) fn ref_code(now: &Now, number: i64) -> i64 {
    i64::from(now.date.short()) * REF_CODE_ORDERS + number % REF_CODE_ORDERS
}

pub(super) fn next_sequence(view: &mut View, bank: Bank, now: &Now) -> i64 {
    let key = BankDayKey { bank, day: now.date.long() };
    let last_sequence = view.bank_days.get(&key).map_or(SEQUENCE_BASE, |day| day.last_sequence) + 1;
    view.bank_days.put(key, BankDay { key, last_sequence });
    last_sequence
}
