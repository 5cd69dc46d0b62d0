//! Statistics of payments by minute for the last hour, in the memory of this process.

use std::collections::VecDeque;
use std::time::Instant;

use parking_lot::Mutex;
use payments::{End, Measured};

use crate::clock::{MachineTime, TimeSource as _};

/// How many minutes are kept.
const MINUTES: usize = 60;
const MINUTE_MS: i64 = 60_000;

/// The payments of one minute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Minute {
    /// The minute, counted in Unix time by the machine's clock.
    pub minute: i64,
    /// Payments that moved money, or are accepted for their cycle.
    pub done: u64,
    /// Payments that were refused.
    pub declined: u64,
    /// Payments whose outcome was open when they were answered: pending, or unknown.
    pub unknown: u64,
    /// The amount that was moved, in rials.
    pub rials: i64,
    /// The sum of the callers' waiting times, in microseconds.
    pub micros: u64,
    /// The longest waiting time of a caller, in microseconds.
    pub slowest_micros: u64,
}

impl Minute {
    /// The number of all payments.
    pub fn payments(&self) -> u64 {
        self.done + self.declined + self.unknown
    }

    fn add(&mut self, measured: Measured, micros: u64) {
        match measured.end {
            End::Done => {
                self.done += 1;
                self.rials = self.rials.saturating_add(measured.amount.get());
            }
            End::Declined => self.declined += 1,
            End::Unknown => self.unknown += 1,
        }
        self.micros = self.micros.saturating_add(micros);
        self.slowest_micros = self.slowest_micros.max(micros);
    }
}

/// The statistics; see the module.
#[derive(Debug, Default)]
pub struct ThroughputStats {
    minutes: Mutex<VecDeque<Minute>>,
}

impl ThroughputStats {
    /// Counts the payments of a batch.
    pub(crate) fn note(&self, decided: impl Iterator<Item = (Option<Measured>, Instant)>) {
        let mut measured = decided.filter_map(|(measured, since)| Some((measured?, since))).peekable();
        if measured.peek().is_none() {
            return;
        }
        let mut minutes = self.minutes.lock();
        let minute = MachineTime.wall_ms() / MINUTE_MS;
        if minutes.back().is_none_or(|last| last.minute < minute) {
            minutes.push_back(Minute { minute, ..Minute::default() });
            if minutes.len() > MINUTES {
                minutes.pop_front();
            }
        }
        let Some(last) = minutes.back_mut() else { return };
        for (measured, since) in measured {
            last.add(measured, u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX));
        }
    }

    /// Forgets everything: the world was reset.
    pub(crate) fn clear(&self) {
        self.minutes.lock().clear();
    }

    /// The number of payments of the last hour: it grows with each payment, and shrinks when a minute is forgotten.
    pub(crate) fn payments(&self) -> u64 {
        self.minutes.lock().iter().map(Minute::payments).sum()
    }

    /// The last hour, oldest minute first; minutes without payments are included.
    pub fn last_hour(&self) -> Vec<Minute> {
        let now = MachineTime.wall_ms() / MINUTE_MS;
        let minutes = self.minutes.lock();
        let first = now - i64::try_from(MINUTES).unwrap_or(0) + 1;
        let of = |minute| minutes.iter().find(|known| known.minute == minute).copied();
        (first..=now).map(|minute| of(minute).unwrap_or(Minute { minute, ..Minute::default() })).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use payments::{
        BusinessDay, Command as _, Declined, Digest, PayByPhone, Payee, PhoneEnd, PhoneOrder, PhoneOrderId,
        PhoneOrderKey, PhonePayment, Probe, Rial, TakeTry, Text,
    };

    use super::*;

    fn command() -> PayByPhone {
        let text = |text: &str| Text::from(text);
        PayByPhone {
            terminal: text("t"),
            payee: Payee::Order(text("o"), Some(Rial::new(700))),
            card: None,
            hash: None,
            payer: text(""),
            day: BusinessDay::Open,
            probe: Probe::NONE,
        }
    }

    fn paid(amount: i64) -> Result<Arc<PhoneOrder>, Declined> {
        let text = |text: &str| Text::from(text);
        let end = PhoneEnd::Paid(ledger::AccountId(1), ledger::TransferId(2));
        let (mask, payer, amount, refunded) = (text(""), text(""), Some(Rial::new(amount)), Rial::ZERO);
        let tried = PhonePayment { mask, payer, amount, at_ms: 0, end, refunded };
        let key = PhoneOrderKey::of(text("t"), "o");
        let order = PhoneOrder { key, sent: text("o"), id: PhoneOrderId(1), asked: None, tried: Some(tried), at_ms: 0 };
        Ok(Arc::new(order))
    }

    #[test]
    fn payments_are_counted_by_how_they_ended_and_what_repeats_one_is_not() {
        let throughput = ThroughputStats::default();
        let (command, other) = (command(), TakeTry::of(Digest([0; 32])));
        let outcomes = [
            paid(700),
            paid(i64::MAX),
            Err(Declined::OtpWrong),
            // The order was paid before, and that payment was counted then.
            Err(Declined::OrderPaid),
        ];
        let Some(since) = Instant::now().checked_sub(Duration::from_millis(5)) else { return };
        throughput.note(outcomes.iter().map(|outcome| (command.measure(outcome), since)));
        throughput.note([(other.measure(&Ok(())), since)].into_iter());
        let hour = throughput.last_hour();
        assert_eq!(hour.len(), 60);
        let sum = |of: fn(&Minute) -> u64| hour.iter().map(of).sum::<u64>();
        let counted = [sum(|minute| minute.done), sum(|minute| minute.declined), sum(|minute| minute.unknown)];
        assert_eq!((counted, sum(Minute::payments)), ([2, 1, 0], 3));
        assert_eq!(hour.iter().map(|minute| minute.rials).max(), Some(i64::MAX), "it stops where numbers end");
        assert!(sum(|minute| minute.micros) >= 3 * 5_000 && sum(|minute| minute.slowest_micros) >= 5_000);
        throughput.clear();
        assert!(throughput.last_hour().iter().all(|minute| minute.payments() == 0));
    }
}
