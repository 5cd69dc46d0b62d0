//! The format of a rule set file, and reading it into [`Rules`].

use std::collections::BTreeSet;

use ledger::Rial;
use serde::Deserialize;

use super::set::{ClosedHours, CycleTimes, DayClass, DayRule, Fee, Fees, SatnaHours, Weekday};
use crate::{Bank, CivilDate, Limits, Rules, RulesError};

const DAY: u32 = 86_400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    timezone: String,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    valid_to: String,
    holidays: Holidays,
    day_class: Vec<DayClassRow>,
    limits: LimitsTable,
    cycle: Vec<CycleRow>,
    #[serde(default)]
    satna: Vec<SatnaRow>,
    #[serde(default)]
    closed_window: Vec<ClosedWindow>,
    banks: Banks,
    fees: FeesTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holidays {
    source: String,
    file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayClassRow {
    name: String,
    rule: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsTable {
    internal_min: i64,
    internal_max: i64,
    paya_min: i64,
    paya_max: i64,
    satna_min: i64,
    satna_max: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CycleRow {
    no: u8,
    day_classes: Vec<String>,
    months: [u8; 2],
    cutoff: String,
    settle: String,
    excluded_banks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SatnaRow {
    day_classes: Vec<String>,
    from: String,
    to: String,
    open: String,
    close: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClosedWindow {
    service: String,
    dest_bank: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Banks {
    hold_until_settlement: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeesTable {
    internal: FeeRow,
    paya: FeeRow,
    satna: FeeRow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeeRow {
    ppm: i64,
    min: i64,
    max: i64,
}

fn wrong(key: &'static str, value: &str, expected: &'static str) -> RulesError {
    RulesError::Value { key, value: value.to_owned(), expected }
}

/// Reads a rule set; `holidays` reads the table of holidays that it names.
pub(super) fn parse(text: &str, holidays: impl FnOnce(&str) -> Result<String, String>) -> Result<Rules, RulesError> {
    let file: File = toml::from_str(text)?;
    if file.timezone != "Asia/Tehran" {
        return Err(wrong("timezone", &file.timezone, "Asia/Tehran"));
    }
    let holidays = match file.holidays.source.as_str() {
        "none" => BTreeSet::new(),
        "csv" => {
            let table = holidays(&file.holidays.file)
                .map_err(|why| RulesError::Holidays { file: file.holidays.file.clone(), why })?;
            holiday_table(&file.holidays.file, &table)?
        }
        other => return Err(wrong("holidays.source", other, "none or csv")),
    };
    let classes = file.day_class.iter().map(|row| Ok(DayClass { name: row.name.clone(), rule: day_rule(&row.rule)? }));
    let classes = classes.collect::<Result<Vec<_>, RulesError>>()?;
    let class = |name: &String| {
        let known = classes.iter().position(|class| class.name == *name);
        known.ok_or_else(|| wrong("day_classes", name, "the name of a day_class"))
    };
    let mut cycles = Vec::new();
    for row in &file.cycle {
        let [first, last] = row.months;
        if !(1..=12).contains(&first) || !(first..=12).contains(&last) {
            return Err(wrong(
                "months",
                &format!("{:?}", row.months),
                "two months from 1 to 12, the first not after the second",
            ));
        }
        let (cutoff, settle) = (second_of_day("cutoff", &row.cutoff)?, second_of_day("settle", &row.settle)?);
        if settle < cutoff || settle >= DAY {
            return Err(wrong("settle", &row.settle, "a time of the day, not before the cutoff"));
        }
        cycles.push(CycleTimes {
            number: row.no,
            classes: row.day_classes.iter().map(class).collect::<Result<_, _>>()?,
            months: first..=last,
            cutoff,
            settle,
            excluded: row.excluded_banks.iter().map(|code| bank("excluded_banks", code)).collect::<Result<_, _>>()?,
        });
    }
    cycles.sort_by_key(|cycle| cycle.cutoff);
    let mut satna = Vec::new();
    for row in &file.satna {
        satna.push(SatnaHours {
            classes: row.day_classes.iter().map(class).collect::<Result<_, _>>()?,
            from: date("from", &row.from)?,
            to: date("to", &row.to)?,
            hours: second_of_day("open", &row.open)?..second_of_day("close", &row.close)?,
        });
    }
    let (mut internal_closed_hours, mut charge_closed_hours) = (Vec::new(), Vec::new());
    for window in &file.closed_window {
        let hours = ClosedHours {
            bank: bank("dest_bank", &window.dest_bank)?,
            from: second_of_day("from", &window.from)?,
            to: second_of_day("to", &window.to)?,
        };
        match window.service.as_str() {
            "internal_transfer" => internal_closed_hours.push(hours),
            "charge_card" => charge_closed_hours.push(hours),
            other => return Err(wrong("service", other, "internal_transfer or charge_card")),
        }
    }
    let hold = file.banks.hold_until_settlement.iter().map(|code| bank("hold_until_settlement", code));
    let LimitsTable { internal_min, internal_max, paya_min, paya_max, satna_min, satna_max } = file.limits;
    Ok(Rules {
        name: file.name,
        valid: (date("valid_from", &file.valid_from)?, date("valid_to", &file.valid_to)?),
        holidays,
        classes,
        limits: Limits { internal_min, internal_max, paya_min, paya_max, satna_min, satna_max },
        cycles,
        satna,
        internal_closed_hours,
        charge_closed_hours,
        hold_until_settlement: hold.collect::<Result<_, _>>()?,
        fees: Fees { internal: fee(&file.fees.internal), paya: fee(&file.fees.paya), satna: fee(&file.fees.satna) },
    })
}

fn fee(row: &FeeRow) -> Fee {
    Fee { ppm: row.ppm, min: Rial::new(row.min), max: Rial::new(row.max) }
}

fn bank(key: &'static str, code: &str) -> Result<Bank, RulesError> {
    Bank::from_code(code).ok_or_else(|| wrong(key, code, "a bank code"))
}

fn day_rule(text: &str) -> Result<DayRule, RulesError> {
    let unknown = || wrong("day_class.rule", text, "a rule that is known");
    if let Some(day) = text.strip_prefix("weekday is ") {
        return Weekday::named(day).map(DayRule::Weekday).ok_or_else(unknown);
    }
    if let Some(range) = text.strip_prefix("Jalali ") {
        // Text after a comma only explains the order of the classes.
        let range = range.split_once(',').map_or(range, |(range, _)| range);
        let (from, to) = range.split_once(" .. ").ok_or_else(unknown)?;
        let month_day = |text: &str| {
            let (month, day) = text.trim().split_once('-')?;
            Some((month.parse().ok()?, day.parse().ok()?))
        };
        return Ok(DayRule::Between(month_day(from).ok_or_else(unknown)?, month_day(to).ok_or_else(unknown)?));
    }
    match text {
        "every day" | "any other day" => Ok(DayRule::Any),
        "date is in the holiday table" => Ok(DayRule::Holiday),
        _ => Err(unknown()),
    }
}

/// A Jalali date `YYYY-MM-DD`; `None` if the text is empty.
fn date(key: &'static str, text: &str) -> Result<Option<CivilDate>, RulesError> {
    if text.is_empty() {
        return Ok(None);
    }
    jalali(text).map(Some).ok_or_else(|| wrong(key, text, "a Jalali date YYYY-MM-DD"))
}

fn jalali(text: &str) -> Option<CivilDate> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    CivilDate::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// The dates in the first column of a table with a header.
fn holiday_table(file: &str, table: &str) -> Result<BTreeSet<CivilDate>, RulesError> {
    let rows = table.lines().skip(1).filter(|line| !line.trim().is_empty());
    rows.map(|line| {
        let first = line.split(',').next().unwrap_or_default();
        let why = || format!("{line:?} does not begin with a Jalali date YYYY-MM-DD");
        jalali(first).ok_or_else(|| RulesError::Holidays { file: file.to_owned(), why: why() })
    })
    .collect()
}

/// A time `HH:MM` up to 24:00, in seconds of the day.
fn second_of_day(key: &'static str, text: &str) -> Result<u32, RulesError> {
    let wrong = || wrong(key, text, "a time HH:MM up to 24:00");
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let (hours, minutes): (u32, u32) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
    let seconds = hours * 3600 + minutes * 60;
    if hours > 24 || minutes > 59 || seconds > DAY { Err(wrong()) } else { Ok(seconds) }
}
