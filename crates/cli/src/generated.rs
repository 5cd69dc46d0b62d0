//! `daric openapi`, `daric completions` and `daric man`: what is made from the program itself.

use std::fs::create_dir_all;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::description::Description;
use crate::failure::Failure;
use crate::output::bytes;

/// What `daric completions` takes.
#[derive(Args, Debug)]
pub struct CompletionFlags {
    /// For which shell
    shell: Shell,
}

/// What `daric man` takes.
#[derive(Args, Debug)]
pub struct ManFlags {
    /// Writes a page for each command into this directory, instead of the first page to standard output
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Prints the OpenAPI document.
///
/// # Errors
/// Standard output cannot be written to.
pub fn openapi(description: &Description) -> Result<(), Failure> {
    bytes(description.text().as_bytes())?;
    bytes(b"\n")
}

/// Prints the completions of a shell for the whole program.
///
/// # Errors
/// Standard output cannot be written to.
pub fn completions(flags: &CompletionFlags, mut program: Command) -> Result<(), Failure> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(flags.shell, &mut program, name, &mut script);
    bytes(&script)
}

/// Prints or writes the manual pages of the whole program.
///
/// # Errors
/// The directory or standard output cannot be written to.
pub fn man(flags: &ManFlags, program: Command) -> Result<(), Failure> {
    match &flags.dir {
        Some(dir) => {
            let written = create_dir_all(dir).and_then(|()| clap_mangen::generate_to(program, dir));
            written.map_err(|error| Failure::of_file(dir, &error))
        }
        None => {
            let mut page = Vec::new();
            Man::new(program).render(&mut page).map_err(|error| Failure::of_output(&error))?;
            bytes(&page)
        }
    }
}
