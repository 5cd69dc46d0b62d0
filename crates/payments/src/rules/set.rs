//! A rule set, and the questions it answers about an instant, a bank, a route and an amount.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use ledger::Rial;

use crate::{Bank, CivilDate, Now, Route, tehran_ms};

/// The number of days in which the next cycle is looked for: longer than any run of holidays.
const DAYS_AHEAD: i32 = 31;

/// The rules of the rails: limits, cycles, hours, holds and fees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// The name of the rule set.
    pub name: String,
    /// The smallest and largest amounts of each route.
    pub limits: Limits,
    /// The first and last day that the rule set is made for; `None`: no limit.
    pub valid: (Option<CivilDate>, Option<CivilDate>),
    pub(super) holidays: BTreeSet<CivilDate>,
    pub(super) classes: Vec<DayClass>,
    /// Cycles in the order of their cut-offs.
    pub(super) cycles: Vec<CycleTimes>,
    pub(super) satna: Vec<SatnaHours>,
    pub(super) internal_closed_hours: Vec<ClosedHours>,
    pub(super) charge_closed_hours: Vec<ClosedHours>,
    pub(super) hold_until_settlement: Vec<Bank>,
    pub(super) fees: Fees,
}

/// Amounts in rials, both ends inclusive; 0: no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub struct Limits {
    pub internal_min: i64,
    pub internal_max: i64,
    pub paya_min: i64,
    /// Up to and including this amount, money to another bank goes by paya; above it, by satna.
    pub paya_max: i64,
    pub satna_min: i64,
    pub satna_max: i64,
}

