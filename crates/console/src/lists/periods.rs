//! Periods to choose with one click, by the day that the service's clock shows.

use payments::CivilDate;
use web::Words;

/// A period in words, and its first and its last day as the fields of filters have them.
pub struct NamedPeriod {
    pub name: &'static str,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// The periods that end with a day or before it. A week begins with Saturday.
pub fn periods(today: CivilDate, w: &'static Words) -> [NamedPeriod; 6] {
    let first = CivilDate { day: 1, ..today };
    let before = first.plus_days(-1);
    let friday = today.days_since_saturday().and_then(|days| today.plus_days(-1 - i32::from(days)));
    [
        (w.list_today, Some(today), Some(today)),
        (w.list_yesterday, today.plus_days(-1), today.plus_days(-1)),
        (w.list_week, today.plus_days(-6), Some(today)),
        (w.list_last_week, friday.and_then(|last| last.plus_days(-6)), friday),
        (w.list_month, Some(first), Some(today)),
        (w.list_last_month, before.map(|last| CivilDate { day: 1, ..last }), before),
    ]
    .map(|(name, from, to)| NamedPeriod { name, from: from.map(written), to: to.map(written) })
}

fn written(date: CivilDate) -> String {
    format!("{}/{:02}/{:02}", date.year, date.month, date.day)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use web::Lang;

    use super::*;

    #[test]
    fn a_week_begins_with_saturday_and_a_month_with_its_first_day() {
        // 30 Aban 1405 is a Saturday, 6 Azar a Friday.
        for (year, month, day, expected) in [
            (1405, 8, 30, ["08/30 08/30", "08/29 08/29", "08/24 08/30", "08/23 08/29", "08/01 08/30", "07/01 07/30"]),
            (1405, 9, 6, ["09/06 09/06", "09/05 09/05", "08/30 09/06", "08/23 08/29", "09/01 09/06", "08/01 08/30"]),
        ] {
            let today = CivilDate::in_calendar(year, month, day).unwrap();
            let found = periods(today, Lang::En.words()).map(|period| {
                let [from, to] = [period.from, period.to].map(|date| date.unwrap()["1405/".len()..].to_owned());
                format!("{from} {to}")
            });
            assert_eq!(found, expected);
        }
    }
}
