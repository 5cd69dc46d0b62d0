//! `daric migrate-store`: moves a store from a directory to a PostgreSQL database.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use store::{COMPACT_AFTER, Location, TIMEOUT};

use crate::verify;

/// What `daric migrate-store` takes.
#[derive(Args)]
pub struct Flags {
    /// Directory of the store; no server may be running on it, and it stays as it is.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Empty PostgreSQL database, or one that an earlier call was stopped at: postgres://user@host/name.
    #[arg(long, env = "DARIC_DATABASE", value_name = "URL", hide_env_values = true)]
    to: String,
}

pub fn migrate_store(flags: &Flags) -> Result<ExitCode, Box<dyn Error>> {
    let from = Location::Directory { path: flags.from.clone(), compact_after: COMPACT_AFTER };
    let to = Location::Database { url: flags.to.clone(), timeout: TIMEOUT };
    let bar = verify::bar("rows");
    store::migrate(&from, &to, &mut |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let (before, after) = (verify::replay(&from)?, verify::replay_with(&store::open_moved(&to)?)?);
    verify::print_line(format_args!("in the directory: {}", verify::line(&before)))?;
    verify::print_line(format_args!("in the database:  {}", verify::line(&after)))?;
    let same = before.totals == after.totals && before.differences + after.differences == 0;
    if same {
        store::finish_move(&to)?;
        verify::print_line(format_args!("moved: the totals are the same"))?;
        Ok(ExitCode::SUCCESS)
    } else {
        verify::print_line(format_args!("the totals differ: no server takes the database"))?;
        Ok(ExitCode::FAILURE)
    }
}