/// A cycle of the paya network on a day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PayaCycle {
    /// The day in Tehran.
    pub day: CivilDate,
    /// The cycle's number on that day.
    pub number: u8,
    /// The cut-off, in milliseconds of Unix time: orders accepted before it are in the cycle.
    pub cutoff_ms: i64,
    /// The settlement time, in milliseconds of Unix time.
    pub settle_ms: i64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct DayClass {
    pub(super) name: String,
    pub(super) rule: DayRule,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DayRule {
    Any,
    Holiday,
    Weekday(Weekday),
    /// From one Jalali month and day to another, inclusive.
    Between((u8, u8), (u8, u8)),
}

/// A day of the week.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Weekday(u8);

impl Weekday {
    /// The days in the order of the Iranian week.
    const NAMES: [&str; 7] = ["Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];

    pub(super) fn named(name: &str) -> Option<Self> {
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        u8::try_from(at).ok().map(Self)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct CycleTimes {
    pub(super) number: u8,
    pub(super) classes: Vec<usize>,
    pub(super) months: RangeInclusive<u8>,
    /// The cut-off in seconds of the day.
    pub(super) cutoff: u32,
    /// The settlement time in seconds of the day.
    pub(super) settle: u32,
    pub(super) excluded: Vec<Bank>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SatnaHours {
    pub(super) classes: Vec<usize>,
    pub(super) from: Option<CivilDate>,
    pub(super) to: Option<CivilDate>,
    /// The opening hours in seconds of the day.
    pub(super) hours: Range<u32>,
}

/// Seconds of the day, `[from, to)`, in which a service is closed for a bank. The span passes midnight if `to` is not after `from`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ClosedHours {
    pub(super) bank: Bank,
    pub(super) from: u32,
    pub(super) to: u32,
}

impl ClosedHours {
    fn holds(&self, bank: Bank, second: u32) -> bool {
        let inside = match self.from < self.to {
            true => (self.from..self.to).contains(&second),
            false => second >= self.from || second < self.to,
        };
        self.bank == bank && inside
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fee {
    pub(super) ppm: i64,
    pub(super) min: Rial,
    pub(super) max: Rial,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fees {
    pub(super) internal: Fee,
    pub(super) paya: Fee,
    pub(super) satna: Fee,
}

/// A rule set file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The text is not a rule set; the message names line and key.
    #[error("rule set: {0}")]
    Form(#[from] toml::de::Error),
    /// A value is not permitted.
    #[error("rule set: {key} = {value:?} is not {expected}")]
    Value {
        /// The key of the value.
        key: &'static str,
        /// The value.
        value: String,
        /// The permitted values.
        expected: &'static str,
    },
    /// The table of days off cannot be used.
    #[error("rule set: holidays in {file}: {why}")]
    Holidays {
        /// The file name in the rule set.
        file: String,
        /// The reason.
        why: String,
    },
}

impl Rules {
    /// Whether internal transfers at `bank` are closed at this instant.
    pub fn internal_is_closed(&self, bank: Bank, now: &Now) -> bool {
        self.internal_closed_hours.iter().any(|hours| hours.holds(bank, now.second_of_day))
    }

    /// Whether charges of cards at `bank` are closed at this instant.
    pub fn charge_is_closed(&self, bank: Bank, now: &Now) -> bool {
        self.charge_closed_hours.iter().any(|hours| hours.holds(bank, now.second_of_day))
    }

    /// Whether the satna network accepts orders at this instant; the first row that applies to the day decides.
    pub fn satna_is_open(&self, now: &Now) -> bool {
        let class = self.class_of(now.date);
        let row = self.satna.iter().find(|row| {
            class.is_some_and(|class| row.classes.contains(&class))
                && row.from.is_none_or(|from| from <= now.date)
                && row.to.is_none_or(|to| now.date <= to)
        });
        row.is_some_and(|row| row.hours.contains(&now.second_of_day))
    }

    /// Whether paya orders of this bank are held on their source until they settle, instead of being debited immediately.
    pub fn holds_until_settlement(&self, bank: Bank) -> bool {
        self.hold_until_settlement.contains(&bank)
    }

    /// When the card network settles a card payment made now, in milliseconds of Unix time: at the settlement time of the next day's first cycle.
    pub fn card_settlement_ms(&self, now: &Now) -> i64 {
        self.first_cycle_ms(now, 1)
    }

    /// When set-offs are next due, in milliseconds of Unix time: at the next settlement time of card payments.
    pub fn set_off_ms(&self, now: &Now) -> i64 {
        let today_ms = self.first_cycle_ms(now, 0);
        if today_ms > now.at_ms { today_ms } else { self.first_cycle_ms(now, 1) }
    }

    fn first_cycle_ms(&self, now: &Now, days: i32) -> i64 {
        /// The documented settlement time of the first cycle, 03:45, for a rule set that has no cycle 1.
        const FIRST: u32 = 13_500;
        const DAY_MS: i64 = 86_400_000;
        let settle = self.cycles.iter().find(|cycle| cycle.number == 1).map_or(FIRST, |cycle| cycle.settle);
        let day = now.date.plus_days(days).and_then(|day| tehran_ms(day, settle));
        day.unwrap_or_else(|| now.at_ms.saturating_add(DAY_MS))
    }

    /// The cycle that a paya order of this bank takes: the earliest whose cut-off is still to come. `None`: there is none within 31 days.
    pub fn paya_cycle(&self, bank: Bank, now: &Now) -> Option<PayaCycle> {
        (0..DAYS_AHEAD).find_map(|ahead| {
            let day = now.date.plus_days(ahead)?;
            let class = self.class_of(day)?;
            self.cycles.iter().find_map(|cycle| {
                let runs = cycle.classes.contains(&class) && cycle.months.contains(&day.month);
                let still_open = ahead > 0 || cycle.cutoff > now.second_of_day;
                if !runs || !still_open || cycle.excluded.contains(&bank) {
                    return None;
                }
                let (cutoff_ms, settle_ms) = (tehran_ms(day, cycle.cutoff)?, tehran_ms(day, cycle.settle)?);
                Some(PayaCycle { day, number: cycle.number, cutoff_ms, settle_ms })
            })
        })
    }

    /// The cycle that a bank's orders take from the cut-off of `cycle` on.
    pub fn paya_cycle_after(&self, bank: Bank, cycle: &PayaCycle) -> Option<PayaCycle> {
        self.paya_cycle(bank, &Now::at(cycle.cutoff_ms)?)
    }

    /// The smallest and the largest amount of a route; `None`: no limit.
    pub fn bounds(&self, route: Route) -> (Option<Rial>, Option<Rial>) {
        let Limits { internal_min, internal_max, paya_min, paya_max, satna_min, satna_max } = self.limits;
        let (min, max) = match route {
            Route::Internal => (internal_min, internal_max),
            Route::Paya => (paya_min, paya_max),
            Route::Satna => (satna_min, satna_max),
            Route::Card => (0, 0),
        };
        let bound = |rials| (rials > 0).then_some(Rial::new(rials));
        (bound(min), bound(max))
    }

    /// The fee of an amount: its share, rounded half up, within the tariff's minimum and maximum. A charge of a card has no fee.
    pub fn fee(&self, route: Route, amount: Rial) -> Rial {
        const MILLION: i128 = 1_000_000;
        let fee = match route {
            Route::Internal => self.fees.internal,
            Route::Paya => self.fees.paya,
            Route::Satna => self.fees.satna,
            Route::Card => return Rial::ZERO,
        };
        let share = (i128::from(amount.get()) * i128::from(fee.ppm) + MILLION / 2) / MILLION;
        let share = i64::try_from(share).unwrap_or(i64::MAX).max(fee.min.get());
        Rial::new(if fee.max.is_positive() { share.min(fee.max.get()) } else { share })
    }

    /// The first class whose rule the day meets.
    fn class_of(&self, day: CivilDate) -> Option<usize> {
        self.classes.iter().position(|class| match class.rule {
            DayRule::Any => true,
            DayRule::Holiday => self.holidays.contains(&day),
            DayRule::Weekday(Weekday(wanted)) => day.days_since_saturday() == Some(wanted),
            DayRule::Between(from, to) => (from..=to).contains(&(day.month, day.day)),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::known::DOCUMENTED;
    use super::*;

    fn at(instant: &str) -> Now {
        Now::at(instant.parse::<Timestamp>().unwrap().as_millisecond()).unwrap()
    }

    fn shown(cycle: PayaCycle) -> String {
        format!("{} {} {}", cycle.day.long(), cycle.number, Now::at(cycle.settle_ms).unwrap().long())
    }

    #[test]
    fn internal_transfers_to_ayandeh_pause_before_midnight_and_charges_over_it() {
        // 001_93708b081566bf63.txt: no internal transfers 23:54–00:00. 000_0c9124fd1c332114.txt: no charges 23:00–04:00.
        for rules in [Rules::documented().unwrap(), Rules::of_1405().unwrap()] {
            for (time, bank, internal, charge) in [
                ("22:59:59", Bank::AYANDEH, false, false),
                ("23:00:00", Bank::AYANDEH, false, true),
                ("23:53:59", Bank::AYANDEH, false, true),
                ("23:54:00", Bank::AYANDEH, true, true),
                ("23:59:59", Bank::AYANDEH, true, true),
                ("00:00:00", Bank::AYANDEH, false, true),
                ("03:59:59", Bank::AYANDEH, false, true),
                ("04:00:00", Bank::AYANDEH, false, false),
                ("23:54:00", Bank::PARSIAN, false, false),
            ] {
                let now = at(&format!("2026-11-21T{time}+03:30"));
                assert_eq!(
                    (rules.internal_is_closed(bank, &now), rules.charge_is_closed(bank, &now)),
                    (internal, charge),
                    "{time} {bank}"
                );
            }
        }
    }

    #[test]
    fn a_paya_order_takes_the_earliest_cycle_whose_cutoff_is_still_to_come() {
        // finnotech.md 3.2: a cut-off instant belongs to the next cycle; bank 054 is not in cycle 1.
        let rules = Rules::documented().unwrap();
        for (time, bank, cycle) in [
            ("00:00:00", Bank::AYANDEH, "14050830 1 14050830034500"),
            ("03:14:59", Bank::AYANDEH, "14050830 1 14050830034500"),
            ("03:15:00", Bank::AYANDEH, "14050830 2 14050830104500"),
            ("00:00:00", Bank::PARSIAN, "14050830 2 14050830104500"),
            ("10:14:00", Bank::PARSIAN, "14050830 2 14050830104500"),
            ("10:16:00", Bank::PARSIAN, "14050830 3 14050830134500"),
            ("13:14:59", Bank::AYANDEH, "14050830 3 14050830134500"),
            ("13:15:00", Bank::AYANDEH, "14050901 1 14050901034500"),
            ("13:15:00", Bank::PARSIAN, "14050901 2 14050901104500"),
            ("23:59:59", Bank::AYANDEH, "14050901 1 14050901034500"),
        ] {
            let found = rules.paya_cycle(bank, &at(&format!("2026-11-21T{time}+03:30"))).unwrap();
            assert_eq!(shown(found), cycle, "{time} {bank}");
        }
    }

    /// Derived by hand from 1405.toml and the table of holidays: the days around Tasua and Ashura of 1405, 3 and 4 Tir, a Wednesday and a Thursday.
    /// Each order is accepted at 12:30.
    const WEEK_OF_1405: [(&str, &str, bool); 9] = [
        // Gregorian day, cycle of bank 062, whether satna is open at 12:30.
        ("2026-06-22", "14050401 4 14050401184500", true),
        ("2026-06-23", "14050402 4 14050402184500", true),
        ("2026-06-24", "14050404 1 14050404124500", false),
        ("2026-06-25", "14050405 1 14050405124500", false),
        ("2026-06-26", "14050406 1 14050406034500", false),
        ("2026-06-27", "14050406 4 14050406184500", true),
        ("2026-06-28", "14050407 4 14050407184500", true),
        ("2026-06-29", "14050408 4 14050408184500", true),
        ("2026-06-30", "14050409 4 14050409184500", true),
    ];

    #[test]
    fn a_week_with_holidays_runs_as_written_by_hand() {
        let rules = Rules::of_1405().unwrap();
        for (day, cycle, satna) in WEEK_OF_1405 {
            let now = at(&format!("{day}T12:30:00+03:30"));
            let found = shown(rules.paya_cycle(Bank::AYANDEH, &now).unwrap());
            assert_eq!((found.as_str(), rules.satna_is_open(&now)), (cycle, satna), "{day}");
        }
    }

    #[test]
    fn fees_are_rounded_half_up_and_kept_within_the_tariff() {
        let (documented, of_1405) = (Rules::documented().unwrap(), Rules::of_1405().unwrap());
        for (route, amount, fee) in [
            (Route::Internal, 50_000_000, 0),
            (Route::Paya, 10_000, 3_000),
            (Route::Paya, 30_004_999, 3_000),
            (Route::Paya, 30_005_000, 3_001),
            (Route::Paya, 750_004_999, 75_000),
            (Route::Paya, 2_000_000_000, 75_000),
            (Route::Satna, 1_000_000_000, 200_000),
            (Route::Satna, 5_000_000_000, 350_000),
        ] {
            assert_eq!(of_1405.fee(route, Rial::new(amount)), Rial::new(fee), "{route:?} {amount}");
            assert_eq!(documented.fee(route, Rial::new(amount)), Rial::ZERO);
        }
    }

    #[test]
    fn a_rule_set_with_a_wrong_value_is_refused_by_name() {
        for (from, to, named) in [
            ("cutoff = \"03:15\"", "cutoff = \"25:00\"", "cutoff"),
            ("settle = \"03:45\"", "settle = \"03:00\"", "settle"),
            ("months = [1, 12]", "months = [0, 12]", "months"),
            ("day_classes = [\"any\"]", "day_classes = [\"some\"]", "day_classes"),
            ("dest_bank = \"062\"", "dest_bank = \"067\"", "dest_bank"),
            ("rule = \"every day\"", "rule = \"now and then\"", "day_class.rule"),
            ("timezone = \"Asia/Tehran\"", "timezone = \"Asia/Dubai\"", "timezone"),
            ("service = \"charge_card\"", "service = \"lottery\"", "service"),
            ("source = \"none\"", "source = \"csv\"", "nowhere.csv"),
            ("ppm = 0", "ppn = 0", "ppn"),
        ] {
            assert!(DOCUMENTED.contains(from), "{from}");
            let text = DOCUMENTED.replacen(from, to, 1).replace("file = \"\"", "file = \"nowhere.csv\"");
            let error = Rules::parse(&text, |_| Err("no such file".to_owned())).unwrap_err().to_string();
            assert!(error.contains(named), "{to}: {error}");
        }
    }
}
