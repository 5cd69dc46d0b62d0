//! `daric verify`: replays the whole ledger and compares every balance.

use std::error::Error;
use std::fmt::Display;
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use data_encoding::HEXLOWER_PERMISSIVE;
use indicatif::{ProgressBar, ProgressStyle};
use payments::{Chain, SealKey};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Chained, Head, Location, Reader, Report};

use crate::settings::store_flags::StoreFlags;

/// What `daric verify` takes.
#[derive(Args)]
pub struct Flags {
    #[command(flatten)]
    store: StoreFlags,
    /// Heads of the hash chains that were exported earlier, as `GET /admin/v1/chains` shows them: a past that was rewritten since, or
    /// removed, is a difference
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
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
    let heads = flags.heads.as_deref().map(heads).transpose()?.unwrap_or_default();
    let (_held, reader) = store::open_to_read(&flags.store.location())?;
    let report = replay_against(&reader, heads)?;
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
    for chain in &report.chains {
        print_line(chain_line(chain))?;
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
        "chains": report.chains.iter().map(chain_json).collect::<Vec<_>>(),
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
    replay_against(reader, Vec::new())
}

fn replay_against(reader: &Reader, heads: Vec<Head>) -> Result<Report, Box<dyn Error>> {
    let bar = bar("transfers");
    let report = store::verify_against(reader, heads, &mut |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    Ok(report)
}

/// A head of a hash chain in a file.
#[derive(Deserialize)]
struct HeadInFile {
    id: String,
    link: i64,
    hash: Option<String>,
}

/// The heads in a file. A chain without a link has none.
fn heads(path: &Path) -> Result<Vec<Head>, Box<dyn Error>> {
    let named = |error: &dyn Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    let found: Vec<HeadInFile> = serde_json::from_str(&text).map_err(|error| named(&error))?;
    let mut heads = Vec::new();
    for HeadInFile { id, link, hash } in found {
        let chain = Chain::ALL.into_iter().find(|chain| chain.name() == id);
        let chain = chain.ok_or_else(|| named(&format_args!("{id} is no chain")))?;
        let Some(hash) = hash else { continue };
        let hash: Option<[u8; 32]> =
            HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let hash = hash.ok_or_else(|| named(&format_args!("the hash of {id} has not 64 hexadecimal digits")))?;
        heads.push(Head { key: SealKey { chain, number: link }, hash });
    }
    Ok(heads)
}

/// The line of a hash chain.
fn chain_line(Chained { chain, head, sealed, unsealed }: &Chained) -> String {
    let name = chain.name();
    let open = if *unsealed > 0 { format!("; {unsealed} rows are not sealed yet") } else { String::new() };
    match head {
        None => format!("{name}: nothing is sealed{open}"),
        Some(head) => {
            let (link, hash) = (head.key.number, HEXLOWER_PERMISSIVE.encode(&head.hash));
            format!("{name}: {sealed} rows in {link} links, head {hash}{open}")
        }
    }
}

/// A hash chain as JSON.
fn chain_json(Chained { chain, head, sealed, unsealed }: &Chained) -> Value {
    json!({
        "id": chain.name(),
        "link": head.map_or(0, |head| head.key.number),
        "last": head.map(|head| head.last),
        "at": head.map(|head| instant(head.at_ms)),
        "hash": head.map(|head| HEXLOWER_PERMISSIVE.encode(&head.hash)),
        "sealed": sealed,
        "unsealed": unsealed,
    })
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
