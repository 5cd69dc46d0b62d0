//! `daric export`: a list of the operator API as CSV (RFC 4180) or NDJSON.
//!
//! Shape: `lists.rs` is the table of lists; `pages.rs` reads one page by page; `rows.rs` writes rows. A row gets a column with its instant in the
//! Jalali calendar. Rows that are written while an export runs may or may not be in it; no row is in it twice.
//! The file gets its name when it is complete.

mod lists;
mod pages;
mod rows;

use std::fs::File;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use jiff::Timestamp;

use crate::description::Description;
use crate::failure::Failure;
use crate::instant;
use crate::server_flags::ServerFlags;
use crate::session::Session;
use lists::LISTS;
use pages::{Pages, Period};
use rows::{Cells, Rows};

/// Examples for the help text.
pub const EXAMPLES: &str = "\
Examples:
  daric export entries --since 1405-08-01 --until 1405-09-01 --out aban.csv
  daric export audit --format ndjson | jq -c 'select(.by == \"admin\")'
  daric export orders --of drops --out orders.csv

Every row with an instant has it in the Jalali calendar, too (atJalali). In CSV, a text that begins
with = + - or @ gets a ' before it, so that a spreadsheet does not compute it; --raw leaves it as it is.";

/// The suffix of a file that is not complete.
const UNFINISHED: &str = ".unfinished";

/// What `daric export` takes.
#[derive(Args, Debug)]
pub struct Flags {
    /// Which list
    #[arg(value_name = "LIST", value_parser = PossibleValuesParser::new(LISTS.map(|list| list.name)))]
    list: String,
    /// Form of the rows [default: csv; ndjson with --json]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Only rows from this instant on: RFC 3339, or a date in Tehran, 2026-11-21 or 1405-08-30
    #[arg(long, value_name = "INSTANT", value_parser = instant::read)]
    since: Option<Timestamp>,
    /// Only rows before this instant
    #[arg(long, value_name = "INSTANT", value_parser = instant::read)]
    until: Option<Timestamp>,
    /// Only what belongs to this one: the account of entries and transfers, the client of orders, the party of vouchers
    #[arg(long, value_name = "ID")]
    of: Option<String>,
    /// File to write, or - for standard output
    #[arg(long, value_name = "FILE|-", default_value = "-")]
    out: PathBuf,
    /// Leaves texts in CSV as they are, even if a spreadsheet would compute them
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    /// Values between commas, with a line of names.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

/// Writes the list.
///
/// # Errors
/// The server does not answer or refuses a page, or the file cannot be written.
pub fn run(flags: &Flags, description: &Description) -> Result<(), Failure> {
    let list = LISTS.iter().find(|list| list.name == flags.list);
    let list = list.ok_or_else(|| Failure::Usage(format!("{} is no list", flags.list)))?;
    let period = Period { since: flags.since, until: flags.until };
    if list.instant.is_none() && period.is_limited() {
        return Err(Failure::Usage(format!("{}: its rows have no instant: leave out --since and --until", list.name)));
    }
    if list.parent.is_none() && flags.of.is_some() {
        return Err(Failure::Usage(format!("{}: leave out --of: the list belongs to no other", list.name)));
    }
    let format = flags.format.unwrap_or(if flags.server.json { Format::Ndjson } else { Format::Csv });
    let session = Session::new(&flags.server)?;
    let mut target = Target::open(&flags.out)?;
    let bar = progress(&target);
    let rows = match format {
        Format::Csv => {
            let cells = if flags.raw { Cells::AsTheyAre } else { Cells::NoFormulas };
            Rows::csv(target.writer(), list.columns(description), cells)
        }
        Format::Ndjson => Rows::ndjson(target.writer()),
    };
    let pages = Pages { client: &session.client, list, of: flags.of.as_deref(), period };
    let written = write_all(&pages, rows, &bar);
    bar.finish_and_clear();
    let written = match written {
        Ok(written) => written,
        Err(failure) => return Err(target.abandon().err().unwrap_or(failure)),
    };
    target.finish()?;
    if flags.out != Path::new("-") && stderr().is_terminal() {
        // Only a courtesy: the file is written.
        let _ = writeln!(stderr(), "{written} rows in {}", flags.out.display());
    }
    Ok(())
}

fn write_all(pages: &Pages<'_>, mut rows: Rows<'_>, bar: &ProgressBar) -> Result<u64, Failure> {
    pages.each(&mut |row| {
        bar.inc(1);
        rows.write(row)
    })?;
    rows.end()
}

/// A counter, hidden unless standard error is a terminal that does not show the rows.
fn progress(target: &Target) -> ProgressBar {
    let shows_rows = matches!(target, Target::Output(_)) && stdout().is_terminal();
    if stderr().is_terminal() && !shows_rows { ProgressBar::new_spinner() } else { ProgressBar::hidden() }
}

/// Where rows go.
enum Target {
    Output(BufWriter<std::io::Stdout>),
    Stream(BufWriter<File>, PathBuf),
    File { file: BufWriter<File>, unfinished: PathBuf, path: PathBuf },
}

impl Target {
    fn open(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Output(BufWriter::new(stdout())));
        }
        let failed = |error: &std::io::Error| Failure::of_file(path, error);
        // A link is followed: what it leads to is replaced.
        let path = match std::fs::canonicalize(path) {
            Ok(path) => path,
            Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(failed(&error)),
        };
        let known = std::fs::metadata(&path).ok();
        if let Some(known) = known.as_ref().filter(|known| !known.is_file()) {
            if known.is_dir() {
                return Err(Failure::Usage(format!("--out {}: a directory; name a file in it", path.display())));
            }
            // A device or a pipe takes the rows as they come.
            let file = File::options().write(true).open(&path).map_err(|error| failed(&error))?;
            return Ok(Self::Stream(BufWriter::new(file), path));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(UNFINISHED);
        let unfinished = PathBuf::from(name);
        let file = File::create(&unfinished).map_err(|error| Failure::of_file(&unfinished, &error))?;
        if let Some(known) = known {
            // Who may read the file that is replaced may read the new one, and others may not.
            file.set_permissions(known.permissions()).map_err(|error| Failure::of_file(&unfinished, &error))?;
        }
        Ok(Self::File { file: BufWriter::new(file), unfinished, path })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Output(out) => out,
            Self::Stream(file, _) | Self::File { file, .. } => file,
        }
    }

    /// Removes a file that is not complete.
    fn abandon(self) -> Result<(), Failure> {
        match self {
            Self::Output(_) | Self::Stream(..) => Ok(()),
            Self::File { unfinished, .. } => {
                std::fs::remove_file(&unfinished).map_err(|error| Failure::of_file(&unfinished, &error))
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Output(mut out) => out.flush().map_err(|error| Failure::of_output(&error)),
            Self::Stream(mut file, path) => file.flush().map_err(|error| Failure::of_file(&path, &error)),
            Self::File { mut file, unfinished, path } => {
                let done = file.flush().and_then(|()| file.get_ref().sync_all());
                let done = done.and_then(|()| std::fs::rename(&unfinished, &path));
                done.map_err(|error| Failure::of_file(&path, &error))
            }
        }
    }
}
