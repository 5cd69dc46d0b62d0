//! `daric backup` and `daric restore`: copy a store in a directory to one file, and back.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use indicatif::ProgressBar;
use store::{Existing, Report, Stage, Undigested};

use crate::settings::store_flags::DIRECTORY;
use crate::verify::{self, Form};

/// What `daric backup` takes.
#[derive(Args)]
pub struct BackupFlags {
    /// New file that becomes the backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Directory of the store; a server may be running on it [default: ./daric-data]
    #[arg(long, env = "DARIC_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL database of the store: refused, PostgreSQL's own tools back it up.
    #[arg(long, env = "DARIC_DATABASE", value_name = "URL", hide_env_values = true, conflicts_with = "data")]
    database: Option<String>,
    /// Prints one JSON value.
    #[arg(long)]
    json: bool,
}

/// What `daric restore` takes.
#[derive(Args)]
pub struct RestoreFlags {
    /// Backup that `daric backup` has made.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Directory of the store; no server may be running on it [default: ./daric-data]
    #[arg(long, env = "DARIC_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Puts the backup in the place of the store that is there; its files are kept in a directory `replaced-…` beside it.
    #[arg(long)]
    replace: bool,
    /// Takes a file without the digest that `daric backup` writes at its end; whether it is as it was made is not known then.
    #[arg(long)]
    without_digest: bool,
    /// PostgreSQL database of the store: refused, PostgreSQL's own tools restore it.
    #[arg(long, env = "DARIC_DATABASE", value_name = "URL", hide_env_values = true, conflicts_with = "data")]
    database: Option<String>,
    /// Prints one JSON value.
    #[arg(long)]
    json: bool,
}

pub fn backup(flags: &BackupFlags) -> Result<ExitCode, Box<dyn Error>> {
    if flags.database.is_some() {
        return Err("a store on PostgreSQL is backed up with pg_dump or pg_basebackup; see docs/operating.md".into());
    }
    let directory = directory(flags.data.as_ref());
    let mut bars = Bars::default();
    let report = store::backup(&directory, &flags.file, &mut |stage, done, of| bars.show(stage, done, of))?;
    bars.end();
    let done = format!("backed up to {}", flags.file.display());
    print_outcome(&report, ("no backup was made", &done), Form::of(flags.json))
}

pub fn restore(flags: &RestoreFlags) -> Result<ExitCode, Box<dyn Error>> {
    if flags.database.is_some() {
        return Err(
            "a store on PostgreSQL is restored with pg_restore or from a base backup; see docs/operating.md".into()
        );
    }
    let directory = directory(flags.data.as_ref());
    let existing = if flags.replace { Existing::Replace } else { Existing::Refuse };
    let undigested = if flags.without_digest { Undigested::Take } else { Undigested::Refuse };
    let mut bars = Bars::default();
    let how = (existing, undigested);
    let report = store::restore(&flags.file, &directory, how, &mut |stage, done, of| bars.show(stage, done, of))?;
    bars.end();
    let done = format!("restored to {}", directory.display());
    print_outcome(&report, ("nothing was restored", &done), Form::of(flags.json))
}

fn directory(given: Option<&PathBuf>) -> PathBuf {
    given.cloned().unwrap_or_else(|| PathBuf::from(DIRECTORY))
}

/// Prints a report, and what was done or not done.
fn print_outcome(report: &Report, (not_done, done): (&str, &str), form: Form) -> Result<ExitCode, Box<dyn Error>> {
    verify::print(report, form)?;
    let is_done = report.differences == 0;
    match (form, is_done) {
        // The report says it: `ok`.
        (Form::Json, _) => {}
        (Form::Lines, true) => verify::print_line(done)?,
        (Form::Lines, false) => verify::print_line(format_args!("{not_done}: the copy has differences"))?,
    }
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A progress bar per stage.
#[derive(Default)]
struct Bars(Option<(Stage, ProgressBar)>);

impl Bars {
    fn show(&mut self, stage: Stage, done: u64, of: u64) {
        let (_, bar) = match self.0.take() {
            Some((known, bar)) if known == stage => self.0.insert((stage, bar)),
            before => {
                if let Some((_, bar)) = before {
                    bar.finish_and_clear();
                }
                let of = match stage {
                    Stage::Copying => "copied",
                    Stage::Verifying => "transfers verified",
                };
                self.0.insert((stage, verify::bar(of)))
            }
        };
        bar.set_length(of);
        bar.set_position(done);
    }

    fn end(self) {
        if let Some((_, bar)) = self.0 {
            bar.finish_and_clear();
        }
    }
}
