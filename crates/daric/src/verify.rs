//! `daric verify`: replays the whole ledger and compares every balance.

use std::error::Error;
use std::fmt::Display;
use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use store::{Location, Reader, Report};

use crate::settings::store_flags::StoreFlags;

/// What `daric verify` takes.
#[derive(Args)]
pub struct Flags {
    #[command(flatten)]
    store: StoreFlags,
    /// Prints one JSON value
    #[arg(long)]
    json: bool,
}

/// In which form a report is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Lines, of which the last sums up.
    Lines,
    /// One JSON value.
    Json,
}

impl Form {
    /// The form that the flag `--json` asks for.
    pub fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Lines }
    }
}

pub fn verify(flags: Flags) -> Result<ExitCode, Box<dyn Error>> {
    let report = replay(&flags.store.location())?;
    print(&report, Form::of(flags.json))?;
    Ok(if report.differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints a line to standard output.
///
/// # Errors
/// Standard output cannot be written to.
pub fn print_line(line: impl Display) -> Result<(), Box<dyn Error>> {
    let printed = writeln!(std::io::stdout(), "{line}");
    printed.map_err(|error| format!("standard output cannot be written to: {error}").into())
}

/// Prints the report of a verification.
///
/// # Errors
/// As [`print_line`].
pub fn print(report: &Report, form: Form) -> Result<(), Box<dyn Error>> {
    if form == Form::Json {
        return print_line(json(report));
    }
    for difference in &report.listed {
        print_line(difference)?;
    }
    let unlisted = report.differences - report.listed.len() as u64;
    if unlisted > 0 {
        print_line(format_args!("… and {unlisted} more"))?;
    }
    for note in &report.notes {
        print_line(note)?;
    }
    for loss in &report.accepted {
        print_line(format_args!(
            "accepted at {} (remove the file accepted-loss when it has been dealt with): {}",
            instant(loss.at_ms),
            loss.what
        ))?;
    }
    print_line(line(report))
}

/// A report as JSON.
pub fn json(report: &Report) -> Value {
    let store::Totals { transfers, accounts, .. } = report.totals;
    let accepted = report.accepted.iter().map(|loss| json!({"at": instant(loss.at_ms), "what": loss.what}));
    json!({
        "ok": report.differences == 0,
        "transfers": transfers,
        "accounts": accounts,
        "differences": report.differences,
        "listed": report.listed,
        "notes": report.notes,
        "accepted": accepted.collect::<Vec<_>>(),
    })
}

/// Formats an instant given in milliseconds of Unix time.
pub fn instant(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |instant| instant.to_string())
}

/// Replays a store, with a progress bar.
pub fn replay(location: &Location) -> Result<Report, Box<dyn Error>> {
    let (_held, reader) = store::open_to_read(location)?;
    replay_with(&reader)
}

/// Replays what a reader sees, with a progress bar.
pub fn replay_with(reader: &Reader) -> Result<Report, Box<dyn Error>> {
    let bar = bar("transfers");
    let report = store::verify(reader, &mut |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    Ok(report)
}

/// The summary line of a verification.
pub fn line(report: &Report) -> String {
    let store::Totals { transfers, accounts, .. } = report.totals;
    match report.differences {
        0 => format!("verified {transfers} transfers, {accounts} accounts: ok"),
        differences => format!("verified {transfers} transfers, {accounts} accounts: {differences} differences"),
    }
}

/// A progress bar, hidden unless standard error is a terminal.
pub fn bar(of: &str) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    match ProgressStyle::with_template(&format!("{{wide_bar}} {{pos}}/{{len}} {of}, {{eta}} left")) {
        Ok(style) => bar.with_style(style),
        // The default style will do.
        Err(_) => bar,
    }
}
