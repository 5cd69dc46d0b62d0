//! Charts of the last hour, from the engine's statistics.

use engine::Minute;

use super::view::Chart;
use web::{Lang, Words};

/// Payments per minute: those done, and stacked on them the others.
pub fn payments(minutes: &[Minute], w: &Words, lang: Lang) -> Chart {
    let most = minutes.iter().map(Minute::payments).max().unwrap_or(0).max(1);
    let height = |count: u64| u32::try_from(count * 100 / most).unwrap_or(100);
    let bar = |minute: &Minute| {
        let rest = minute.declined + minute.unknown;
        let title = format!("{}: {} · {}", clock(minute, lang), lang.digits(minute.done), lang.digits(rest));
        (height(minute.done), height(rest), title)
    };
    let all: u64 = minutes.iter().map(Minute::payments).sum();
    Chart {
        title: w.chart_payments.to_owned(),
        summary: format!("{} {}", lang.number(i64::try_from(all).unwrap_or(i64::MAX)), w.last_hour),
        bars: minutes.iter().map(bar).collect(),
    }
}

/// Mean latency per minute.
pub fn latency(minutes: &[Minute], w: &Words, lang: Lang) -> Chart {
    let mean = |minute: &Minute| minute.micros.checked_div(minute.payments()).unwrap_or(0);
    let most = minutes.iter().map(mean).max().unwrap_or(0).max(1);
    let bar = |minute: &Minute| {
        let title = format!("{}: {} ms", clock(minute, lang), millis(mean(minute), lang));
        (u32::try_from(mean(minute) * 100 / most).unwrap_or(100), 0, title)
    };
    let slowest = minutes.iter().map(|minute| minute.slowest_micros).max().unwrap_or(0);
    Chart {
        title: w.chart_latency.to_owned(),
        summary: format!("{} {} ms", w.slowest, millis(slowest, lang)),
        bars: minutes.iter().map(bar).collect(),
    }
}

/// Microseconds shown as milliseconds.
pub fn millis(micros: u64, lang: Lang) -> String {
    lang.digits(format!("{}.{}", micros / 1_000, micros % 1_000 / 100))
}

/// The minute as a time of day in Tehran.
fn clock(minute: &Minute, lang: Lang) -> String {
    let at = payments::Now::at(minute.minute * 60_000);
    let second = at.map_or(0, |now| now.second_of_day);
    lang.digits(format!("{:02}:{:02}", second / 3_600, second / 60 % 60))
}
